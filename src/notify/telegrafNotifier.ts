import type { Telegram, TelegramError } from 'telegraf';
import type { MessagePlace } from '../ledger/ledger.ts';
import type { Logger } from '../ops/logger.ts';
import { buttonData } from './buttonData.ts';
import type { Keyboard, Look, Notifier, NotifierLimits, SendOutcome } from './notifier.ts';
import { failureReason, refusalReason, silenceMs, type TelegrafSignal } from './telegramFailure.ts';

/** Telegraf's own limit is 500 s, during which a chat would hear nothing. */
const TIMEOUT_MS = 10_000;
/** core.telegram.org/bots/api#answercallbackquery */
const PRESS_ANSWER_UNITS_MAX = 200;
/** How long a message under way may still take when leadership ends: long enough for a healthy answer. */
const GRACE_MS = 1_000;

/**
 * Telegram's limits (core.telegram.org/bots/faq: about one message a second to a chat, 20 a minute to a group, 30 a second
 * overall; core.telegram.org/bots/api#sendmessage: 4096 characters), with some room. A group's chat id is negative.
 */
export const TELEGRAM_LIMITS: NotifierLimits = telegramLimits(1_100);

/** The same for a Bot API server of one's own that lets a chat be written to every `chatIntervalMs`, a group a third as often. */
export function telegramLimits(chatIntervalMs: number): NotifierLimits {
  const groupIntervalMs = Math.max(0, 3 * chatIntervalMs - 200);
  return {
    messageUnitsMax: 4096,
    botIntervalMs: Math.min(40, chatIntervalMs),
    chatIntervalMs: (chat) => (chat.startsWith('-') ? groupIntervalMs : chatIntervalMs),
  };
}

export interface MenuItem {
  readonly command: string;
  readonly description: string;
}

/** A bot's voice, which can also answer the press of a button. */
export interface TelegrafNotifier extends Notifier {
  /** Tells who pressed a button what came of it, in a window over the chat. Best effort: Telegram forgets a press after a while. */
  answerPress(callbackId: string, text: string, signal: AbortSignal): Promise<void>;
  /** What a chat is offered when somebody types a slash. Best effort. */
  setMenu(chat: string, commands: readonly MenuItem[], signal: AbortSignal): Promise<void>;
}

export interface TelegrafNotifierOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly logger: Logger;
  readonly timeoutMs?: number;
  readonly limits?: NotifierLimits;
}

/**
 * A Telegram bot's voice. Texts are plain, so no stray `<` or `_` can make Telegram refuse one.
 * Telegraf is loaded with the first message: an instance without a bot starts 50 ms earlier and is 17 MB smaller.
 */
export function createTelegrafNotifier(options: TelegrafNotifierOptions): TelegrafNotifier {
  const { token, apiRoot, logger, timeoutMs = TIMEOUT_MS, limits = TELEGRAM_LIMITS } = options;
  let telegram: Telegram | null = null;
  /** A group that became a supergroup has a new id; Telegram names it in its refusal of the old one. */
  const movedTo = new Map<string, string>();

  /** One request of the Bot API; what its refusal means is `onRefusal`'s to say. */
  async function call<Result>(
    signal: AbortSignal,
    request: (bot: Telegram, options: { signal: TelegrafSignal }) => Promise<Result>,
    onRefusal: (error: TelegramError) => SendOutcome,
  ): Promise<{ readonly kind: 'done'; readonly result: Result } | SendOutcome> {
    const telegraf = await import('telegraf');
    telegram ??= new telegraf.Telegram(token, { apiRoot });
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const result = await request(telegram, { signal: deadline.signal as unknown as TelegrafSignal });
      return { kind: 'done', result };
    } catch (error) {
      if (error instanceof telegraf.TelegramError) return onRefusal(error);
      return { kind: 'retry', reason: failureReason(error, deadline.signal.aborted) };
    } finally {
      deadline.clear();
    }
  }

  async function send(chat: string, text: string, signal: AbortSignal, { keyboard, table }: Look = {}): Promise<SendOutcome> {
    const chatNow = movedTo.get(chat) ?? chat;
    const payload = {
      ...{ chat_id: chatNow, text, link_preview_options: { is_disabled: true } },
      ...(keyboard?.labels.length ? { reply_markup: { inline_keyboard: [buttonsOf(token, chatNow, keyboard)] } } : {}),
      ...(table ? { entities: [{ type: 'pre' as const, offset: table.from, length: table.to - table.from }] } : {}),
    };
    const outcome = await call(
      signal,
      (bot, options) => bot.callApi('sendMessage', payload, options),
      (error) => {
        const newChat = error.parameters?.migrate_to_chat_id;
        if (newChat === undefined || movedTo.has(chat)) return refusalOf(error, token);
        movedTo.set(chat, String(newChat));
        logger.warn({ chat, newChat }, 'a Telegram group has a new chat id; change the setting');
        return { kind: 'retry', reason: `the group moved to chat ${newChat}` };
      },
    );
    if (outcome.kind !== 'done') return outcome;
    return { kind: 'sent', place: { chat: chatNow, messageId: String(outcome.result.message_id) } };
  }

  async function edit(place: MessagePlace, text: string, signal: AbortSignal): Promise<SendOutcome> {
    const payload = { chat_id: place.chat, message_id: Number(place.messageId), text, link_preview_options: { is_disabled: true } };
    const outcome = await call(
      signal,
      (bot, options) => bot.callApi('editMessageText', payload, options),
      (error) => (error.description.includes('message is not modified') ? { kind: 'sent', place } : refusalOf(error, token)),
    );
    return outcome.kind === 'done' ? { kind: 'sent', place } : outcome;
  }

  async function answerPress(callbackId: string, text: string, signal: AbortSignal): Promise<void> {
    const payload = { callback_query_id: callbackId, text: text.slice(0, PRESS_ANSWER_UNITS_MAX), show_alert: true };
    const outcome = await call(
      signal,
      (bot, options) => bot.callApi('answerCallbackQuery', payload, options),
      (error) => refusalOf(error, token),
    );
    if (outcome.kind !== 'done') logger.warn({ outcome }, 'the press of a button could not be answered');
  }

  async function setMenu(chat: string, commands: readonly MenuItem[], signal: AbortSignal): Promise<void> {
    const payload = { commands, scope: { type: 'chat' as const, chat_id: chat } };
    const outcome = await call(
      signal,
      (bot, options) => bot.callApi('setMyCommands', payload, options),
      (error) => refusalOf(error, token),
    );
    if (outcome.kind !== 'done') logger.warn({ outcome, chat }, 'the menu of commands could not be set');
  }

  return { limits, send, edit, answerPress, setMenu };
}

function buttonsOf(token: string, chat: string, { noticeId, labels }: Keyboard): { text: string; callback_data: string }[] {
  return labels.map((text, index) => ({ text, callback_data: buttonData(token, { noticeId, index, chat }) }));
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
