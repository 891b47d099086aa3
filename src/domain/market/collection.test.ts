import { describe, expect, it } from 'vitest';
import { seriesName } from './candle.ts';
import { readCollection } from './collection.ts';

const names = (...entries: string[]): string[] => {
  const read = readCollection(entries, 'synthetic');
  if (!read.ok) throw new Error(read.problems.join('; '));
  return read.series.map(seriesName);
};

describe('OHLC_SYMBOLS', () => {
  it.each([
    [['BTC/USDT'], ['synthetic:BTC/USDT@1m']],
    [['binance:BTC/USDT@1m+1h'], ['binance:BTC/USDT@1m', 'binance:BTC/USDT@1h']],
    [
      ['binance:BTC/USDT@1m', '1h', 'ETH/USDT@1M'],
      ['binance:BTC/USDT@1m', 'binance:BTC/USDT@1h', 'synthetic:ETH/USDT@1M'],
    ],
    [['BTC/USDT:USDT'], ['synthetic:BTC/USDT:USDT@1m']],
    [['binance:BTC/USDT:USDT@5m'], ['binance:BTC/USDT:USDT@5m']],
    [['1000PEPE/USDT', '1000PEPE/USDT@1m'], ['synthetic:1000PEPE/USDT@1m']],
  ])('%j asks for %j', (entries, series) => {
    expect(names(...entries)).toEqual(series);
  });

  it.each([
    ['BTCUSDT', 'is not [venue:]symbol'],
    ['Binance:BTC/USDT', 'is not [venue:]symbol'],
    ['BTC/USDT@7m', 'names the timeframe "7m"; there are 1m, 3m'],
    ['BTC/USDT@', 'is not [venue:]symbol'],
    ['1h', 'is not [venue:]symbol'],
  ])('%s is refused with what is allowed', (entry, words) => {
    const read = readCollection([entry], 'synthetic');
    expect(read.ok ? [] : read.problems).toEqual([expect.stringContaining(words)]);
    expect(read.ok ? '' : read.problems[0]).toContain(`"${entry}"`);
  });

  it('nothing asked for is nothing collected', () => {
    expect(names()).toEqual([]);
  });
});
