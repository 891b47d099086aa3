import { networkOf } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';

interface Window {
  failures: number;
  endsAt: number;
}

/** Failed sign-ins per address (of IPv6 the /64, all of which one attacker has). Attempts are charged before they are checked, so parallel guesses do not slip through. */
export interface FailureThrottle {
  /** Charges one attempt; the milliseconds to wait when the address has none left, else null. */
  charge(address: string): number | null;
  /** The attempt was good after all. */
  refund(address: string): void;
}

const ADDRESSES_MAX = 10_000;

/** `limit` failures per `windowMs` and address (fixed window from the first); the oldest address is forgotten when there are too many. */
export function createFailureThrottle(clock: Clock, limit = 10, windowMs = 60_000): FailureThrottle {
  const windows = new Map<string, Window>();
  return {
    charge(from) {
      const address = networkOf(from);
      const now = clock.monotonic();
      const open = windows.get(address);
      if (open && open.endsAt > now) {
        if (open.failures >= limit) return open.endsAt - now;
        open.failures += 1;
        return null;
      }
      windows.delete(address);
      const oldest = windows.size >= ADDRESSES_MAX ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      windows.set(address, { failures: 1, endsAt: now + windowMs });
      return null;
    },
    refund(from) {
      const open = windows.get(networkOf(from));
      if (open && open.failures > 0) open.failures -= 1;
    },
  };
}
