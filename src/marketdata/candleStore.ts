import type { Epoch } from '../domain/ids.ts';
import type { Candle, RawCandle, RecordedCandle, SeriesKey } from '../domain/market/candle.ts';
import type { CandleBreach } from '../domain/market/checkCandle.ts';
import type { Timeframe, TimeRange } from '../domain/market/timeframe.ts';

/** Where the collection of one series stands. Times are epoch milliseconds on its grid. */
export interface SeriesState extends SeriesKey {
  readonly id: number;
  /** What the source was asked for, without a break, and answered; null before the first answer. The open candle lies behind it. */
  readonly covered: TimeRange | null;
  /** The source has nothing before `covered`. */
  readonly fromBeginning: boolean;
  /** When its newest candles were last fetched. */
  readonly caughtUpAt: number | null;
  /** When it was last searched for holes. */
  readonly auditedAt: number | null;
  /** Why the last try failed, in words for a person; null when it did not. */
  readonly problem: string | null;
}

/** A hole in a series. */
export interface Gap extends TimeRange {
  /** `missing`: the source gave nothing there. `quarantined`: what it gave was not believed. */
  readonly reason: 'missing' | 'quarantined';
  /** How often the source was asked for it. */
  readonly attempts: number;
  readonly checkedAt: number;
}

/** From then on the source is believed to have nothing to tell about a missing time (no trade), and is asked once a day at most. */
export const ATTEMPTS_UNTIL_EMPTY = 3;

export interface SetAside {
  readonly raw: RawCandle;
  readonly breaches: readonly CandleBreach[];
}

/** Something an operator is told, through the outbox and in the transaction that stores what it reports. Told once per `id`. */
export interface CandleNotice {
  readonly id: string;
  readonly severity: 'warning' | 'info';
  readonly text: string;
}

/** What is learned of a series in one step; written in one transaction. */
export interface SeriesUpdate {
  readonly seriesId: number;
  readonly at: number;
  readonly candles?: readonly RecordedCandle[];
  readonly setAside?: readonly SetAside[];
  /** All holes there are now within the range; what was known of holes in it is replaced. */
  readonly holes?: { readonly within: TimeRange; readonly gaps: readonly Gap[] };
  /** Fields of the state that change. */
  readonly state?: Partial<Pick<SeriesState, 'covered' | 'fromBeginning' | 'caughtUpAt' | 'auditedAt' | 'problem'>>;
  readonly notices?: readonly CandleNotice[];
}

export interface UpdateResult {
  /** Candles that were not there before or were provisional. */
  readonly stored: number;
  /** Final candles whose values were replaced; both are kept. */
  readonly corrected: number;
  /** Set aside for the first time. */
  readonly setAside: number;
}

export type JobKind = 'catch_up' | 'backfill';
/** `interrupted`: its leader stopped leading; the next one goes on from the progress of each series. */
export type JobStatus = 'running' | 'done' | 'failed' | 'canceled' | 'interrupted';

/** One run over all series, for people to see. */
export interface CandleJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly instance: string;
  readonly epoch: Epoch;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Actor who had it canceled. */
  readonly canceledBy: string | null;
  readonly seriesTotal: number;
  readonly seriesDone: number;
  /** What it works on now, in words; null before and after. */
  readonly current: string | null;
  readonly requests: number;
  readonly candles: number;
  readonly corrections: number;
  /** Candles found missing, and candles that filled a hole. */
  readonly gapsFound: number;
  readonly gapsFilled: number;
  readonly setAside: number;
  readonly failures: number;
}

/** A final candle that the source told differently later. */
export interface Correction {
  readonly openTime: number;
  readonly previous: Candle & { readonly fetchedAt: number };
  readonly corrected: Candle & { readonly fetchedAt: number };
}

/** Somebody else leads: a write of an older epoch was refused. */
export class EpochOverError extends Error {
  override readonly name = 'EpochOverError';
}

/** The store did not answer, or not in time. */
export class CandleStoreUnavailableError extends Error {
  override readonly name = 'CandleStoreUnavailableError';
}

/** What the leader writes. Every write is refused with `EpochOverError` unless it comes from the epoch that leads. */
export interface CandleStore {
  /**
   * Takes these series over for the epoch, registering new ones, and answers where each stands, in the order given. Jobs that an
   * earlier leader left running become `interrupted`; `at` is epoch ms, for housekeeping.
   */
  claim(epoch: Epoch, keys: readonly SeriesKey[], at: number): Promise<readonly SeriesState[]>;
  /** Idempotent: the same candles again change nothing. A provisional candle never replaces a final one. */
  update(epoch: Epoch, update: SeriesUpdate): Promise<UpdateResult>;
  saveJob(epoch: Epoch, job: CandleJob): Promise<void>;
  /** Holes of a series to ask for again, ascending and not all at once: few attempts so far, or not asked since `before`. */
  dueGaps(seriesId: number, before: number): Promise<readonly Gap[]>;
  /** All holes that overlap the range, cut to it, ascending. */
  gapsIn(seriesId: number, range: TimeRange): Promise<readonly Gap[]>;
  /** Times within the range without a final candle that are not recorded as a hole. */
  findMissing(seriesId: number, timeframe: Timeframe, range: TimeRange): Promise<readonly TimeRange[]>;
}

export interface CandleQuery {
  /** A stored series. */
  readonly seriesId: number;
  readonly stored: Timeframe;
  /** What to make of it; must be divided by `stored`. */
  readonly wanted: Timeframe;
  /** On the grid of `wanted`. */
  readonly range: TimeRange;
  readonly limit: number;
  /** Which end to keep when there are more than `limit`. */
  readonly keep: 'first' | 'last';
}

export interface SeriesInfo extends SeriesState {
  /** Times without a candle that are still asked for, and those where the source has none. */
  readonly gaps: { readonly open: number; readonly empty: number };
}

/** What everybody may read, on any instance. */
export interface CandleReader {
  series(filter: { readonly symbol?: string; readonly source?: string }): Promise<readonly SeriesInfo[]>;
  /** Ascending. */
  candles(query: CandleQuery): Promise<readonly RecordedCandle[]>;
  /** Ascending. */
  corrections(seriesId: number, range: TimeRange, limit: number): Promise<readonly Correction[]>;
  /** Newest first; `before`: only those listed after the job of that id. Null for an id that is no job. */
  jobs(limit: number, before: string | null): Promise<readonly CandleJob[] | null>;
  job(id: string): Promise<CandleJob | null>;
}
