import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `condition` gives something truthy and returns it; fails naming `what` (and the last error) after `timeoutMs`. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5_000, everyMs = 10, what }: { timeoutMs?: number; everyMs?: number; what: string },
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`, { cause });
}
