import { maxDecimal, minDecimal } from '../money.ts';
import type { RecordedCandle } from './candle.ts';
import { closeTimeOf, countBars, divides, openTimeOf, type Timeframe, type TimeRange } from './timeframe.ts';

/**
 * Coarser candles out of finer ones (ascending, of one series): the first open, the highest high, the lowest low, the last
 * close, the sum of volumes. One is final when all its parts are there and final; `knownEmpty` are times in which the venue
 * had nothing to tell (no trade), so that nothing is missing there. Throws when `from` does not divide `to`.
 */
export function resample(
  candles: readonly RecordedCandle[],
  from: Timeframe,
  to: Timeframe,
  knownEmpty: readonly TimeRange[] = [],
): RecordedCandle[] {
  if (!divides(from, to)) throw new RangeError(`candles of ${from} do not add up to ${to}`);
  if (from === to) return [...candles];
  return bucketsOf(candles, to).map((parts) => {
    const openTime = openTimeOf(to, parts[0].openTime);
    const whole = { from: openTime, to: closeTimeOf(to, openTime) };
    const complete = parts.length + emptyBars(from, whole, knownEmpty) >= countBars(from, whole);
    return { ...merge(parts), openTime, final: complete && parts.every(({ final }) => final) };
  });
}

/** How many whole candles of the timeframe the ranges (not overlapping) account for within `whole`. */
export function emptyBars(timeframe: Timeframe, whole: TimeRange, knownEmpty: readonly TimeRange[]): number {
  return knownEmpty
    .map(({ from, to }) => ({
      from: nextOnGrid(timeframe, Math.max(from, whole.from)),
      to: openTimeOf(timeframe, Math.min(to, whole.to)),
    }))
    .reduce((sum, range) => sum + countBars(timeframe, range), 0);
}

function nextOnGrid(timeframe: Timeframe, at: number): number {
  const openTime = openTimeOf(timeframe, at);
  return openTime === at ? at : closeTimeOf(timeframe, openTime);
}

type Parts = [RecordedCandle, ...RecordedCandle[]];

function bucketsOf(candles: readonly RecordedCandle[], timeframe: Timeframe): Parts[] {
  const buckets: Parts[] = [];
  let closeTime = Number.NEGATIVE_INFINITY;
  for (const candle of candles) {
    if (candle.openTime < closeTime) buckets.at(-1)?.push(candle);
    else {
      buckets.push([candle]);
      closeTime = closeTimeOf(timeframe, openTimeOf(timeframe, candle.openTime));
    }
  }
  return buckets;
}

function merge(parts: Parts): RecordedCandle {
  const [first] = parts;
  const last = parts.at(-1) ?? first;
  return {
    ...first,
    high: parts.map(({ high }) => high).reduce(maxDecimal),
    low: parts.map(({ low }) => low).reduce(minDecimal),
    close: last.close,
    volume: parts.map(({ volume }) => volume).reduce((sum, volume) => sum.add(volume)),
    fetchedAt: Math.max(...parts.map(({ fetchedAt }) => fetchedAt)),
    reconstructed: true,
  };
}
