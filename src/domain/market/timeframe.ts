const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05: the first Monday. Weeks start on Monday, 00:00 UTC. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** The time one candle spans, from the finest to the coarsest; months are calendar months, everything is UTC. */
export const TIMEFRAMES = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '1w', '1M'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

/** Milliseconds of all that are equally long each time. */
const LENGTH_MS: Readonly<Record<Exclude<Timeframe, '1M'>, number>> = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '1w': WEEK_MS,
};
const LONGEST_MONTH_MS = 31 * DAY_MS;

/** From `from` up to, and not including, `to`; epoch milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export function isTimeframe(text: string): text is Timeframe {
  return TIMEFRAMES.some((timeframe) => timeframe === text);
}

/** Milliseconds a candle lasts; for months the longest. */
export function lengthMs(timeframe: Timeframe): number {
  return timeframe === '1M' ? LONGEST_MONTH_MS : LENGTH_MS[timeframe];
}

/** Where the candle that contains `at` opens. */
export function openTimeOf(timeframe: Timeframe, at: number): number {
  if (timeframe === '1M') return Date.UTC(...monthOf(at));
  const origin = timeframe === '1w' ? FIRST_MONDAY_MS : 0;
  const length = LENGTH_MS[timeframe];
  return origin + Math.floor((at - origin) / length) * length;
}

/** The open time of the candle `count` after (or, negative, before) the one that opens at `openTime`. */
export function addBars(timeframe: Timeframe, openTime: number, count: number): number {
  if (timeframe !== '1M') return openTime + count * LENGTH_MS[timeframe];
  const [year, month] = monthOf(openTime);
  return Date.UTC(year, month + count);
}

/** When the candle that opens at `openTime` closes, which is when the next one opens. */
export function closeTimeOf(timeframe: Timeframe, openTime: number): number {
  return addBars(timeframe, openTime, 1);
}

/** How many candles open within the range; both ends must lie on the grid. */
export function countBars(timeframe: Timeframe, { from, to }: TimeRange): number {
  if (to <= from) return 0;
  if (timeframe !== '1M') return (to - from) / LENGTH_MS[timeframe];
  const [fromYear, fromMonth] = monthOf(from);
  const [toYear, toMonth] = monthOf(to);
  return (toYear - fromYear) * 12 + toMonth - fromMonth;
}

/** Whether candles of `fine` add up to whole candles of `coarse`: always but for weeks, which do not fit into months. */
export function divides(fine: Timeframe, coarse: Timeframe): boolean {
  if (fine === coarse) return true;
  if (fine === '1w' || fine === '1M') return false;
  return coarse === '1M' || LENGTH_MS[coarse] % LENGTH_MS[fine] === 0;
}

/** The holes between candles that are there: ranges on the grid within `range` in which none of `openTimes` (ascending) lies. */
export function findGaps(timeframe: Timeframe, range: TimeRange, openTimes: readonly number[]): TimeRange[] {
  const gaps: TimeRange[] = [];
  let expected = range.from;
  for (const openTime of openTimes) {
    if (openTime < expected || openTime >= range.to) continue;
    if (openTime > expected) gaps.push({ from: expected, to: openTime });
    expected = closeTimeOf(timeframe, openTime);
  }
  if (expected < range.to) gaps.push({ from: expected, to: range.to });
  return gaps;
}

/** What is left of `ranges` (ascending, apart) when `taken` is taken out of them. */
export function subtractRanges(ranges: readonly TimeRange[], taken: readonly TimeRange[]): TimeRange[] {
  return taken.reduce<TimeRange[]>(
    (left, hole) =>
      left.flatMap(({ from, to }) => {
        const parts = [
          { from, to: Math.min(to, hole.from) },
          { from: Math.max(from, hole.to), to },
        ];
        return hole.from >= to || hole.to <= from ? [{ from, to }] : parts.filter((part) => part.from < part.to);
      }),
    [...ranges],
  );
}

function monthOf(at: number): [year: number, month: number] {
  const date = new Date(at);
  return [date.getUTCFullYear(), date.getUTCMonth()];
}
