import type { Clock } from '../../lib/clock.ts';

/** Keeps quiet towards a venue that asked for it. */
export interface Backoff {
  /** Milliseconds still to be quiet; 0: requests may go. */
  remainingMs(): number;
  begin(ms: number): void;
}

/** Longest pause taken from a Retry-After; after it one request finds out whether the ban still stands. */
export const BACKOFF_MS_MAX = 15 * 60_000;
/** Used when the venue names no time. */
export const BACKOFF_MS_DEFAULT = 10_000;

export function createBackoff(clock: Clock): Backoff {
  let until = 0;
  return {
    remainingMs: () => Math.max(0, Math.ceil(until - clock.monotonic())),
    begin: (ms) => {
      until = Math.max(until, clock.monotonic() + Math.min(ms, BACKOFF_MS_MAX));
    },
  };
}
