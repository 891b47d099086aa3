import { expect, it } from 'vitest';
import { redirectOrigin } from './fetchImplementation.ts';
import { loadExchangeClass, nearest } from './loadCcxt.ts';

it('names the exchanges nearest to a misspelt one', () => {
  const ids = ['binance', 'binanceus', 'bitget', 'bitfinex', 'kraken', 'krakenfutures'];
  expect(nearest('binanse', ids)).toEqual(['binance', 'binanceus']);
  expect(nearest('kraken', ids)).toContain('krakenfutures');
  expect(nearest('zzz', ids)).toEqual([]);
});

it.each(['binanse', '../../package', 'base/Exchange', ''])('refuses %j as an exchange', async (id) => {
  await expect(loadExchangeClass(id)).rejects.toMatchObject({ code: 'VENUE_UNKNOWN' });
});

it('redirects origins and nothing else', () => {
  const origins = { 'https://api.binance.com': 'http://127.0.0.1:9100', '*': 'http://127.0.0.1:9200' };
  expect(redirectOrigin('https://api.binance.com/api/v3/order?a=1', origins).href).toBe('http://127.0.0.1:9100/api/v3/order?a=1');
  expect(redirectOrigin('https://fapi.binance.com/fapi/v1/time', origins).href).toBe('http://127.0.0.1:9200/fapi/v1/time');
  expect(redirectOrigin('https://api.binance.com/x', {}).href).toBe('https://api.binance.com/x');
});
