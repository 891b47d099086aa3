import { CircuitState, circuitBreaker, handleWhenResult, type IBackoffFactory, type IBreaker } from 'cockatiel';
import type { Clock } from '../lib/clock.ts';

export type BreakerState = 'closed' | 'half_open' | 'open';

export interface BreakerChange {
  readonly name: string;
  readonly to: BreakerState;
  /** The failure that opened it; null unless `to` is `open`. */
  readonly cause: unknown;
}

/** The circuit is open: what was asked for has not been begun. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

/**
 * closed     everything goes through
 * open       nothing does, until a pause is over that grows with every failed probe
 * half_open  one call goes through as the probe, all others are turned away; its outcome closes or opens the circuit
 */
export interface Breaker {
  readonly name: string;
  readonly state: BreakerState;
  /** Throws `BreakerOpenError` when turned away, else whatever `work` does. */
  execute<T>(work: () => Promise<T>): Promise<T>;
  onChange(listener: (change: BreakerChange) => void): void;
}

export interface BreakerOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Whether an error says that the other side is not there; every other outcome proves that it is. */
  readonly isFailure: (error: unknown) => boolean;
  /** Failures in a row that open it. What fails in one instant (a batch, requests over one cut cable) counts once. */
  readonly failuresMax: number;
  /** First and longest pause between probes, milliseconds. */
  readonly pauseMs: { readonly min: number; readonly max: number };
}

type Outcome<T> = { readonly failed: false; readonly settle: () => T } | { readonly failed: true; readonly error: unknown };

const INSTANT_MS = 100;

const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const satisfies Record<CircuitState, BreakerState>;

/** A circuit breaker (cockatiel) whose time is the monotonic clock's. `work` must end by itself: a probe that hangs keeps everybody out. */
export function createBreaker({ name, clock, isFailure, failuresMax, pauseMs }: BreakerOptions): Breaker {
  const policy = circuitBreaker(
    handleWhenResult((outcome) => (outcome as Outcome<unknown>).failed),
    { halfOpenAfter: growingPause(clock, pauseMs.min, pauseMs.max), breaker: failuresInARow(clock, failuresMax) },
  );
  const stateNow = (): BreakerState => STATES[policy.state];
  return {
    name,
    get state() {
      return stateNow();
    },
    execute: async <T>(work: () => Promise<T>): Promise<T> => {
      if (policy.state === CircuitState.HalfOpen) throw new BreakerOpenError(`${name}: being probed`);
      const outcome = await policy.execute(() => attempt(work, isFailure)).catch(() => null);
      if (outcome === null) throw new BreakerOpenError(`${name}: open`);
      if (outcome.failed) throw outcome.error;
      return outcome.settle();
    },
    onChange: (listener) => {
      policy.onStateChange((state) => {
        const { lastFailure } = policy;
        const failure = lastFailure && 'value' in lastFailure ? (lastFailure.value as Outcome<unknown>) : null;
        listener({ name, to: STATES[state], cause: state === CircuitState.Open && failure?.failed ? failure.error : null });
      });
    },
  };
}

/** Never rejects, so that the only error left is the circuit's own. */
async function attempt<T>(work: () => Promise<T>, isFailure: (error: unknown) => boolean): Promise<Outcome<T>> {
  try {
    const value = await work();
    return { failed: false, settle: () => value };
  } catch (error) {
    if (isFailure(error)) return { failed: true, error };
    const settle = (): never => {
      throw error;
    };
    return { failed: false, settle };
  }
}

function failuresInARow(clock: Clock, failuresMax: number): IBreaker {
  let failures = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    state: null,
    success: () => {
      failures = 0;
    },
    failure: (state) => {
      const now = clock.monotonic();
      if (now - countedAt >= INSTANT_MS) {
        failures += 1;
        countedAt = now;
      }
      return state === CircuitState.HalfOpen || failures >= failuresMax;
    },
  };
}

/** cockatiel asks whether `Date.now()` has moved on by `duration`. A wall clock may be set back, so the answer is taken from ours. */
function growingPause(clock: Clock, ms: number, msMax: number): IBackoffFactory<unknown> {
  return {
    next: () => {
      const overAt = clock.monotonic() + ms;
      return {
        get duration() {
          return clock.monotonic() >= overAt ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        },
        next: () => growingPause(clock, Math.min(ms * 2, msMax), msMax).next(null),
      };
    },
  };
}
