import type { Epoch } from '../domain/ids.ts';
import { type SeriesKey, seriesName } from '../domain/market/candle.ts';
import { SETTLE_MS } from '../domain/market/checkCandle.ts';
import { closeTimeOf, divides, lengthMs } from '../domain/market/timeframe.ts';
import type { CandleSources } from '../exchange/exchange.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { createSourceLine, type SourceLine } from './askSource.ts';
import { type CandleReader, type CandleStore, EpochOverError, type SeriesState } from './candleStore.ts';
import { backfillPage, catchUp, needsBackfill, wantedFrom } from './collectSeries.ts';
import { JobRunner, type Progress } from './jobRunner.ts';
import { audit, reconstruct, refill } from './mendSeries.ts';
import { type SeriesBook, SeriesDesk } from './seriesDesk.ts';

/** One leader's time in office, as candles see it (`Leadership` fits). */
export interface CandleLeadership {
  readonly epoch: Epoch;
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal;
  /** Throws when this process may not call venues any more. */
  assertHeld(): void;
}

export interface CandleTermOptions {
  readonly leadership: CandleLeadership;
  readonly series: readonly SeriesKey[];
  readonly store: CandleStore;
  readonly reader: CandleReader;
  readonly sources: CandleSources;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly instance: string;
  readonly settings: CandleSettings;
}

export interface CandleSettings {
  /** How far back candles are wanted. */
  readonly backfillDays: number;
  /** Between two requests to one venue, milliseconds. */
  readonly pauseMs: number;
  /** Candles that are asked for again at each fire, for corrections. */
  readonly recheckBars: number;
}

export const CANDLE_DEFAULTS: CandleSettings = { backfillDays: 30, pauseMs: 250, recheckBars: 3 };

/** Series in a row that could not be fetched before the rest of a venue waits for the next run. */
const FAILURES_IN_A_ROW_MAX = 3;

/** Who asks for a run: a fire of the schedule, or a term that begins and fetches only what nobody has yet. */
export type Occasion = 'schedule' | 'takeover';

/** The jobs of one term: `catch_up` at each fire, and behind it `backfill` until everything wanted is there. */
export class CandleTerm {
  readonly jobs: JobRunner;
  private readonly options: CandleTermOptions;
  private readonly book: SeriesBook = new Map();
  private readonly lines = new Map<string, SourceLine>();
  private backfilling: Promise<void> = Promise.resolve();

  constructor(options: CandleTermOptions) {
    this.options = options;
    const { store, leadership, instance, clock, newId, logger } = options;
    const { epoch, signal } = leadership;
    this.jobs = new JobRunner({ store, epoch, instance, clock, newId, logger, signal });
  }

  /** Brings all series up to date, holes included; then starts what is left of the backfill. Rejects only with `EpochOverError`. */
  async run(occasion: Occasion): Promise<void> {
    const { series, logger, leadership } = this.options;
    try {
      await this.claim();
    } catch (error) {
      if (error instanceof EpochOverError) throw error;
      return void logger.error({ err: error }, 'candles cannot be collected now; the next run tries again');
    }
    if (leadership.signal.aborted || this.jobs.isRunning('catch_up')) return;
    await this.jobs.run('catch_up', series.length, (progress) => this.perVenue(progress, (state) => this.renew(state, progress, occasion)));
  }

  /** Starts the backfill unless it is under way; resolves when it has ended. Rejects only with `EpochOverError`. */
  backfill(): Promise<void> {
    if (this.options.leadership.signal.aborted || this.jobs.isRunning('backfill')) return this.backfilling;
    const wanting = [...this.book.values()].filter((state) => this.wantsMore(state));
    if (wanting.length === 0) return this.backfilling;
    this.backfilling = this.jobs.run('backfill', wanting.length, (progress) =>
      this.perVenue(progress, (state) => this.extend(state, progress), wanting),
    );
    return this.backfilling;
  }

  /** Registers the series under this epoch, once a term. */
  private async claim(): Promise<void> {
    if (this.book.size > 0) return;
    const { store, leadership, series, clock } = this.options;
    for (const state of await store.claim(leadership.epoch, series, clock.now())) this.book.set(state.id, state);
  }

  /** Venues side by side, the series of one venue in turn. A venue that fails again and again is left alone for this time. */
  private async perVenue(
    { signal, seriesDone }: Progress,
    work: (state: SeriesState) => Promise<'done' | 'failed'>,
    states: readonly SeriesState[] = [...this.book.values()],
  ): Promise<void> {
    const venues = [...new Set(states.map(({ source }) => source))];
    const lane = async (venue: string): Promise<void> => {
      let failures = 0;
      for (const state of states.filter(({ source }) => source === venue)) {
        if (failures >= FAILURES_IN_A_ROW_MAX) break;
        signal.throwIfAborted();
        failures = (await work(state)) === 'done' ? 0 : failures + 1;
        seriesDone();
      }
    };
    const ends = await Promise.allSettled(venues.map(lane));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async renew({ id }: SeriesState, progress: Progress, occasion: Occasion): Promise<'done' | 'failed'> {
    const desk = this.deskOf(id, progress);
    await progress.at(seriesName(desk.state));
    await audit(desk);
    if (occasion === 'schedule' || hasNews(desk)) {
      const recheckBars = occasion === 'schedule' ? this.options.settings.recheckBars : 0;
      if ((await catchUp(desk, recheckBars)) === 'failed') return 'failed';
    }
    if ((await refill(desk)) === 'failed') return 'failed';
    await reconstruct(desk, this.finerThan(desk.state), this.options.reader);
    return 'done';
  }

  private async extend({ id }: SeriesState, progress: Progress): Promise<'done' | 'failed'> {
    const desk = this.deskOf(id, progress);
    const { timeframe } = desk.state;
    const wanted = wantedFrom(timeframe, desk.now(), this.options.settings.backfillDays);
    while (needsBackfill(desk, wanted)) {
      await progress.at(`${seriesName(desk.state)} back to ${new Date(desk.state.covered?.from ?? wanted).toISOString()}`);
      if ((await backfillPage(desk, wanted)) === 'failed') return 'failed';
    }
    return 'done';
  }

  private wantsMore(state: SeriesState): boolean {
    const wanted = wantedFrom(state.timeframe, this.options.clock.now(), this.options.settings.backfillDays);
    return needsBackfill({ state }, wanted);
  }

  private deskOf(seriesId: number, { signal, tally }: Progress): SeriesDesk {
    const { store, leadership, clock } = this.options;
    const state = this.book.get(seriesId);
    if (!state) throw new Error(`series ${seriesId} was not claimed`);
    const line = this.lineTo(state);
    return new SeriesDesk({ seriesId, book: this.book, line, store, epoch: leadership.epoch, now: () => clock.now(), signal, tally });
  }

  private lineTo({ source, symbol }: SeriesKey): SourceLine {
    const { sources, clock, leadership, settings } = this.options;
    const marketType = symbol.includes(':') ? 'swap' : 'spot';
    const name = `${source} ${marketType}`;
    const line =
      this.lines.get(name) ??
      createSourceLine({
        open: () => sources.open(source, marketType),
        clock,
        assertHeld: () => leadership.assertHeld(),
        pauseMs: settings.pauseMs,
      });
    this.lines.set(name, line);
    return line;
  }

  /** Collected series of the same market that this one can be made of, coarsest first. */
  private finerThan({ source, symbol, timeframe }: SeriesKey): SeriesState[] {
    return [...this.book.values()]
      .filter((other) => other.source === source && other.symbol === symbol && other.covered !== null)
      .filter((other) => other.timeframe !== timeframe && divides(other.timeframe, timeframe))
      .sort((a, b) => lengthMs(b.timeframe) - lengthMs(a.timeframe));
  }
}

/** A candle has closed since the newest one that is known. */
function hasNews(desk: SeriesDesk): boolean {
  const { covered, timeframe } = desk.state;
  return covered === null || closeTimeOf(timeframe, covered.to) + SETTLE_MS <= desk.now();
}
