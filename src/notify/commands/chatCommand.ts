import type { Message, Update } from 'telegraf/types';
import type { MessagePlace } from '../../ledger/ledger.ts';

/** Commands lie in Telegram while nobody polls. What somebody wanted this long ago may be wrong by now. */
export const COMMAND_AGE_MS_MAX = 60_000;

/** `/halt@my_bot the reason`: a name of 1–32 characters, the bot meant, the rest (core.telegram.org/bots/features#commands). */
const COMMAND = /^\/([a-z][a-z0-9_]{0,31})(?:@([a-z0-9_]+))?(?:\s+([\s\S]*))?$/i;
const WORD_UNITS_MAX = 64;

/** What somebody wrote, where, and when. */
export interface ChatMessage {
  readonly updateId: number;
  readonly chat: string;
  /** Nobody else reads it. */
  readonly isPrivate: boolean;
  /** Telegram's number of the person. */
  readonly from: string;
  /** When it was sent, by Telegram's clock, epoch milliseconds. */
  readonly sentAt: number;
}

/** A command somebody wrote. */
export interface ChatCommand extends ChatMessage {
  /** Lower case, without the slash. */
  readonly name: string;
  readonly argument: string;
  /** It is for this bot and no other: written in a private chat or with the bot's name. */
  readonly addressed: boolean;
}

/** Somebody pressed a button below one of our messages. */
export interface ChatPress {
  /** By which the press is answered. */
  readonly callbackId: string;
  readonly data: string;
  readonly from: string;
  readonly place: MessagePlace;
}

export type ReadUpdate =
  | { readonly kind: 'command'; readonly command: ChatCommand }
  | { readonly kind: 'press'; readonly press: ChatPress }
  /** A few characters in a private chat, such as a code that was asked for. */
  | { readonly kind: 'word'; readonly message: ChatMessage; readonly word: string }
  | { readonly kind: 'stale'; readonly message: ChatMessage; readonly name: string }
  /** Talk between people, another bot's command, a forward, a message by a bot or in a channel's name. */
  | { readonly kind: 'ignored' };

export interface ReadUpdateOptions {
  readonly botName: string;
  /** Wall clock, epoch milliseconds. */
  readonly now: number;
}

/** What an update asks of us, whoever it comes from. */
export function readUpdate(update: Update, { botName, now }: ReadUpdateOptions): ReadUpdate {
  if ('callback_query' in update) return readPress(update.callback_query);
  if (!('message' in update)) return { kind: 'ignored' };
  const { message: sent } = update;
  if (!('text' in sent) || !isOwnWord(sent)) return { kind: 'ignored' };
  const message: ChatMessage = {
    updateId: update.update_id,
    chat: String(sent.chat.id),
    isPrivate: sent.chat.type === 'private',
    from: String(sent.from.id),
    sentAt: sent.date * 1_000,
  };
  const text = sent.text.trim();
  const [, given, bot, argument = ''] = COMMAND.exec(text) ?? [];
  const isStale = now - message.sentAt > COMMAND_AGE_MS_MAX;
  if (given === undefined) {
    const isWord = message.isPrivate && !isStale && text.length <= WORD_UNITS_MAX;
    return isWord ? { kind: 'word', message, word: text } : { kind: 'ignored' };
  }
  if (bot !== undefined && bot.toLowerCase() !== botName.toLowerCase()) return { kind: 'ignored' };
  const name = given.toLowerCase();
  if (isStale) return { kind: 'stale', message, name };
  const addressed = bot !== undefined || message.isPrivate;
  return { kind: 'command', command: { ...message, name, argument: argument.trim(), addressed } };
}

function readPress(query: Update.CallbackQueryUpdate['callback_query']): ReadUpdate {
  const { id, from, message } = query;
  if (!('data' in query) || message === undefined || from.is_bot) return { kind: 'ignored' };
  const place = { chat: String(message.chat.id), messageId: String(message.message_id) };
  return { kind: 'press', press: { callbackId: id, data: query.data, from: String(from.id), place } };
}

/** Written by the person it comes from: not forwarded (`forward_date`: Bot API before 7.0), not by a bot, not in the name of a chat. */
function isOwnWord(message: Message.TextMessage): message is Message.TextMessage & { from: NonNullable<Message['from']> } {
  const forwarded = message.forward_origin !== undefined || 'forward_date' in message;
  return !forwarded && message.via_bot === undefined && message.sender_chat === undefined && message.from?.is_bot === false;
}
