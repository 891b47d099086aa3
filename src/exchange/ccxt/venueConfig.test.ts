import { expect, it } from 'vitest';
import { readVenueConfig } from './venueConfig.ts';

it('has defaults that keep an order findable: 5 s window, 10 s deadline', () => {
  expect(readVenueConfig('binance', undefined)).toMatchObject({
    timeoutMs: 10_000,
    recvWindowMs: 5_000,
    notFoundAfterMs: null,
    origins: {},
  });
});

it('hands on what it does not know to ccxt', () => {
  const config = {
    origins: {},
    ccxt: { timeout: 500, notFoundAfterMs: 50, hostname: 'binance.com', options: { recvWindow: 1000, portfolioMargin: false } },
  };
  expect(readVenueConfig('binance', config)).toEqual({
    origins: {},
    timeoutMs: 500,
    recvWindowMs: 1000,
    notFoundAfterMs: 50,
    budgetScale: 1,
    options: { portfolioMargin: false },
    extra: { hostname: 'binance.com' },
  });
});

it.each([
  ['ccxt resending by itself', { options: { maxRetriesOnFailure: 2 } }, '"binance.options.maxRetriesOnFailure"'],
  ['ccxt resending one path by itself', { options: { order: { maxRetriesOnFailure: 2 } } }, '"binance.options.order.maxRetriesOnFailure"'],
  ['edited URLs', { urls: { api: {} } }, '"origins"'],
  ['keys on the screen', { verbose: true }, '"binance.verbose"'],
  ['a proxy that would be passed by', { httpsProxy: 'http://10.0.0.1' }, '"origins"'],
  ['credentials in a file', { secret: 'do-not-print-me' }, '"binance.secret"'],
  ['a deadline of the wrong kind', { timeout: '10' }, '"binance.timeout" must be a whole number of milliseconds from 100 to 60000'],
  ['a window the venue would refuse', { options: { recvWindow: 60_001 } }, '"binance.options.recvWindow"'],
])('refuses %s and names the setting', (_, ccxt, words) => {
  expect(() => readVenueConfig('binance', { origins: {}, ccxt })).toThrow(words);
  expect(() => readVenueConfig('binance', { origins: {}, ccxt })).not.toThrow('do-not-print-me');
});

it('counts requests, unless it is told not to or the venue is played on this machine', () => {
  const scaleOf = (budget: unknown, origins = {}) =>
    readVenueConfig('binance', { origins, ccxt: budget === undefined ? {} : { budget } }).budgetScale;
  expect(scaleOf(undefined)).toBe(1);
  expect(scaleOf(2.5)).toBe(2.5);
  expect(scaleOf(false)).toBeNull();
  expect(scaleOf(undefined, { '*': 'http://127.0.0.1:9100' })).toBeNull();
  expect(scaleOf(1, { '*': 'http://127.0.0.1:9100' })).toBe(1);
  expect(scaleOf(undefined, { '*': 'https://proxy.example' })).toBe(1);
  for (const budget of [0, -1, 101, '2', true]) expect(() => scaleOf(budget)).toThrow('"binance.budget" must be false, or a number');
});
