import type { Clock } from '../../lib/clock.ts';
import { keepNewest } from '../../lib/keepNewest.ts';

/** Counts the failures of each person within a window, so that guessing comes to an end. */
export interface FailureCount {
  /** Too many: what comes now is not even looked at. */
  isFull(who: string): boolean;
  /** One more. Whether the person may still be answered. */
  add(who: string): boolean;
  clear(who: string): void;
}

/** People remembered; the oldest is forgotten first. */
const PEOPLE_MAX = 1_000;

export function createFailureCount({ max, windowMs, clock }: { max: number; windowMs: number; clock: Clock }): FailureCount {
  const counts = new Map<string, { count: number; until: number }>();
  const current = (who: string) => {
    const known = counts.get(who);
    return known && known.until > clock.monotonic() ? known : { count: 0, until: clock.monotonic() + windowMs };
  };
  return {
    isFull: (who) => current(who).count >= max,
    add: (who) => {
      const { count, until } = current(who);
      counts.delete(who);
      counts.set(who, { count: count + 1, until });
      keepNewest(counts, PEOPLE_MAX);
      return count < max;
    },
    clear: (who) => {
      counts.delete(who);
    },
  };
}
