import type { Clock } from '../lib/clock.ts';

/** News between one look and the next is not missed: a `wait` that follows it ends at once. */
export interface Wakeup {
  /** There is something new. */
  signal(): void;
  /** About to look: only news from now on counts. */
  looking(): void;
  /** Resolves on news since the last look, after `timeoutMs`, or when `aborted` does. Never rejects. */
  wait(timeoutMs: number, aborted: AbortSignal): Promise<void>;
}

export function createWakeup(clock: Clock): Wakeup {
  const sleepers = new Set<AbortController>();
  let news = true;
  return {
    signal: () => {
      if (news) return; // Whoever waited has been woken, and nobody waits while there is news.
      news = true;
      for (const sleeper of sleepers) sleeper.abort();
    },
    looking: () => {
      news = false;
    },
    wait: async (timeoutMs, aborted) => {
      if (news || aborted.aborted) return;
      const sleeper = new AbortController();
      const wake = () => sleeper.abort();
      sleepers.add(sleeper);
      aborted.addEventListener('abort', wake, { once: true });
      await clock.sleep(timeoutMs, sleeper.signal);
      aborted.removeEventListener('abort', wake);
      sleepers.delete(sleeper);
    },
  };
}
