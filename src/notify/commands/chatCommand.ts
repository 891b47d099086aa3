import type { Message, Update } from 'telegraf/types';
import type { MessagePlace } from '../../ledger/ledger.ts';

/** Commands lie in Telegram while nobody polls. What somebody wanted this long ago may be wrong by now. */
export const COMMAND_AGE_MS_MAX = 60_000;

/** `/halt@my_bot the reason`: a name of 1–32 characters, the bot meant, the rest (core.telegram.org/bots/features#commands). */
const COMMAND = /^\/([a-z][a-z0-9_]{0,31})(?:@([a-z0-9_]+))?(?:\s+([\s\S]*))?$/i;

/** A command somebody in the configured chat wrote. */
export interface ChatCommand {
  readonly updateId: number;
  /** Lower case, without the slash. */
  readonly name: string;
  readonly argument: string;
  /** Telegram's id of the user. */
  readonly from: number;
  /** When it was sent, by Telegram's clock, epoch milliseconds. */
  readonly sentAt: number;
  /** It is for this bot and no other: written in a private chat or with the bot's name. */
  readonly addressed: boolean;
}

/** Somebody pressed a button below one of our messages. */
export interface ChatPress {
  /** By which the press is answered. */
  readonly callbackId: string;
  readonly data: string;
  readonly from: number;
  readonly place: MessagePlace;
}

export type ReadUpdate =
  | { readonly kind: 'command'; readonly command: ChatCommand }
  | { readonly kind: 'press'; readonly press: ChatPress }
  | { readonly kind: 'stale'; readonly command: ChatCommand }
  /** Another chat: whoever writes there learns nothing, not even that somebody listens. */
  | { readonly kind: 'foreign' }
  /** Talk between people, another bot's command, a forward, a message by a bot or in a channel's name. */
  | { readonly kind: 'ignored' };

export interface ReadUpdateOptions {
  readonly chatId: string;
  readonly botName: string;
  /** Wall clock, epoch milliseconds. */
  readonly now: number;
}

/** What an update asks of us. */
export function readUpdate(update: Update, { chatId, botName, now }: ReadUpdateOptions): ReadUpdate {
  if ('callback_query' in update) return readPress(update.callback_query, chatId);
  if (!('message' in update)) return { kind: 'ignored' };
  const { message } = update;
  if (String(message.chat.id) !== chatId) return { kind: 'foreign' };
  if (!('text' in message) || !isOwnWord(message)) return { kind: 'ignored' };
  const [, name, bot, argument = ''] = COMMAND.exec(message.text.trim()) ?? [];
  if (name === undefined || (bot !== undefined && bot.toLowerCase() !== botName.toLowerCase())) return { kind: 'ignored' };
  const command: ChatCommand = {
    updateId: update.update_id,
    name: name.toLowerCase(),
    argument: argument.trim(),
    from: message.from.id,
    sentAt: message.date * 1_000,
    addressed: bot !== undefined || message.chat.type === 'private',
  };
  return { kind: now - command.sentAt > COMMAND_AGE_MS_MAX ? 'stale' : 'command', command };
}

/** Buttons hang in the chat of the settings and in private chats, whose number is the person's. */
function readPress(query: Update.CallbackQueryUpdate['callback_query'], chatId: string): ReadUpdate {
  const { id, from, message } = query;
  if (!('data' in query) || message === undefined || from.is_bot) return { kind: 'ignored' };
  const chat = String(message.chat.id);
  if (chat !== chatId && chat !== String(from.id)) return { kind: 'foreign' };
  const place = { chat, messageId: String(message.message_id) };
  return { kind: 'press', press: { callbackId: id, data: query.data, from: from.id, place } };
}

/** Written by the person it comes from: not forwarded (`forward_date`: Bot API before 7.0), not by a bot, not in the name of a chat. */
function isOwnWord(message: Message.TextMessage): message is Message.TextMessage & { from: NonNullable<Message['from']> } {
  const forwarded = message.forward_origin !== undefined || 'forward_date' in message;
  return !forwarded && message.via_bot === undefined && message.sender_chat === undefined && message.from?.is_bot === false;
}
