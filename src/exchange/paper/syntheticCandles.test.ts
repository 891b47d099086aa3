import { describe, expect, it } from 'vitest';
import type { RawCandle, RecordedCandle } from '../../domain/market/candle.ts';
import { checkCandle } from '../../domain/market/checkCandle.ts';
import { resample } from '../../domain/market/resample.ts';
import { closeTimeOf, openTimeOf, TIMEFRAMES, type Timeframe } from '../../domain/market/timeframe.ts';
import { systemClock } from '../../lib/clock.ts';
import { createSyntheticCandles } from './syntheticCandles.ts';
import { createSyntheticFeed } from './syntheticFeed.ts';

const NOW = Date.parse('2026-11-20T12:34:56Z');
const running = new AbortController().signal;

async function history(timeframe: Timeframe, from: number, limit: number, now = NOW, symbol = 'BTC/USDT'): Promise<readonly RawCandle[]> {
  const page = await createSyntheticCandles({ now: () => now }).candles(symbol, timeframe, from, limit, running);
  if (page.kind !== 'page') throw new Error(page.kind);
  return page.candles;
}

function judged(raw: readonly RawCandle[], timeframe: Timeframe): RecordedCandle[] {
  return raw.map((one) => {
    const verdict = checkCandle(one, timeframe, NOW);
    if (!verdict.ok) throw new Error(`${timeframe}: ${verdict.breaches.join()}`);
    return { ...verdict.candle, fetchedAt: NOW, reconstructed: false };
  });
}

describe('the history of the synthetic feed', () => {
  it.each(TIMEFRAMES)('%s: candles keep the rules, follow each other and end with the open one', async (timeframe) => {
    const from = openTimeOf(timeframe, NOW - 10 * 86_400_000);
    const candles = judged(await history(timeframe, from, 20), timeframe);
    expect(candles[0]?.openTime).toBe(from);
    for (const [index, { openTime }] of candles.slice(1).entries())
      expect(openTime).toBe(closeTimeOf(timeframe, candles[index]?.openTime ?? 0));
    const [newest, ...none] = judged(await history(timeframe, openTimeOf(timeframe, NOW), 10), timeframe);
    expect([newest?.final, none]).toEqual([false, []]);
  });

  it('minutes add up to hours, digit for digit', async () => {
    const from = Date.parse('2026-11-19T20:00:00Z');
    const hours = judged(await history('1h', from, 3), '1h');
    const made = resample(judged(await history('1m', from, 180), '1m'), '1m', '1h');
    const amounts = (list: readonly RecordedCandle[]) =>
      list.map(({ open, high, low, close, volume }) => [open, high, low, close, volume].map((amount) => amount.toFixed()));
    expect(amounts(made)).toEqual(amounts(hours));
  });

  it('agrees with the quotes: what the feed quoted at a time lies in the candle of that time', async () => {
    for (const symbol of ['BTC/USDT', 'ETH/USDT:USDT', 'ETH/BTC', 'PEPE/USDT']) {
      const from = openTimeOf('1m', NOW - 3_600_000);
      for (const { openTime, open, high, low } of await history('1m', from, 30, NOW, symbol)) {
        const quote = await createSyntheticFeed({ ...systemClock, now: () => openTime }).quote(symbol, 0);
        expect([symbol, quote?.last.toFixed()]).toEqual([symbol, open]);
        expect(Number(high)).toBeGreaterThanOrEqual(Number(low));
      }
    }
  });

  it('is the same whenever it is asked for, and as old as one likes', async () => {
    const from = Date.parse('2019-02-28T23:58:00Z');
    expect(await history('1m', from, 5, NOW)).toEqual(await history('1m', from, 5, NOW + 86_400_000));
  });

  it('gives coarse candles in small pages, and begins on the grid', async () => {
    const months = await history('1M', Date.parse('2026-01-15T00:00:00Z'), 1000);
    expect(months.length).toBeGreaterThan(0);
    expect(new Date(months[0]?.openTime ?? 0).toISOString()).toBe('2026-02-01T00:00:00.000Z');
    expect((await history('1d', NOW - 400 * 86_400_000, 1000)).length).toBeLessThan(100);
  });

  it('has no candles of what it does not know, and stops when told', async () => {
    const source = createSyntheticCandles({ now: () => NOW });
    expect(await source.candles('NOSUCH/COIN', '1m', 0, 1, running)).toMatchObject({ kind: 'not_offered', code: 'SYMBOL_UNKNOWN' });
    await expect(source.candles('BTC/USDT', '1m', 0, 1, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});
