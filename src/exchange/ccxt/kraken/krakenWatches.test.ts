import { expect, it } from 'vitest';
import type { CcxtStream } from '../loadCcxt.ts';
import { withMarket } from './krakenWatches.ts';

const stream = (): CcxtStream => ({}) as CcxtStream;

it('a word that does not say its market is of the one its order began in, as far as the stream has told', () => {
  const told = stream();
  withMarket(told, { id: 'O1', symbol: 'BTC/USD', info: { cl_ord_id: 'ours' } });
  expect(withMarket(told, { id: 'O1', info: {} })).toEqual({ id: 'O1', symbol: 'BTC/USD', clientOrderId: undefined });
  expect(withMarket(told, { id: 'O2' }).symbol).toBeUndefined();
  expect(withMarket(stream(), { id: 'O1' }).symbol).toBeUndefined();
});

it('our id is what the venue calls so, not what ccxt takes for it', () => {
  expect(withMarket(stream(), { id: 'O1', clientOrderId: '0', symbol: 'BTC/USD', info: { cl_ord_id: 'ours' } }).clientOrderId).toBe('ours');
});

it('remembers so many orders and no more', () => {
  const told = stream();
  for (let n = 0; n <= 2_000; n += 1) withMarket(told, { id: `O${n}`, symbol: 'BTC/USD' });
  expect(withMarket(told, { id: 'O0' }).symbol).toBeUndefined();
  expect(withMarket(told, { id: 'O1' }).symbol).toBe('BTC/USD');
});
