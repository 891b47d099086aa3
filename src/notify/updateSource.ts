import type { Telegram, TelegramError } from 'telegraf';
import type { Update } from 'telegraf/types';
import type { Clock } from '../lib/clock.ts';
import { startDeadline } from './deadline.ts';
import { failureReason, refusalReason, silenceMs, type TelegrafSignal } from './telegramFailure.ts';

/** How long Telegram holds a poll open while there is nothing to tell, seconds. Short, as a poll of a dead leader refuses the next one's. */
const POLL_SEC = 20;
/** What a poll may take beyond that before it counts as hung, milliseconds. */
const POLL_GRACE_MS = 10_000;
/** Updates of one poll; what is left comes with the next. */
const BATCH_MAX = 20;

export type PollOutcome =
  /** `botName` is the bot's user name, by which a group addresses it. */
  | { readonly kind: 'updates'; readonly updates: readonly Update[]; readonly botName: string }
  /** Another process polls the same bot, or a webhook is set for it. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** The service wants silence for a while. */
  | { readonly kind: 'throttled'; readonly reason: string; readonly retryAfterMs: number }
  /** Wrong token or a request Telegram does not understand: nothing changes before somebody changes a setting. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Network, 5xx, no answer in time. */
  | { readonly kind: 'retry'; readonly reason: string };

/** What people wrote to a bot. */
export interface UpdateSource {
  /** Waits for updates with ids from `offset` on, which confirms all before it. Never rejects; ends at once when `signal` aborts. */
  poll(offset: number | null, signal: AbortSignal): Promise<PollOutcome>;
}

export interface UpdateSourceOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly clock: Clock;
}

/** Telegram's `getUpdates` (core.telegram.org/bots/api#getupdates), messages and presses of buttons only. Neither edits nor channel posts are asked for. */
export function createUpdateSource({ token, apiRoot, clock }: UpdateSourceOptions): UpdateSource {
  let telegram: Telegram | null = null;
  let botName: string | null = null;

  async function poll(offset: number | null, signal: AbortSignal): Promise<PollOutcome> {
    const telegraf = await import('telegraf');
    telegram ??= new telegraf.Telegram(token, { apiRoot });
    const deadline = startDeadline(POLL_SEC * 1_000 + POLL_GRACE_MS, signal, clock);
    const abort = { signal: deadline.signal as unknown as TelegrafSignal };
    try {
      botName ??= (await telegram.callApi('getMe', {}, abort)).username;
      const page = {
        ...(offset === null ? {} : { offset }),
        timeout: POLL_SEC,
        limit: BATCH_MAX,
        allowed_updates: ['message', 'callback_query'] as const,
      };
      const updates = await telegram.callApi('getUpdates', page, abort);
      if (!areUpdates(updates)) return { kind: 'retry', reason: 'an answer that is no list of updates' };
      return { kind: 'updates', updates, botName };
    } catch (error) {
      if (error instanceof telegraf.TelegramError) return refusalOf(error, token);
      return { kind: 'retry', reason: failureReason(error, deadline.signal.aborted) };
    } finally {
      deadline.clear();
    }
  }

  return { poll };
}

/** Their ids say where to go on, so they alone must be right; what else is odd about an update is its own affair. */
function areUpdates(answer: unknown): boolean {
  return Array.isArray(answer) && answer.every((update) => Number.isSafeInteger(update?.update_id));
}

function refusalOf(error: TelegramError, token: string): PollOutcome {
  const reason = refusalReason(error, token);
  if (error.code === 409) return { kind: 'conflict', reason };
  if (error.code === 429) return { kind: 'throttled', reason, retryAfterMs: silenceMs(error) };
  return { kind: error.code >= 500 ? 'retry' : 'refused', reason };
}
