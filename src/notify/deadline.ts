import type { Clock } from '../lib/clock.ts';

export interface Deadline {
  /** Aborts when the time is up, when the outer signal does, or when cleared. */
  readonly signal: AbortSignal;
  /** Frees the timer and the outer signal; to be called in any case. */
  clear(): void;
}

export function startDeadline(timeoutMs: number, outer: AbortSignal, clock: Clock): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  void clock.sleep(timeoutMs, controller.signal).then(abort);
  return {
    signal: controller.signal,
    clear: () => {
      outer.removeEventListener('abort', abort);
      abort();
    },
  };
}

/** What `work` comes to, or null when it takes longer than `timeoutMs` or `outer` aborts first; then it goes on unheard. */
export async function within<T>(work: Promise<T>, timeoutMs: number, outer: AbortSignal, clock: Clock): Promise<T | null> {
  const deadline = startDeadline(timeoutMs, outer, clock);
  const over = new Promise<null>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(null), { once: true });
    if (deadline.signal.aborted) resolve(null);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    deadline.clear();
  }
}
