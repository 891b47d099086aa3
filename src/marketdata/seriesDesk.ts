import type { Epoch } from '../domain/ids.ts';
import { seriesName } from '../domain/market/candle.ts';
import { CANDLE_RULES, type CandleBreach } from '../domain/market/checkCandle.ts';
import { closeTimeOf, findGaps, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { SourceLine } from './askSource.ts';
import type { CandleNotice, CandleStore, Gap, SeriesState, SeriesUpdate, SetAside, UpdateResult } from './candleStore.ts';
import type { Ask, Window } from './fetchWindow.ts';

/** What one step of work adds to a job's account. */
export interface Tally {
  requests: number;
  candles: number;
  corrections: number;
  gapsFound: number;
  gapsFilled: number;
  setAside: number;
  failures: number;
}

export function emptyTally(): Tally {
  return { requests: 0, candles: 0, corrections: 0, gapsFound: 0, gapsFilled: 0, setAside: 0, failures: 0 };
}

/** What a term knows of its series; the jobs share it. */
export type SeriesBook = Map<number, SeriesState>;

export interface SeriesDeskOptions {
  readonly seriesId: number;
  readonly book: SeriesBook;
  readonly line: SourceLine;
  readonly store: CandleStore;
  readonly epoch: Epoch;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

/** What a source said is kept up to this many a time; it is told that there were more. */
const SET_ASIDE_MAX = 100;

/** Where the work on one series is done: ask its source, write what was learned, know how it stands. */
export class SeriesDesk {
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly store: CandleStore;
  private readonly options: SeriesDeskOptions;

  constructor(options: SeriesDeskOptions) {
    this.options = options;
    this.tally = options.tally;
    this.signal = options.signal;
    this.store = options.store;
  }

  get state(): SeriesState {
    const state = this.options.book.get(this.options.seriesId);
    if (!state) throw new Error(`series ${this.options.seriesId} is not in the book`);
    return state;
  }

  get timeframe(): Timeframe {
    return this.state.timeframe;
  }

  now(): number {
    return this.options.now();
  }

  readonly ask: Ask = async (fromMs, limit) => {
    const { symbol, timeframe } = this.state;
    this.tally.requests += 1;
    return this.options.line.ask({ symbol, timeframe, fromMs, limit }, this.signal);
  };

  /** Writes one step and takes over what changed. */
  async save(update: Omit<SeriesUpdate, 'seriesId' | 'at'>): Promise<UpdateResult> {
    const { seriesId, book, store, epoch } = this.options;
    const at = this.now();
    const setAside = update.setAside?.slice(0, SET_ASIDE_MAX) ?? [];
    const notices = [...(update.notices ?? []), ...setAsideNotices(this.state, update.setAside ?? [], at)];
    const result = await store.update(epoch, { ...update, seriesId, at, setAside, notices });
    book.set(seriesId, { ...this.state, ...update.state });
    this.tally.candles += result.stored;
    this.tally.corrections += result.corrected;
    this.tally.setAside += result.setAside;
    return result;
  }

  /** The source could not be asked: shown on the series, and told when it is news. */
  async fail(problem: string): Promise<void> {
    this.tally.failures += 1;
    if (this.state.problem === problem) return;
    const at = this.now();
    const id = noticeId('problem', this.state, `${day(at)}:${problem}`);
    const text = `Candles of ${seriesName(this.state)} cannot be collected now: ${problem}`;
    await this.save({ state: { problem }, notices: [{ id, severity: 'warning', text }] });
  }
}

/** The holes that are left in a stretch of time: what the source gave nothing for, and what it gave but is not believed. */
export function holesIn(
  timeframe: Timeframe,
  within: TimeRange,
  { candles, doubted }: Window,
  asked: Pick<Gap, 'attempts' | 'checkedAt'>,
): Gap[] {
  const seen = [...candles.map(({ openTime }) => openTime), ...doubted].sort((a, b) => a - b);
  const missing = findGaps(timeframe, within, seen).map((range): Gap => ({ ...range, reason: 'missing', ...asked }));
  const inDoubt = doubted
    .filter((openTime) => openTime >= within.from && openTime < within.to)
    .map((openTime): Gap => ({ from: openTime, to: closeTimeOf(timeframe, openTime), reason: 'quarantined', ...asked }));
  return [...missing, ...inDoubt].sort((a, b) => a.from - b.from);
}

function setAsideNotices(state: SeriesState, setAside: readonly SetAside[], at: number): CandleNotice[] {
  const [first] = setAside;
  if (!first) return [];
  const breaches = [...new Set(setAside.flatMap((one) => one.breaches))].map((breach: CandleBreach) => CANDLE_RULES[breach]);
  const many = setAside.length === 1 ? '1 candle' : `${setAside.length} candles`;
  const text = `Set aside and not stored: ${many} of ${seriesName(state)}, because ${breaches.join('; ')}.`;
  return [{ id: noticeId('set-aside', state, day(at)), severity: 'warning', text }];
}

/** Told once a day and series at most. */
function noticeId(kind: string, state: SeriesState, what: string): string {
  return `candles:${kind}:${sha256Hex(`${seriesName(state)}\0${what}`).slice(0, 32)}`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
