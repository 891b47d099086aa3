import { addBars, openTimeOf, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import { ATTEMPTS_UNTIL_EMPTY, type CandleReader, type Gap, type SeriesState } from './candleStore.ts';
import { barsIn } from './collectSeries.ts';
import { fetchWindow, PAGE_BARS } from './fetchWindow.ts';
import { holesIn, type SeriesDesk } from './seriesDesk.ts';

const DAY_MS = 86_400_000;
/** Windows asked for again in one run of a job; the rest waits for the next. */
const WINDOWS_MAX = 50;
const PARTS_MAX = 10_000;

/** Searches a series for holes nobody knows of (rows lost, a month dropped), once a day, month by month. */
export async function audit(desk: SeriesDesk): Promise<void> {
  const { covered, auditedAt, id } = desk.state;
  const now = desk.now();
  if (!covered || (auditedAt !== null && auditedAt > now - DAY_MS)) return;
  for (let month = openTimeOf('1M', covered.from); month < covered.to; month = addBars('1M', month, 1)) {
    desk.signal.throwIfAborted();
    const within = { from: Math.max(covered.from, month), to: Math.min(covered.to, addBars('1M', month, 1)) };
    const missing = await desk.store.findMissing(id, desk.timeframe, within);
    if (missing.length === 0) continue;
    const found = missing.map((range): Gap => ({ ...range, reason: 'missing', attempts: 0, checkedAt: now }));
    desk.tally.gapsFound += barsIn(desk.timeframe, found);
    await desk.save({ holes: { within, gaps: [...(await desk.store.gapsIn(id, within)), ...found] } });
  }
  await desk.save({ state: { auditedAt: now } });
}

/** Asks for known holes again. One the source cannot fill time and again is taken for a time without trades. */
export async function refill(desk: SeriesDesk): Promise<'done' | 'failed'> {
  const due = await desk.store.dueGaps(desk.state.id, desk.now() - DAY_MS);
  for (const range of windowsOver(desk.timeframe, due).slice(0, WINDOWS_MAX)) {
    const window = await fetchWindow(desk.ask, desk.timeframe, range);
    if (!window.ok) {
      await desk.fail(window.problem);
      return 'failed';
    }
    const known = await desk.store.gapsIn(desk.state.id, range);
    const asked = { checkedAt: desk.now() };
    const gaps = known.flatMap((gap) => holesIn(desk.timeframe, gap, window, { attempts: gap.attempts + 1, ...asked }));
    desk.tally.gapsFilled += barsIn(desk.timeframe, known) - barsIn(desk.timeframe, gaps);
    await desk.save({ candles: window.candles, setAside: window.setAside, holes: { within: range, gaps } });
  }
  return 'done';
}

/** As few stretches of at most a page as hold all the holes; holes close to each other share one. */
export function windowsOver(timeframe: Timeframe, gaps: readonly TimeRange[]): TimeRange[] {
  const windows: TimeRange[] = [];
  for (const gap of gaps) {
    let from = Math.max(gap.from, windows.at(-1)?.to ?? gap.from);
    const open = windows.at(-1);
    if (open && gap.to <= addBars(timeframe, open.from, PAGE_BARS)) {
      windows[windows.length - 1] = { from: open.from, to: Math.max(open.to, gap.to) };
      continue;
    }
    for (; from < gap.to; from = addBars(timeframe, from, PAGE_BARS)) {
      windows.push({ from, to: Math.min(gap.to, addBars(timeframe, from, PAGE_BARS)) });
    }
  }
  return windows;
}

/** Where the source has no candle of this timeframe but the finer ones of that time are all there, it is made of them. */
export async function reconstruct(desk: SeriesDesk, finer: readonly SeriesState[], reader: CandleReader): Promise<void> {
  const [finest] = finer;
  const { covered, id } = desk.state;
  if (!finest || !covered) return;
  const given = (await desk.store.gapsIn(id, covered)).filter(({ attempts }) => attempts >= ATTEMPTS_UNTIL_EMPTY);
  for (const range of windowsOver(desk.timeframe, given).slice(0, WINDOWS_MAX)) {
    const query = {
      seriesId: finest.id,
      stored: finest.timeframe,
      wanted: desk.timeframe,
      range,
      limit: PARTS_MAX,
      keep: 'first',
    } as const;
    const made = (await reader.candles(query)).filter(({ final }) => final);
    const known = await desk.store.gapsIn(id, range);
    const missing = made.filter(({ openTime }) => known.some(({ from, to }) => openTime >= from && openTime < to));
    if (missing.length === 0) continue;
    const window = { ok: true, candles: missing, setAside: [], doubted: [], nextAt: null } as const;
    const gaps = known.flatMap(({ reason, attempts, checkedAt, ...gap }) =>
      holesIn(desk.timeframe, gap, window, { attempts, checkedAt }).map((hole) => ({ ...hole, reason })),
    );
    desk.tally.gapsFilled += missing.length;
    await desk.save({ candles: missing, holes: { within: range, gaps } });
  }
}
