import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../src/lib/clock.ts';

/** A clock that runs `factor` times as fast as ours, for rules in seconds that meet real sockets. */
export function scaledClock(factor: number): Clock {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) * factor;
  return {
    now: () => Math.floor(1_700_000_000_000 + elapsed()),
    monotonic: elapsed,
    sleep: (ms, signal) => {
      const until = elapsed() + ms;
      const wait = async (): Promise<void> => {
        // Timers may fire up to a millisecond early, which the factor would make many.
        while (elapsed() < until && !signal?.aborted)
          await delay(Math.ceil((until - elapsed()) / factor), undefined, signal ? { signal } : {}).catch(() => undefined);
      };
      return wait();
    },
  };
}
