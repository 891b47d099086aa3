import type { MessagePlace } from '../ledger/ledger.ts';

/** What became of one message. */
export type SendOutcome =
  /** `place`: where it can be changed; null where it cannot. */
  | { readonly kind: 'sent'; readonly place: MessagePlace | null }
  /** The service wants silence from this whole bot for a while; the message was not delivered. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  /** It may or may not have arrived (network, time-out, 5xx), or the bot cannot speak now: send again later. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** It will never arrive: the chat is gone, or the service refuses this text for good. */
  | { readonly kind: 'dead'; readonly reason: string };

/** What a service takes. Lengths are UTF-16 code units, as Telegram counts them. */
export interface NotifierLimits {
  readonly messageUnitsMax: number;
  /** Least time between two messages of this bot, to whomever, milliseconds. */
  readonly botIntervalMs: number;
  /** Least time between two messages to `chat`, milliseconds. */
  chatIntervalMs(chat: string): number;
}

/** ⑨ One way to reach people. Neither outcomes nor logs hold the bot's token. */
export interface Notifier {
  /** Null: takes anything at any speed. */
  readonly limits: NotifierLimits | null;
  /** Sends one plain text. Never rejects for what the service or the network does. An abort of `signal` hurries it to an end. */
  send(chat: string, text: string, signal: AbortSignal, look?: Look): Promise<SendOutcome>;
  /** Gives a message another text and takes its buttons away. Otherwise like `send`. */
  edit(place: MessagePlace, text: string, signal: AbortSignal): Promise<SendOutcome>;
}

/** What a message may have besides words. */
export interface Look {
  readonly keyboard?: Keyboard;
  /** From which character to which the letters are to be of one width. */
  readonly table?: { readonly from: number; readonly to: number };
}

/** The buttons of a notice, by their labels. */
export interface Keyboard {
  readonly noticeId: string;
  readonly labels: readonly string[];
}
