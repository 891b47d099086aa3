import type { Clock } from '../lib/clock.ts';

/** Lets whoever writes notices wake whoever sends them. */
export interface Bell {
  ring(): void;
  /** How often it rang so far: taken before looking for work, it makes sure that no ring goes unheard. */
  count(): number;
  /** Resolves once it has rung more than `heard` times, after `timeoutMs`, or when `signal` aborts. Never rejects. */
  wait(heard: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let rings = 0;
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      rings += 1;
      for (const wake of waiting) wake();
    },
    count: () => rings,
    wait: async (heard, timeoutMs, signal) => {
      if (rings > heard) return;
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
      waiting.add(wake);
      await clock.sleep(timeoutMs, woken.signal);
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
    },
  };
}
