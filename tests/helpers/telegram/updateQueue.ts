import type { ServerResponse } from 'node:http';

export interface SentMessage {
  readonly chat: string;
  readonly text: string;
  readonly from?: number;
  /** By the server's clock; default: now. */
  readonly at?: number;
  readonly updateId?: number;
  /** Other fields of the message (core.telegram.org/bots/api#message). */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface PressedButton {
  readonly chat: string;
  readonly from: number;
  readonly messageId: number;
  readonly data: string;
}

export type Update = Readonly<Record<string, unknown>> & { readonly update_id: number };

/** What people write to the bot, until it is confirmed: Telegram's `getUpdates`. */
export interface UpdateQueue {
  /** Somebody writes to the bot. Returns the update's id. */
  write(message: SentMessage): number;
  /** Somebody presses a button. Returns the update's id. */
  press(press: PressedButton): number;
  /** Any update, as it comes. */
  push(update: Update): void;
  /** Polls that came in. */
  polls(): number;
  /** Polls held open now. */
  held(): number;
  /** Ids that nobody has confirmed. */
  unconfirmed(): readonly number[];
}

export type AnswerUpdates = (response: ServerResponse, result: unknown) => void;
export type AnswerConflict = (response: ServerResponse) => void;

interface Poll {
  readonly response: ServerResponse;
  readonly offset: number;
  readonly limit: number;
  readonly until: number;
}

const LOOK_MS = 2;
/** Ids rise from bot to bot, as Telegram's differ from bot to bot. */
let lastId = 1_000;

/**
 * As core.telegram.org/bots/api#getupdates describes it: an `offset` confirms everything before it, a poll waits `timeout`
 * seconds for something to tell, and of two polls at once the older ends with a 409.
 */
export class PolledUpdates implements UpdateQueue {
  readonly #now: () => number;
  readonly #answer: AnswerUpdates;
  readonly #refuse: AnswerConflict;
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);
  #waiting: Update[] = [];
  #poll: Poll | null = null;
  #polls = 0;

  constructor(now: () => number, answer: AnswerUpdates, refuse: AnswerConflict) {
    this.#now = now;
    this.#answer = answer;
    this.#refuse = refuse;
  }

  write({ chat, text, from = 42, at = this.#now(), updateId = lastId + 1, fields = {} }: SentMessage): number {
    const message = {
      message_id: updateId,
      date: Math.floor(at / 1_000),
      chat: { id: Number(chat), type: chat.startsWith('-') ? 'supergroup' : 'private' },
      from: { id: from, is_bot: false, first_name: 'Ada' },
      text,
      ...fields,
    };
    this.push({ update_id: updateId, message });
    return updateId;
  }

  press({ chat, from, messageId, data }: PressedButton): number {
    const updateId = lastId + 1;
    const where = { id: Number(chat), type: chat.startsWith('-') ? 'supergroup' : 'private' };
    const query = {
      id: `press-${updateId}`,
      from: { id: from, is_bot: false, first_name: 'Ada' },
      message: { message_id: messageId, date: Math.floor(this.#now() / 1_000), chat: where, from: { id: 1, is_bot: true } },
      chat_instance: chat,
      data,
    };
    this.push({ update_id: updateId, callback_query: query });
    return updateId;
  }

  push(update: Update): void {
    lastId = Math.max(lastId, update.update_id);
    this.#waiting.push(update);
  }

  polls(): number {
    return this.#polls;
  }

  held(): number {
    return this.#poll === null ? 0 : 1;
  }

  unconfirmed(): readonly number[] {
    return this.#waiting.map(({ update_id: id }) => id);
  }

  /** A poll came in. */
  take(response: ServerResponse, body: Readonly<Record<string, unknown>>): void {
    this.#polls += 1;
    const { offset = 0, timeout = 0, limit = 100 } = body as { offset?: number; timeout?: number; limit?: number };
    if (this.#poll) this.#refuse(this.#poll.response);
    this.#waiting = this.#waiting.filter(({ update_id: id }) => id >= offset);
    const poll = { response, offset, limit, until: this.#now() + timeout * 1_000 };
    this.#poll = poll;
    response.once('close', () => {
      if (this.#poll === poll) this.#poll = null;
    });
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const poll = this.#poll;
    if (!poll || (this.#waiting.length === 0 && this.#now() < poll.until)) return;
    this.#poll = null;
    this.#answer(poll.response, this.#waiting.slice(0, poll.limit));
  }
}
