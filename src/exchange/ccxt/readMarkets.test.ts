import { expect, it } from 'vitest';
import type { CcxtMarket } from './loadCcxt.ts';
import { readMarket } from './readMarkets.ts';

const TICK_SIZE = 4;
const DECIMAL_PLACES = 2;

const btc: CcxtMarket = {
  id: 'BTCUSDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  active: true,
  spot: true,
  swap: false,
  linear: undefined,
  contractSize: undefined,
  precision: { amount: 0.00001, price: 0.01 },
  limits: { amount: { min: 0.00002 }, cost: { min: 5 } },
};

const plain = (market: CcxtMarket, mode = TICK_SIZE) => JSON.parse(JSON.stringify(readMarket(market, mode)));

it('reads steps and minimums exactly, down to eighteen digits', () => {
  expect(plain(btc)).toEqual({
    symbol: 'BTC/USDT',
    venueSymbol: 'BTCUSDT',
    type: 'spot',
    base: 'BTC',
    quote: 'USDT',
    tickSize: '0.01',
    stepSize: '0.00001',
    minQuantity: '0.00002',
    minNotional: '5',
  });
  const fine = plain({ ...btc, precision: { amount: 1e-18, price: 1e-8 } });
  expect(fine).toMatchObject({ stepSize: '0.000000000000000001', tickSize: '0.00000001' });
});

it('keeps another name of a market, where it has one', () => {
  expect(plain({ ...btc, id: 'XXBTZUSD', altname: 'XBTUSD' })).toMatchObject({ venueSymbol: 'XXBTZUSD', altName: 'XBTUSD' });
  expect(plain({ ...btc, id: 'SOLUSD', altname: 'SOLUSD' })).not.toHaveProperty('altName');
});

it('counts contracts in base units', () => {
  const swap = {
    ...btc,
    symbol: 'BTC/USDT:USDT',
    spot: false,
    swap: true,
    linear: true,
    contractSize: 0.01,
    precision: { amount: 1, price: 0.1 },
  };
  expect(plain({ ...swap, limits: { amount: { min: 1 }, cost: undefined } })).toMatchObject({
    type: 'swap',
    stepSize: '0.01',
    contractSize: '0.01',
    minQuantity: '0.01',
    minNotional: '0',
  });
});

it('understands precision given as decimal places, and assumes a fine one where there is none', () => {
  expect(plain({ ...btc, precision: { amount: 3, price: 2 } }, DECIMAL_PLACES)).toMatchObject({ stepSize: '0.001', tickSize: '0.01' });
  expect(plain({ ...btc, precision: { amount: undefined, price: undefined } })).toMatchObject({ stepSize: '0.00000001' });
});

it.each([
  ['inactive', { active: false }],
  ['an inverse contract', { spot: false, swap: true, linear: false }],
  ['an option or a dated future', { spot: false, swap: false }],
  ['without a base', { base: '' }],
])('leaves out a market that is %s', (_, change) => {
  expect(readMarket({ ...btc, ...change }, TICK_SIZE)).toBeNull();
});
