import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawCandle } from '../domain/market/candle.ts';
import { addBars, countBars, openTimeOf, subtractRanges, TIMEFRAMES, type TimeRange } from '../domain/market/timeframe.ts';
import type { Asked } from './askSource.ts';
import { wantedFrom } from './collectSeries.ts';
import { fetchWindow, PAGE_BARS } from './fetchWindow.ts';
import { windowsOver } from './mendSeries.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T00:00:00Z');
const at = (index: number): number => START + index * MINUTE;

/** A source that has these minutes and gives at most `page` of them at once. */
function source(has: readonly number[], page: number) {
  const asked: number[] = [];
  const ask = async (fromMs: number, limit: number): Promise<Asked> => {
    asked.push((fromMs - START) / MINUTE);
    const raw = has.map((index): RawCandle => ({ openTime: at(index), open: '1', high: '1', low: '1', close: '1', volume: '0' }));
    const candles = raw.filter(({ openTime }) => openTime >= fromMs).slice(0, Math.min(page, limit));
    return { ok: true, candles, fetchedAt: at(100_000) };
  };
  return { ask, asked };
}

describe('asking for a stretch of time', () => {
  it('goes on until all is told, however small the pages are and whatever is missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 120 })), fc.integer({ min: 1, max: 50 }), async (minutes, page) => {
        const has = minutes.sort((a, b) => a - b);
        const window = await fetchWindow(source(has, page).ask, '1m', { from: at(10), to: at(90) });
        if (!window.ok) throw new Error(window.problem);
        expect(window.candles.map(({ openTime }) => (openTime - START) / MINUTE)).toEqual(has.filter((index) => index >= 10 && index < 90));
        const next = has.find((index) => index >= 90);
        if (window.nextAt !== null) expect(window.nextAt).toBe(at(next ?? -1));
      }),
    );
  });

  it('asks once for what comes in one page', async () => {
    const { ask, asked } = source(
      Array.from({ length: 200 }, (_, index) => index),
      1000,
    );
    await fetchWindow(ask, '1m', { from: at(0), to: at(100) });
    expect(asked).toEqual([0]);
  });

  it('ends with a source that always tells the same', async () => {
    const stuck: RawCandle = { openTime: at(3), open: '1', high: '1', low: '1', close: '1', volume: '1' };
    const ask = async (): Promise<Asked> => ({ ok: true, candles: [stuck, { ...stuck, openTime: Number.NaN }], fetchedAt: at(1000) });
    const window = await fetchWindow(ask, '1m', { from: at(0), to: at(10) });
    expect(window.ok && window.candles.length).toBe(1);
    expect(window.ok && window.setAside.length).toBeGreaterThan(0);
  });
});

describe('asking for holes again', () => {
  const holes = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 2_500 })), { maxLength: 30 }).map((pairs) => {
    let index = 0;
    return pairs.map(([pause, length]): TimeRange => {
      const from = index + pause;
      index = from + length;
      return { from: at(from), to: at(index) };
    });
  });

  it('takes windows of at most a page that hold every hole and do not overlap', () => {
    fc.assert(
      fc.property(holes, (gaps) => {
        const windows = windowsOver('1m', gaps);
        expect(subtractRanges(gaps, windows)).toEqual([]);
        for (const [index, window] of windows.entries()) {
          expect(countBars('1m', window)).toBeLessThanOrEqual(PAGE_BARS);
          expect(window.from).toBeGreaterThanOrEqual(windows[index - 1]?.to ?? 0);
        }
      }),
    );
  });

  it('holes close to each other share a question', () => {
    const gaps = Array.from({ length: 100 }, (_, index) => ({ from: at(index * 5), to: at(index * 5 + 1) }));
    expect(windowsOver('1m', gaps)).toEqual([{ from: at(0), to: at(496) }]);
  });
});

it('history is wanted as many days as told, at least 500 candles, and none before there was anything to trade', () => {
  const now = Date.parse('2026-11-20T12:34:56Z');
  expect(wantedFrom('1m', now, 30)).toBe(openTimeOf('1m', now - 30 * 86_400_000));
  expect(wantedFrom('1d', now, 30)).toBe(addBars('1d', openTimeOf('1d', now), -500));
  for (const timeframe of TIMEFRAMES) {
    const wanted = wantedFrom(timeframe, now, 100_000);
    expect(wanted).toBeGreaterThanOrEqual(Date.UTC(2009, 0, 1));
    expect(openTimeOf(timeframe, wanted)).toBe(wanted);
  }
});
