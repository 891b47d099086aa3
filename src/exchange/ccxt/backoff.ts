import type { Clock } from '../../lib/clock.ts';

/** Keeps quiet towards a venue that asked for it. */
export interface Backoff {
  /** Milliseconds still to be quiet; 0: requests may go. */
  remainingMs(): number;
  /** At least so long from now; a little longer by chance, and twice as long as the last pause when it was refused right after that. */
  begin(ms: number): void;
}

/** Longest pause taken from a Retry-After; after it one request finds out whether the ban still stands. */
export const BACKOFF_MS_MAX = 15 * 60_000;
/** Used when the venue names no time. */
export const BACKOFF_MS_DEFAULT = 10_000;
/** Largest share by which a pause is lengthened, so that all who were refused together do not come back together. */
export const JITTER = 0.2;

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;

/** How long to wait before a connection is tried again after so many failures in a row: doubling, up to 30 s, spread by chance. */
export function reconnectWaitMs(failures: number, random = Math.random()): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10)) * (0.75 + random / 2);
}

export interface BackoffOptions {
  /** Told of each pause and its length, milliseconds; not of requests that were refused while one was on. */
  readonly onPause?: (ms: number) => void;
  /** In [0, 1). */
  readonly random?: () => number;
}

export function createBackoff(clock: Clock, { onPause, random = Math.random }: BackoffOptions = {}): Backoff {
  let until = 0;
  let lastMs = 0;
  return {
    remainingMs: () => Math.max(0, Math.ceil(until - clock.monotonic())),
    begin: (ms) => {
      const now = clock.monotonic();
      const over = now >= until;
      const again = over && lastMs > 0 && now - until < lastMs;
      const wantedMs = Math.min(BACKOFF_MS_MAX, Math.max(ms, again ? 2 * lastMs : 0)) * (1 + JITTER * random());
      until = Math.max(until, now + wantedMs);
      if (!over) return;
      lastMs = wantedMs;
      onPause?.(wantedMs);
    },
  };
}
