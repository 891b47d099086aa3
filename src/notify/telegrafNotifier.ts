import type { Telegram, TelegramError } from 'telegraf';
import type { Logger } from '../ops/logger.ts';
import type { Notifier, NotifierLimits, SendOutcome } from './notifier.ts';
import { failureReason, refusalReason, silenceMs, type TelegrafSignal } from './telegramFailure.ts';

/** Telegraf's own limit is 500 s, during which a chat would hear nothing. */
const TIMEOUT_MS = 10_000;
/** How long a message under way may still take when leadership ends: long enough for a healthy answer. */
const GRACE_MS = 1_000;

/**
 * Telegram's limits (core.telegram.org/bots/faq: about one message a second to a chat, 20 a minute to a group, 30 a second
 * overall; core.telegram.org/bots/api#sendmessage: 4096 characters), with some room. A group's chat id is negative.
 */
export const TELEGRAM_LIMITS: NotifierLimits = {
  messageUnitsMax: 4096,
  botIntervalMs: 40,
  chatIntervalMs: (chat) => (chat.startsWith('-') ? 3_100 : 1_100),
};

export interface TelegrafNotifierOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

/**
 * A Telegram bot that only speaks: no webhook, no polling. Texts are plain, so no stray `<` or `_` can make Telegram refuse one.
 * Telegraf is loaded with the first message: an instance without a bot starts 50 ms earlier and is 17 MB smaller.
 */
export function createTelegrafNotifier({ token, apiRoot, logger, timeoutMs = TIMEOUT_MS }: TelegrafNotifierOptions): Notifier {
  let telegram: Telegram | null = null;
  /** A group that became a supergroup has a new id; Telegram names it in its refusal of the old one. */
  const movedTo = new Map<string, string>();

  async function send(chat: string, text: string, signal: AbortSignal): Promise<SendOutcome> {
    const telegraf = await import('telegraf');
    telegram ??= new telegraf.Telegram(token, { apiRoot });
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const payload = { chat_id: movedTo.get(chat) ?? chat, text, link_preview_options: { is_disabled: true } };
      await telegram.callApi('sendMessage', payload, { signal: deadline.signal as unknown as TelegrafSignal });
      return { kind: 'sent' };
    } catch (error) {
      if (!(error instanceof telegraf.TelegramError)) return { kind: 'retry', reason: failureReason(error, deadline.signal.aborted) };
      const newChat = error.parameters?.migrate_to_chat_id;
      if (newChat === undefined || movedTo.has(chat)) return refusalOf(error, token);
      movedTo.set(chat, String(newChat));
      logger.warn({ chat, newChat }, 'a Telegram group has a new chat id; change the setting');
      return { kind: 'retry', reason: `the group moved to chat ${newChat}` };
    } finally {
      deadline.clear();
    }
  }
  return { limits: TELEGRAM_LIMITS, send };
}

/** Aborts after `timeoutMs`, or soon after `signal` does. */
function startDeadline(timeoutMs: number, signal: AbortSignal): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timers = [setTimeout(() => controller.abort(), timeoutMs)];
  const hurry = (): void => {
    timers.push(setTimeout(() => controller.abort(), Math.min(GRACE_MS, timeoutMs)));
  };
  if (signal.aborted) hurry();
  else signal.addEventListener('abort', hurry, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', hurry);
    },
  };
}

/** What becomes of a message that Telegram refused. */
function refusalOf(error: TelegramError, token: string): SendOutcome {
  const reason = refusalReason(error, token);
  switch (error.code) {
    case 429:
      return { kind: 'throttled', retryAfterMs: silenceMs(error) };
    case 400:
    case 403:
      return { kind: 'dead', reason };
    default:
      // 401 and 404 mean a wrong token: the notice keeps until somebody has set the right one.
      return { kind: 'retry', reason };
  }
}
