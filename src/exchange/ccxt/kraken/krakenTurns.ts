import type { Clock } from '../../../lib/clock.ts';
import { NotSentError } from '../venueErrors.ts';

/** Requests one at a time. */
export interface Turns {
  /**
   * Resolves when it is this request's turn, with what is to be called when that is over. Throws `NotSentError` when `signal` ends the
   * waiting first.
   */
  take(first: boolean, signal: AbortSignal): Promise<() => void>;
}

/** Whoever has had no answer by then no longer keeps the others waiting: it was read long ago, or is refused once it is overtaken. */
export const TURN_MS_MAX = 2_000;

type Waiting = (end: () => void) => void;

export function createTurns(clock: Clock): Turns {
  const firsts: Waiting[] = [];
  const others: Waiting[] = [];
  let busy = false;

  const next = (): void => {
    if (busy) return;
    const begin = firsts.shift() ?? others.shift();
    if (!begin) return;
    busy = true;
    const over = new AbortController();
    const end = (): void => {
      if (over.signal.aborted) return;
      over.abort();
      busy = false;
      next();
    };
    void clock.sleep(TURN_MS_MAX, over.signal).then(end);
    begin(end);
  };

  return {
    take: (first, signal) =>
      new Promise((resolve, reject) => {
        const queue = first ? firsts : others;
        const giveUp = (): void => {
          const at = queue.indexOf(begin);
          if (at >= 0) queue.splice(at, 1);
          reject(new NotSentError('its turn did not come in time'));
        };
        const begin: Waiting = (end) => {
          signal.removeEventListener('abort', giveUp);
          resolve(end);
        };
        if (signal.aborted) return giveUp();
        signal.addEventListener('abort', giveUp, { once: true });
        queue.push(begin);
        next();
      }),
  };
}
