import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';
import { splitText } from './splitText.ts';

/** More than a person reads; whoever sends commands faster than a chat takes answers does without some. */
const WAITING_MAX = 20;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 1_000;

/** What somebody is told. `table`: from which character to which the text is to be shown in letters of one width. */
export interface Said {
  readonly text: string;
  readonly table?: { readonly from: number; readonly to: number };
}

/** Answers of one bot: in order in each chat, at the bot's pace. */
export interface Answers {
  /** Takes one more, or drops it when too many wait already. */
  say(chat: string, said: Said): void;
  /** Resolves when everything is said or, after `signal`, soon. */
  finished(): Promise<void>;
}

export interface AnswersOptions {
  readonly notifier: Notifier;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Best effort, unlike notices: a lost answer is asked for again, and what a command changed is told by a notice as well. That
 * lets commands be carried out without waiting for the chat.
 */
export function createAnswers({ notifier, pace, clock, logger, signal }: AnswersOptions): Answers {
  const queues = new Map<string, Said[]>();
  const busy = new Map<string, Promise<void>>();

  async function send(chat: string, part: Said): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const waitMs = pace.waitMs(chat, clock.monotonic());
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) return false;
      const outcome = await notifier.send(chat, part.text, signal, part.table ? { table: part.table } : {});
      pace.spoke(chat, clock.monotonic());
      if (outcome.kind === 'sent') return true;
      logger.warn({ chat, outcome, attempt }, 'an answer to a Telegram command could not be sent');
      if (outcome.kind === 'dead') return false;
      if (outcome.kind === 'throttled') pace.silenceUntil(clock.monotonic() + outcome.retryAfterMs);
      else await clock.sleep(RETRY_MS * attempt, signal);
    }
    return false;
  }

  async function drain(chat: string, queue: Said[]): Promise<void> {
    for (let said = queue.shift(); said !== undefined && !signal.aborted; said = queue.shift()) {
      for (const part of partsOf(said, notifier.limits?.messageUnitsMax ?? Number.POSITIVE_INFINITY)) if (!(await send(chat, part))) break;
    }
    queues.delete(chat);
    busy.delete(chat);
  }

  return {
    say: (chat, said) => {
      if (signal.aborted) return;
      const queue = queues.get(chat);
      if (queue && queue.length >= WAITING_MAX) return logger.warn({ chat }, 'too many Telegram commands at once; one goes unanswered');
      if (queue) return void queue.push(said);
      const fresh = [said];
      queues.set(chat, fresh);
      busy.set(chat, drain(chat, fresh));
    },
    finished: async () => {
      await Promise.all(busy.values());
    },
  };
}

/** Tables are made to fit into one message; a text that is too long comes in several. */
function partsOf(said: Said, unitsMax: number): readonly Said[] {
  return said.text.length <= unitsMax ? [said] : splitText(said.text, unitsMax).map((text) => ({ text }));
}
