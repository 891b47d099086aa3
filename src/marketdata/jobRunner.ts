import type { Epoch } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { type CandleJob, type CandleStore, EpochOverError, type JobKind, type JobStatus } from './candleStore.ts';
import { emptyTally, type Tally } from './seriesDesk.ts';

/** A job as its own work sees it. */
export interface Progress {
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** Works on this now, in words; written at most once a second. */
  at(current: string): Promise<void>;
  /** One more series is done. */
  seriesDone(): void;
}

export interface JobRunnerOptions {
  readonly store: CandleStore;
  readonly epoch: Epoch;
  readonly instance: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal;
}

interface Running {
  job: CandleJob;
  readonly tally: Tally;
  readonly ending: AbortController;
  readonly ended: Promise<void>;
}

const WRITE_EVERY_MS = 1_000;

/** Runs jobs, writes how they stand, and ends them when told. */
export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly running = new Map<string, Running>();

  constructor(options: JobRunnerOptions) {
    this.options = options;
  }

  isRunning(kind: JobKind): boolean {
    return [...this.running.values()].some(({ job }) => job.kind === kind);
  }

  /** Resolves when the job has ended, however. Rejects only with `EpochOverError`. */
  async run(kind: JobKind, seriesTotal: number, work: (progress: Progress) => Promise<void>): Promise<void> {
    const { newId, instance, epoch, clock } = this.options;
    const job: CandleJob = {
      ...{ id: newId(), kind, status: 'running', instance, epoch, startedAt: clock.now(), finishedAt: null, canceledBy: null },
      ...{ seriesTotal, seriesDone: 0, current: null, ...emptyTally() },
    };
    let ended = (): void => undefined;
    const running: Running = {
      ...{ job, tally: emptyTally(), ending: new AbortController() },
      ended: new Promise((resolve) => {
        ended = resolve;
      }),
    };
    this.running.set(job.id, running);
    try {
      await this.carryOut(running, work);
    } finally {
      this.running.delete(job.id);
      ended();
    }
  }

  /** Ends a job; false when it does not run here. Resolves when it has ended. */
  async cancel(jobId: string, actor: string): Promise<boolean> {
    const running = this.running.get(jobId);
    if (!running) return false;
    running.job = { ...running.job, canceledBy: running.job.canceledBy ?? actor };
    running.ending.abort();
    await running.ended;
    return true;
  }

  private async carryOut(running: Running, work: (progress: Progress) => Promise<void>): Promise<void> {
    const { logger, signal } = this.options;
    let failure: unknown = null;
    try {
      await this.write(running, 'running');
      await work(this.progressOf(running));
    } catch (error) {
      if (error instanceof EpochOverError) throw error;
      failure = error;
    }
    const status = running.job.canceledBy !== null ? 'canceled' : failure === null ? 'done' : 'failed';
    if (signal.aborted) return; // The next leader finds it running and knows that it was interrupted.
    const { id, kind } = running.job;
    if (status === 'failed') logger.error({ err: failure, job: id, kind }, 'a candle job failed');
    else logger.info({ job: id, kind, status, ...running.tally }, 'candle job ended');
    await this.write(running, status).catch((error: unknown) => {
      if (error instanceof EpochOverError) throw error;
      logger.error({ err: error, job: id }, 'the end of a candle job could not be written');
    });
  }

  private progressOf(running: Running): Progress {
    const { clock, signal } = this.options;
    let writtenAt = Number.NEGATIVE_INFINITY;
    return {
      signal: AbortSignal.any([signal, running.ending.signal]),
      tally: running.tally,
      at: async (current) => {
        running.job = { ...running.job, current };
        if (clock.monotonic() - writtenAt < WRITE_EVERY_MS) return;
        writtenAt = clock.monotonic();
        await this.write(running, 'running');
      },
      seriesDone: () => {
        running.job = { ...running.job, seriesDone: running.job.seriesDone + 1 };
      },
    };
  }

  private async write(running: Running, status: JobStatus): Promise<void> {
    const { store, epoch, clock } = this.options;
    const over = status === 'running' ? {} : { finishedAt: clock.now(), current: null };
    running.job = { ...running.job, ...running.tally, status, ...over };
    await store.saveJob(epoch, running.job);
  }
}
