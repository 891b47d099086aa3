import type { SeriesKey } from '../domain/market/candle.ts';
import { SETTLE_MS } from '../domain/market/checkCandle.ts';
import type { CandleSources } from '../exchange/exchange.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { checkSchedule, schedule } from '../ops/scheduler.ts';
import type { CandleReader, CandleStore } from './candleStore.ts';
import { CANDLE_DEFAULTS, type CandleLeadership, type CandleSettings, CandleTerm } from './candleTerm.ts';

export interface MarketDataOptions {
  /** What is collected (`OHLC_SYMBOLS`, read by domain/market/collection.ts). */
  readonly series: readonly SeriesKey[];
  /** `OHLC_CRON`, in UTC. */
  readonly cron: string;
  readonly sources: CandleSources;
  readonly reader: CandleReader;
  readonly clock: Clock;
  /** UUID v7: jobs are listed by it. */
  readonly newId: () => string;
  readonly logger: Logger;
  /** This instance's name, shown with its jobs. */
  readonly instance: string;
  readonly settings?: Partial<CandleSettings>;
}

export interface MarketData {
  /**
   * What a leader does for candles until `leadership.signal` aborts, which also ends its jobs. `store` writes for this term.
   * Rejects with `EpochOverError` when a newer leader refused a write; every other trouble is logged and tried again.
   */
  lead(leadership: CandleLeadership, store: CandleStore): Promise<void>;
  /** Ends a job of this leader and resolves when it has ended; false when it does not run here. `actor`: who wants it. */
  cancelJob(jobId: string, actor: string): Promise<boolean>;
  readonly reader: CandleReader;
}

/** Candles, collected by whoever leads and read on every instance. Throws `ScheduleError` for a cron expression that is none. */
export function createMarketData(options: MarketDataOptions): MarketData {
  checkSchedule('OHLC_CRON', options.cron);
  let term: CandleTerm | null = null;
  return {
    reader: options.reader,
    lead: async (leadership, store) => {
      const { series, cron, clock, logger, sources } = options;
      if (series.length === 0) return ended(leadership.signal);
      const stop = new AbortController();
      const signal = AbortSignal.any([leadership.signal, stop.signal]);
      const own = new CandleTerm({
        ...{ ...options, store, settings: { ...CANDLE_DEFAULTS, ...options.settings } },
        leadership: { epoch: leadership.epoch, signal, assertHeld: () => leadership.assertHeld() },
      });
      term = own;
      const work = new Work(stop);
      const collect = (occasion: 'schedule' | 'takeover'): Promise<void> =>
        work.add(own.run(occasion).then(() => void work.add(own.backfill())));
      /** At a fire many candles have just closed: a moment later they are final. */
      const onFire = async (): Promise<void> => {
        await clock.sleep(SETTLE_MS, signal);
        if (!signal.aborted) await collect('schedule');
      };
      schedule({ name: 'OHLC_CRON', expression: cron, mayRun: () => holds(leadership), work: onFire, logger, signal });
      void collect('takeover');
      try {
        await ended(signal);
        await work.settled();
      } finally {
        term = null;
        await sources.close();
      }
      work.throwFailure();
    },
    cancelJob: async (jobId, actor) => (await term?.jobs.cancel(jobId, actor)) ?? false,
  };
}

/** Everything a term has begun: the first failure ends it, and its end waits for all. */
class Work {
  private readonly stop: AbortController;
  private readonly underWay = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | null = null;

  constructor(stop: AbortController) {
    this.stop = stop;
  }

  /** Never rejects. */
  add(work: Promise<void>): Promise<void> {
    const watched = work.catch((error: unknown) => {
      this.failure ??= { error };
      this.stop.abort();
    });
    this.underWay.add(watched);
    return watched.finally(() => this.underWay.delete(watched));
  }

  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}

function holds(leadership: CandleLeadership): boolean {
  try {
    leadership.assertHeld();
    return true;
  } catch {
    return false; // The lease has run out: the fire belongs to somebody else.
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
