import type { Decimal } from '../../../src/domain/money.ts';

type Level = readonly [price: string, quantity: string];

/** Two levels a side around the price, best first, as venues show them: the nearer with more digits than a float holds. */
export function shownLevels(price: Decimal): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
  const side = (sign: 1 | -1): Level[] => [
    [price.plus(sign).toFixed(2), '3.000000000000000001'],
    [price.plus(100 * sign).toFixed(2), '4.5'],
  ];
  return { bids: side(-1), asks: side(1) };
}
