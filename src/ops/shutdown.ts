import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from './logger.ts';

/**
 * The phases of leaving, in their order, and how long each may take (milliseconds). Every phase has its own limit, so that a
 * drain that hangs cannot keep the lease from being handed over.
 */
export const SHUTDOWN_PHASES = {
  /** Readiness false, no new connections. */
  stopAccepting: 1_000,
  /** What was begun is finished. */
  drain: 4_000,
  /** The lease is released, so that the next leader need not wait for it to run out. */
  stepDown: 2_000,
  /** Connections and files. */
  close: 3_000,
} as const;

export type ShutdownPhase = keyof typeof SHUTDOWN_PHASES;

const PHASES = Object.keys(SHUTDOWN_PHASES) as ShutdownPhase[];

export interface Shutdown {
  /** Adds a step; the steps of one phase run side by side. */
  on(phase: ShutdownPhase, name: string, step: () => Promise<void> | void): void;
  /** Runs all phases, once however often it is called; never rejects. `clean`: every step ended in time and without error. */
  run(reason: string): Promise<'clean' | 'forced'>;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

export function createShutdown(options: {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Other limits than `SHUTDOWN_PHASES`. */
  readonly limits?: Partial<Record<ShutdownPhase, number>>;
}): Shutdown {
  const { logger, clock = systemClock } = options;
  const limits = { ...SHUTDOWN_PHASES, ...options.limits };
  const steps: Record<ShutdownPhase, Step[]> = { stopAccepting: [], drain: [], stepDown: [], close: [] };
  let running: Promise<'clean' | 'forced'> | undefined;

  async function succeeds(phase: ShutdownPhase, step: Step): Promise<boolean> {
    const ended = new AbortController();
    const late = clock.sleep(limits[phase], ended.signal).then(() => 'late' as const);
    try {
      const outcome = await Promise.race([Promise.resolve().then(step.run), late]);
      if (outcome === 'late') logger.error({ phase, step: step.name, limitMs: limits[phase] }, 'shutdown step did not end in time');
      return outcome !== 'late';
    } catch (error) {
      logger.error({ phase, step: step.name, err: error }, 'shutdown step failed');
      return false;
    } finally {
      ended.abort();
    }
  }

  async function runAll(reason: string): Promise<'clean' | 'forced'> {
    logger.info({ reason }, 'shutting down');
    let clean = true;
    for (const phase of PHASES) {
      const outcomes = await Promise.all(steps[phase].map((step) => succeeds(phase, step)));
      clean &&= outcomes.every(Boolean);
    }
    logger.info({ clean }, 'shut down');
    return clean ? 'clean' : 'forced';
  }

  return {
    on(phase, name, step) {
      steps[phase].push({ name, run: step });
    },
    run(reason) {
      running ??= runAll(reason);
      return running;
    },
  };
}
