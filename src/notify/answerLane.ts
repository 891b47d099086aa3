import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { createWakeup } from '../ops/wakeup.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';
import { splitText } from './splitText.ts';

/** More than a person reads; whoever sends commands faster than a chat takes answers does without some. */
const WAITING_MAX = 20;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 1_000;
const IDLE_MS = 60_000;

/** Answers to one chat, in order, at the bot's pace. */
export interface AnswerLane {
  /** Takes one more, or drops it when too many wait already. */
  say(text: string): void;
  /** Sends what was said until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface AnswerLaneOptions {
  readonly notifier: Notifier;
  readonly chat: string;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Best effort, unlike notices: a lost answer is asked for again, and what a command changed is told by a notice as well. That
 * lets commands be carried out without waiting for the chat.
 */
export function createAnswerLane({ notifier, chat, pace, clock, logger }: AnswerLaneOptions): AnswerLane {
  const waiting: string[] = [];
  const wakeup = createWakeup(clock);

  async function send(part: string, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const waitMs = pace.waitMs(chat, clock.monotonic());
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) return false;
      const outcome = await notifier.send(chat, part, signal);
      pace.spoke(chat, clock.monotonic());
      if (outcome.kind === 'sent') return true;
      logger.warn({ chat, outcome, attempt }, 'an answer to a Telegram command could not be sent');
      if (outcome.kind === 'dead') return false;
      if (outcome.kind === 'throttled') pace.silenceUntil(clock.monotonic() + outcome.retryAfterMs);
      else await clock.sleep(RETRY_MS * attempt, signal);
    }
    return false;
  }

  return {
    say: (text) => {
      if (waiting.length >= WAITING_MAX) return logger.warn({ chat }, 'too many Telegram commands at once; one goes unanswered');
      waiting.push(text);
      wakeup.signal();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        wakeup.looking();
        const text = waiting.shift();
        if (text === undefined) {
          await wakeup.wait(IDLE_MS, signal);
          continue;
        }
        const parts = splitText(text, notifier.limits?.messageUnitsMax ?? Number.POSITIVE_INFINITY);
        for (const part of parts) if (!(await send(part, signal))) break;
      }
    },
  };
}
