import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PolledUpdates, type UpdateQueue } from './updateQueue.ts';

/** What the server does to one `sendMessage`, instead of taking it. */
export type Misbehaviour =
  | { readonly kind: 'throttle'; readonly retryAfterSec: number }
  | {
      readonly kind: 'refuse';
      readonly code: number;
      readonly description: string;
      readonly parameters?: Readonly<Record<string, unknown>>;
    }
  /** A 5xx with an HTML page, as a proxy in front of the service answers. */
  | { readonly kind: 'gatewayError'; readonly status: number }
  /** 200 with a body that is not JSON. */
  | { readonly kind: 'notJson' }
  /** Takes the message and drops the answer. */
  | { readonly kind: 'acceptAndDrop' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

export interface ReceivedMessage {
  readonly chat: string;
  readonly text: string;
  /** When it arrived, by the clock given. */
  readonly at: number;
  /** Below it, row after row. */
  readonly buttons: readonly SentButton[];
  /** What is shown in letters of one width. */
  readonly table: { readonly from: number; readonly to: number } | null;
}

export interface SentButton {
  readonly text: string;
  readonly callback_data: string;
}

/** A message as its chat shows it now. */
export interface ShownMessage extends ReceivedMessage {
  readonly id: number;
}

/** What somebody who pressed a button was told. */
export interface PressAnswer {
  readonly callbackId: string;
  readonly text: string;
}

export interface BotApiServer {
  readonly apiRoot: string;
  /** Messages that reached their chat, in order. */
  readonly messages: readonly ReceivedMessage[];
  /** The same messages after what was edited since. */
  readonly shown: readonly ShownMessage[];
  /** Somebody presses the button with this label on the latest message of the chat that has one. Returns the update's id. */
  press(label: string, about: { readonly chat: string; readonly from: number; readonly data?: string }): number;
  readonly pressAnswers: readonly PressAnswer[];
  /** The commands each chat is offered. */
  readonly menus: ReadonlyMap<string, readonly string[]>;
  /** Every `sendMessage` that came in, also those refused or lost. */
  readonly requests: readonly ReceivedMessage[];
  /** The next `sendMessage`s (to `chat`, if given) meet these, one each. */
  misbehave(times: number, what: Misbehaviour, chat?: string): void;
  /** Requests so far with a token that is not the bot's. */
  unauthorized(): number;
  /** What people write to the bot. */
  readonly updates: UpdateQueue;
  /** The same of another bot. */
  updatesOf(token: string): UpdateQueue;
  /** The next `getUpdates` meet these, one each; nothing is confirmed by them. */
  misbehaveOnPoll(times: number, what: Exclude<Misbehaviour, { kind: 'acceptAndDrop' }>): void;
  /** Runs after a message was taken and before it is answered. */
  onMessage: ((message: ReceivedMessage) => void) | null;
  close(): Promise<void>;
}

export interface BotApiOptions {
  readonly token: string;
  /** Other bots of the same server; each has updates of its own, and chats are told apart by their numbers. */
  readonly otherTokens?: readonly string[];
  readonly now: () => number;
  /** Enforces Telegram's pace: a message to the same chat sooner than this after the last is answered 429. Milliseconds of `now`. */
  readonly chatIntervalMs?: number;
  readonly unknownChats?: readonly string[];
}

/** User name of the bot, by which a group addresses it. */
export const BOT_NAME = 'signalman_bot';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** An HTTP double of Telegram's Bot API: `getMe`, `getUpdates`, messages, their edits and buttons, with its answers to what it refuses (core.telegram.org/bots/api). */
export async function startBotApiServer(options: BotApiOptions): Promise<BotApiServer> {
  const messages: ReceivedMessage[] = [];
  const shown: ShownMessage[] = [];
  const pressAnswers: PressAnswer[] = [];
  const menus = new Map<string, readonly string[]>();
  const requests: ReceivedMessage[] = [];
  let unauthorized = 0;
  const plannedPolls: Misbehaviour[] = [];
  const planned: { readonly what: Misbehaviour; readonly chat: string | undefined }[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const match = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '');
    const body = await readJson(request);
    const queue = queues.get(match?.[1] ?? '');
    if (!match || !queue) {
      unauthorized += 1;
      return answer(response, refusal(401, 'Unauthorized'));
    }
    if (match[2] === 'getMe') return answer(response, accepted({ id: 1, is_bot: true, first_name: 'Signalman', username: BOT_NAME }));
    if (match[2] === 'getUpdates') {
      const polled = plannedPolls.shift();
      return polled ? misbehaveNow(polled, null, response) : queue.take(response, body);
    }
    if (match[2] === 'answerCallbackQuery') {
      pressAnswers.push({ callbackId: String(body.callback_query_id), text: String(body.text ?? '') });
      return answer(response, accepted(true));
    }
    if (match[2] === 'setMyCommands') {
      const { scope, commands } = body as { scope: { chat_id: string }; commands: { command: string }[] };
      menus.set(
        String(scope.chat_id),
        commands.map(({ command }) => command),
      );
      return answer(response, accepted(true));
    }
    if (match[2] === 'editMessageText') return answer(response, edit(body));
    if (match[2] !== 'sendMessage') return answer(response, refusal(404, 'Not Found'));
    const message = {
      chat: String(body.chat_id),
      text: String(body.text ?? ''),
      at: options.now(),
      buttons: buttonsOf(body),
      table: tableOf(body),
    };
    requests.push(message);
    const next = planned.findIndex(({ chat }) => chat === undefined || chat === message.chat);
    const [plan] = next < 0 ? [] : planned.splice(next, 1);
    if (plan) return misbehaveNow(plan.what, message, response);
    const refused = refuse(message);
    if (refused) return answer(response, refused);
    take(message);
    answer(response, accepted({ message_id: messages.length, date: 0, chat: { id: message.chat } }));
  };

  const take = (message: ReceivedMessage): void => {
    messages.push(message);
    shown.push({ ...message, id: messages.length });
    server.onMessage?.(message);
  };

  const edit = (body: Readonly<Record<string, unknown>>): Reply => {
    const index = shown.findIndex(({ id, chat }) => id === body.message_id && chat === String(body.chat_id));
    const before = shown[index];
    if (!before) return refusal(400, 'Bad Request: message to edit not found');
    const after = { ...before, text: String(body.text ?? ''), buttons: buttonsOf(body) };
    if (JSON.stringify(after) === JSON.stringify(before)) return refusal(400, 'Bad Request: message is not modified');
    shown[index] = after;
    return accepted({ message_id: before.id, date: 0, chat: { id: before.chat } });
  };

  const refuse = ({ chat, text, at }: ReceivedMessage): Reply | null => {
    if (options.unknownChats?.includes(chat)) return refusal(400, 'Bad Request: chat not found');
    if (text.trim() === '') return refusal(400, 'Bad Request: message text is empty');
    if (text.length > 4096) return refusal(400, 'Bad Request: message is too long');
    const last = messages.findLast((message) => message.chat === chat);
    if (last && at - last.at < (options.chatIntervalMs ?? 0)) return refusal(429, 'Too Many Requests: retry after 5', { retry_after: 5 });
    return null;
  };

  const misbehaveNow = (what: Misbehaviour, message: ReceivedMessage | null, response: ServerResponse): void => {
    switch (what.kind) {
      case 'throttle':
        answer(response, refusal(429, `Too Many Requests: retry after ${what.retryAfterSec}`, { retry_after: what.retryAfterSec }));
        return;
      case 'refuse':
        answer(response, refusal(what.code, what.description, what.parameters));
        return;
      case 'gatewayError':
        response.writeHead(what.status, { 'content-type': 'text/html' }).end('<html><h1>Bad Gateway</h1></html>');
        return;
      case 'notJson':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the hotel network</html>');
        return;
      case 'acceptAndDrop':
        if (message) take(message);
        response.destroy();
        return;
      case 'reset':
        response.destroy();
        return;
      case 'hang':
        return;
    }
  };

  const newQueue = (): PolledUpdates =>
    new PolledUpdates(
      options.now,
      (response, result) => answer(response, accepted(result)),
      (response) => answer(response, refusal(409, 'Conflict: terminated by other getUpdates request')),
    );
  const updates = newQueue();
  const queues = new Map([[options.token, updates], ...(options.otherTokens ?? []).map((token) => [token, newQueue()] as const)]);
  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server: BotApiServer = {
    apiRoot: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    messages,
    shown,
    pressAnswers,
    menus,
    press: (label, { chat, from, data }) => {
      const message = messages.findLast((sent) => sent.chat === chat && sent.buttons.some(({ text }) => text === label));
      const button = message?.buttons.find(({ text }) => text === label);
      if (!message || !button) throw new Error(`no button "${label}" in chat ${chat}`);
      return updates.press({ chat, from, messageId: messages.indexOf(message) + 1, data: data ?? button.callback_data });
    },
    requests,
    misbehave: (times, what, chat) => {
      for (let index = 0; index < times; index += 1) planned.push({ what, chat });
    },
    updates,
    updatesOf: (token) => queues.get(token) ?? updates,
    unauthorized: () => unauthorized,
    misbehaveOnPoll: (times, what) => {
      for (let index = 0; index < times; index += 1) plannedPolls.push(what);
    },
    onMessage: null,
    close: async () => {
      for (const queue of queues.values()) queue.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}

function tableOf(body: Readonly<Record<string, unknown>>): { from: number; to: number } | null {
  const [entity] = (body.entities as { type: string; offset: number; length: number }[] | undefined) ?? [];
  return entity?.type === 'pre' ? { from: entity.offset, to: entity.offset + entity.length } : null;
}

function buttonsOf(body: Readonly<Record<string, unknown>>): readonly SentButton[] {
  const markup = body.reply_markup as { inline_keyboard?: SentButton[][] } | undefined;
  return markup?.inline_keyboard?.flat() ?? [];
}

function accepted(result: unknown): Reply {
  return { status: 200, body: { ok: true, result } };
}

function refusal(code: number, description: string, parameters?: Readonly<Record<string, unknown>>): Reply {
  return { status: code, body: { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) } };
}

function answer(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
