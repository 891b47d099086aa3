import type { Clock } from '../lib/clock.ts';

interface Window {
  failures: number;
  endsAt: number;
}

/** Failures per key: a network (lib/address.ts `networkOf`), an account. Attempts are charged before they are checked, so parallel guesses do not slip through. */
export interface FailureThrottle {
  /** Charges one attempt; the milliseconds to wait when the key has none left, else null. */
  charge(key: string): number | null;
  /** Whether the key has no attempt left. */
  isFull(key: string): boolean;
  /** The attempt was good after all. */
  refund(key: string): void;
}

const KEYS_MAX = 10_000;

/** `limit` failures per `windowMs` and key (fixed window from the first); the oldest key is forgotten when there are too many. */
export function createFailureThrottle(clock: Clock, limit = 10, windowMs = 60_000): FailureThrottle {
  const windows = new Map<string, Window>();
  return {
    charge(key) {
      const now = clock.monotonic();
      const open = windows.get(key);
      if (open && open.endsAt > now) {
        if (open.failures >= limit) return open.endsAt - now;
        open.failures += 1;
        return null;
      }
      windows.delete(key);
      const oldest = windows.size >= KEYS_MAX ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      windows.set(key, { failures: 1, endsAt: now + windowMs });
      return null;
    },
    isFull(key) {
      const open = windows.get(key);
      return open !== undefined && open.endsAt > clock.monotonic() && open.failures >= limit;
    },
    refund(key) {
      const open = windows.get(key);
      if (open && open.failures > 0) open.failures -= 1;
    },
  };
}
