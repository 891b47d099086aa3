import { EARLIEST_MS } from '../domain/market/checkCandle.ts';
import { addBars, closeTimeOf, countBars, openTimeOf, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import { fetchWindow, PAGE_BARS, type Window } from './fetchWindow.ts';
import { holesIn, type SeriesDesk } from './seriesDesk.ts';

/** How much of a new series is fetched before anything else. */
const FIRST_BARS = 500;
const DAY_MS = 86_400_000;

/** From where on candles are wanted: so many days, and at least as many candles as a chart shows. */
export function wantedFrom(timeframe: Timeframe, now: number, days: number): number {
  const open = openTimeOf(timeframe, now);
  return notTooOld(timeframe, Math.min(openTimeOf(timeframe, now - days * DAY_MS), addBars(timeframe, open, -FIRST_BARS)));
}

function notTooOld(timeframe: Timeframe, openTime: number): number {
  return Math.max(openTime, closeTimeOf(timeframe, openTimeOf(timeframe, EARLIEST_MS)));
}

/**
 * Fetches what is newer than the series knows, the open candle included. `recheckBars` of those it has are asked for again, for
 * the source may have corrected them. Every page is one commit, from where the next leader would go on.
 */
export async function catchUp(desk: SeriesDesk, recheckBars: number): Promise<'done' | 'failed'> {
  const { timeframe } = desk;
  const { covered } = desk.state;
  const end = closeTimeOf(timeframe, openTimeOf(timeframe, desk.now()));
  const start = covered?.to ?? notTooOld(timeframe, addBars(timeframe, end, -FIRST_BARS));
  const recheck = covered ? Math.max(covered.from, addBars(timeframe, start, -recheckBars)) : start;
  for (let from = recheck; from < end; ) {
    const range = { from, to: Math.min(end, addBars(timeframe, from, PAGE_BARS)) };
    const window = await fetchWindow(desk.ask, timeframe, range);
    if (!window.ok) {
      await desk.fail(window.problem);
      return 'failed';
    }
    const to = await saveNewest(desk, window, { from: Math.max(from, start), to: range.to });
    if (range.to === end || to < range.to) break; // The source has nothing newer.
    from = to;
  }
  await desk.save({ state: { caughtUpAt: desk.now(), problem: null } });
  return 'done';
}

/** Stores a window at the new end of a series; answers up to where it is now covered. */
async function saveNewest(desk: SeriesDesk, window: Window, range: TimeRange): Promise<number> {
  const { timeframe } = desk;
  const { covered } = desk.state;
  const { candles, setAside } = window;
  const to = Math.max(range.from, settledUntil(timeframe, window, range));
  const firstSeen = Math.min(candles[0]?.openTime ?? to, window.doubted[0] ?? to);
  const from = covered ? range.from : firstSeen; // A new series begins where its source begins to tell.
  const within = { from, to };
  const gaps = holesIn(timeframe, within, window, { attempts: 1, checkedAt: desk.now() });
  desk.tally.gapsFound += barsIn(timeframe, gaps);
  await desk.save({
    ...{ candles, setAside },
    ...(from < to ? { holes: { within, gaps }, state: { covered: { from: covered?.from ?? from, to } } } : {}),
  });
  return to;
}

/** Up to where nothing changes any more: the first provisional candle, or behind the last one told. */
function settledUntil(timeframe: Timeframe, { candles, doubted, nextAt }: Window, range: TimeRange): number {
  const provisional = candles.find(({ final }) => !final);
  if (provisional) return provisional.openTime;
  if (nextAt !== null) return range.to;
  const last = Math.max(candles.at(-1)?.openTime ?? Number.NEGATIVE_INFINITY, doubted.at(-1) ?? Number.NEGATIVE_INFINITY);
  return Number.isFinite(last) ? closeTimeOf(timeframe, last) : range.from;
}

export function needsBackfill({ state }: Pick<SeriesDesk, 'state'>, wanted: number): boolean {
  const { covered, fromBeginning } = state;
  return covered !== null && !fromBeginning && covered.from > wanted;
}

/** Fetches one page of what is older than the series knows, newest first, down to `wanted` or to where the source begins. */
export async function backfillPage(desk: SeriesDesk, wanted: number): Promise<'done' | 'failed'> {
  const { timeframe } = desk;
  const { covered } = desk.state;
  if (!covered) return 'done';
  const range = { from: Math.max(wanted, addBars(timeframe, covered.from, -PAGE_BARS)), to: covered.from };
  const window = await fetchWindow(desk.ask, timeframe, range);
  if (!window.ok) {
    await desk.fail(window.problem);
    return 'failed';
  }
  const begins = await beginningOf(desk, window, range, wanted);
  if (begins === 'failed') return 'failed';
  const from = begins ?? range.from;
  const within = { from, to: range.to };
  const gaps = holesIn(timeframe, within, window, { attempts: 1, checkedAt: desk.now() });
  desk.tally.gapsFound += barsIn(timeframe, gaps);
  const state = { covered: { from, to: desk.state.covered?.to ?? covered.to }, fromBeginning: begins !== null };
  await desk.save({ candles: window.candles, setAside: window.setAside, holes: { within, gaps }, state });
  return 'done';
}

/** Where the source begins, if that is within the range: when its oldest candle is asked for, this is the one it gives. */
async function beginningOf(desk: SeriesDesk, window: Window, range: TimeRange, wanted: number): Promise<number | null | 'failed'> {
  const first = Math.min(window.candles[0]?.openTime ?? range.to, window.doubted[0] ?? range.to);
  if (first === range.from) return null;
  const answer = await desk.ask(wanted, 1);
  if (!answer.ok) {
    await desk.fail(answer.problem);
    return 'failed';
  }
  const openTime = answer.candles[0]?.openTime ?? Number.POSITIVE_INFINITY;
  return openTime >= first ? first : null;
}

export function barsIn(timeframe: Timeframe, ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, range) => sum + countBars(timeframe, range), 0);
}
