import type { Logger } from '../ops/logger.ts';
import { refused } from './budgets.ts';
import type { HookAnswer, HookRequest } from './hookRequest.ts';
import { createInFlight } from './inFlight.ts';

export interface Turnstile {
  /** Never rejects, and always answers in time. */
  handle(request: HookRequest): Promise<HookAnswer>;
  /** From now on every request is answered 503. Resolves when nothing is under way any more. */
  drain(): Promise<void>;
}

export interface TurnstileOptions {
  readonly answerWithinMs: number;
  /** Requests under way at once; more are answered 503. */
  readonly inFlightMax: number;
  readonly logger: Logger;
}

/** Around the checks: how many at once, how long at most, and nothing new once we are leaving. */
export function createTurnstile(admit: (request: HookRequest) => Promise<HookAnswer>, options: TurnstileOptions): Turnstile {
  const inFlight = createInFlight();
  let draining = false;

  async function guarded(request: HookRequest): Promise<HookAnswer> {
    try {
      return await admit(request);
    } catch (error) {
      options.logger.error({ err: error }, 'gateway failed');
      return refused({ code: 'NOT_STORED' });
    } finally {
      inFlight.leave();
    }
  }

  return {
    async handle(request) {
      if (draining) return refused({ code: 'DRAINING' });
      if (inFlight.size >= options.inFlightMax) return refused({ code: 'BUSY' });
      inFlight.enter();
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<HookAnswer>((resolve) => {
        timer = setTimeout(() => resolve(refused({ code: 'TOO_SLOW' })), options.answerWithinMs);
      });
      const answer = await Promise.race([guarded(request), tooLate]);
      clearTimeout(timer);
      return answer;
    },
    drain() {
      draining = true;
      return inFlight.idle();
    },
  };
}
