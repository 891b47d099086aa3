import { Telegram, TelegramError } from 'telegraf';
import type { Logger } from '../ops/logger.ts';
import type { Notifier, NotifierLimits, SendOutcome } from './notifier.ts';

/** Telegraf's own limit is 500 s, during which a chat would hear nothing. */
const TIMEOUT_MS = 10_000;
/** How long a message under way may still take when leadership ends: long enough for a healthy answer. */
const GRACE_MS = 1_000;
const DESCRIPTION_UNITS_MAX = 200;

/**
 * Telegram's limits (core.telegram.org/bots/faq: about one message a second to a chat, 20 a minute to a group, 30 a second
 * overall; core.telegram.org/bots/api#sendmessage: 4096 characters), with some room. A group's chat id is negative.
 */
export const TELEGRAM_LIMITS: NotifierLimits = {
  messageUnitsMax: 4096,
  botIntervalMs: 40,
  chatIntervalMs: (chat) => (chat.startsWith('-') ? 3_100 : 1_100),
};

/** Telegraf types its signals with a package older than Node's own class; node-fetch, which takes them, knows both. */
type TelegrafSignal = NonNullable<NonNullable<Parameters<Telegram['callApi']>[2]>['signal']>;

export interface TelegrafNotifierOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

/** A Telegram bot that only speaks: no webhook, no polling. Texts are plain, so no stray `<` or `_` can make Telegram refuse one. */
export function createTelegrafNotifier({ token, apiRoot, logger, timeoutMs = TIMEOUT_MS }: TelegrafNotifierOptions): Notifier {
  const telegram = new Telegram(token, { apiRoot });
  /** A group that became a supergroup has a new id; Telegram names it in its refusal of the old one. */
  const movedTo = new Map<string, string>();

  async function send(chat: string, text: string, signal: AbortSignal): Promise<SendOutcome> {
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const payload = { chat_id: movedTo.get(chat) ?? chat, text, link_preview_options: { is_disabled: true } };
      await telegram.callApi('sendMessage', payload, { signal: deadline.signal as unknown as TelegrafSignal });
      return { kind: 'sent' };
    } catch (error) {
      const newChat = error instanceof TelegramError ? error.parameters?.migrate_to_chat_id : undefined;
      if (newChat === undefined || movedTo.has(chat)) return outcomeOf(error, deadline.signal.aborted, token);
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

/**
 * What Telegraf threw, as an outcome. Only codes and Telegram's own description are kept: the messages of network and parse
 * errors hold the URL, and the URL holds the token.
 */
function outcomeOf(error: unknown, timedOut: boolean, token: string): SendOutcome {
  if (!(error instanceof TelegramError)) return { kind: 'retry', reason: timedOut ? 'no answer in time' : `network: ${codeOf(error)}` };
  const description = error.description.replaceAll(token, '[token]').slice(0, DESCRIPTION_UNITS_MAX);
  const reason = `Telegram ${error.code}: ${description}`;
  switch (error.code) {
    case 429:
      return { kind: 'throttled', retryAfterMs: Math.max(1, error.parameters?.retry_after ?? 1) * 1_000 };
    case 400:
    case 403:
      return { kind: 'dead', reason };
    default:
      // 401 and 404 mean a wrong token: the notice keeps until somebody has set the right one.
      return { kind: 'retry', reason };
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('type' in error && typeof error.type === 'string') return error.type; // node-fetch: "invalid-json" and the like.
  return error.name;
}
