import { expect, it } from 'vitest';
import { decimal } from '../../domain/money.ts';
import { baseUnits, venueSize } from './contracts.ts';
import type { CcxtMarket } from './loadCcxt.ts';
import { readMarket } from './readMarkets.ts';

const TICK_SIZE = 4;

function swapOf(contractSize: number, lot: number) {
  const listed = { id: 'X', symbol: 'X/USDT:USDT', base: 'X', quote: 'USDT', active: true, spot: false, swap: true, linear: true };
  const limits = { amount: { min: lot }, cost: undefined };
  const market = readMarket({ ...listed, contractSize, precision: { amount: lot, price: 0.1 }, limits } as CcxtMarket, TICK_SIZE);
  if (!market) throw new Error('it is not read');
  return market;
}

it.each([
  [0.01, 0.01, '1.2345', '123.45'],
  [0.0001, 1, '0.0003', '3'],
  [1000, 0.1, '12300', '12.3'],
  [1, 1, '7', '7'],
  [1e-8, 1, '0.00000021', '21'],
])('contracts of %s, in lots of %s: %s is %s of them, and back', (contractSize, lot, quantity, contracts) => {
  const market = swapOf(contractSize, lot);
  expect(venueSize(decimal(quantity), market).toFixed()).toBe(contracts);
  expect(baseUnits(decimal(contracts), market).toFixed()).toBe(quantity);
});

it('what is no whole number of lots is refused here', () => {
  expect(() => venueSize(decimal('0.00015'), swapOf(0.01, 0.01))).toThrow(expect.objectContaining({ code: 'VENUE_PRECISION' }));
});
