import { Decimal } from '../../../src/domain/money.ts';
import type { NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { offset } from './krakenBook.ts';
import type { RelativePrice } from './krakenContext.ts';
import { invalid, KrakenError } from './krakenError.ts';
import { altnameOf, priceDecimals } from './krakenPairs.ts';

/** `+`, `-` or `#` before an amount: a distance, in percent with `%` behind it. Null: a price as it is. */
export function relativeOf(text: string, side: NewOrder['side']): RelativePrice | null {
  const [, sign, digits, percent] = /^([+\-#])(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (sign === undefined || digits === undefined) return null;
  const down = sign === '-' || (sign === '#' && side === 'BUY');
  return { amount: new Decimal(digits).mul(down ? -1 : 1), percent: percent === '%' };
}

/** A price, or a distance from `reference`, that fits the pair. */
export function readPrice(rules: SymbolRules, name: string, text: string, side: NewOrder['side'], reference: Decimal): Decimal {
  const relative = relativeOf(text, side);
  if (relative) return offset(reference, relative, 1).toDecimalPlaces(priceDecimals(rules));
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(text)) throw invalid(name);
  const price = new Decimal(text);
  if (price.lte(0)) throw invalid(name);
  checkPrice(rules, price);
  return price;
}

export function checkPrice(rules: SymbolRules, price: Decimal): void {
  const decimals = priceDecimals(rules);
  if (price.decimalPlaces() > decimals)
    throw new KrakenError(`EOrder:Invalid price:${altnameOf(rules)} price can only be specified up to ${decimals} decimals.`);
  if (!price.mod(rules.tickSize).isZero()) throw new KrakenError('EOrder:Tick size check failed');
}
