import { Writable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FencedError, LedgerUnavailableError, type Notice, type NoticeSeverity } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { type Bell, createBell } from '../../src/notify/bell.ts';
import { eventId } from '../../src/notify/composeMessage.ts';
import { createDestinations, type Destinations } from '../../src/notify/destinations.ts';
import { sendOutbox } from '../../src/notify/sendOutbox.ts';
import { createTelegrafNotifier } from '../../src/notify/telegrafNotifier.ts';
import { createLogger, type Logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { MemoryOutbox } from '../helpers/telegram/memoryOutbox.ts';
import { scaledClock } from '../helpers/telegram/scaledClock.ts';
import { until } from '../helpers/until.ts';

const TOKEN = '123456:hunter2-bot-token';
const TRADERS = '1001';
const OPERATORS = '-2002';

describe('notices to Telegram', () => {
  let clock: Clock;
  let api: BotApiServer;
  let outbox: MemoryOutbox;
  let bell: Bell;
  let logger: Logger;
  let log: string;
  let terms: { stop(): Promise<void> }[];

  beforeEach(async () => {
    clock = scaledClock(50);
    api = await startBotApiServer({ token: TOKEN, now: clock.now, chatIntervalMs: 1_000, unknownChats: ['404'] });
    outbox = new MemoryOutbox();
    bell = createBell(clock);
    log = '';
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        log += String(chunk);
        done();
      },
    });
    logger = createLogger({ level: 'info', instance: 'test', destination });
    terms = [];
  });
  afterEach(async () => {
    await Promise.all(terms.map((term) => term.stop()));
    await api.close();
    expect(log, 'the log holds no token').not.toContain('hunter2');
    expect(outbox.failures.join('\n'), 'the outbox holds no token').not.toContain('hunter2');
  });

  const notice = (text: string, severity: NoticeSeverity = 'info', about: Partial<Notice> = {}): Notice => ({
    id: uuidv7(),
    audience: 'trading',
    severity,
    text,
    signalId: null,
    correlationId: null,
    at: clock.now(),
    ...about,
  });

  const destinations = (chats: { trading?: string; dev?: string } = {}): Destinations => {
    const notifier = createTelegrafNotifier({ token: TOKEN, apiRoot: api.apiRoot, logger, timeoutMs: 200 });
    const to = (chat: string) => ({ notifier, chat, bot: { token: TOKEN, chatId: chat, voice: notifier } });
    const trading = to(chats.trading ?? TRADERS);
    return { trading, user: trading, dev: to(chats.dev ?? OPERATORS) };
  };

  /** A leader's term: sends until stopped. */
  const lead = (to: Destinations = destinations(), epoch = 1) => {
    const end = new AbortController();
    const running = sendOutbox({
      outbox,
      destinations: to,
      epoch,
      clock,
      bell,
      logger,
      metrics: createMetrics('test'),
      signal: end.signal,
    });
    running.catch(() => undefined); // Looked at by the tests that expect it to fail.
    const stop = (): Promise<void> => {
      end.abort();
      return running.catch(() => undefined);
    };
    const term = { running, stop };
    terms.push(term);
    return term;
  };

  const allSent = () => until(() => outbox.counts().waiting === 0, { what: 'an empty outbox', timeoutMs: 30_000 });
  const textsTo = (chat: string) => api.messages.filter((message) => message.chat === chat).map(({ text }) => text);

  it('reach their chat as plain text that ends with the event id, and are marked sent', async () => {
    const filled = notice('Filled buy 0.01 BTC/USDT at <64000> *with* _markup_ & more');
    outbox.add(filled);
    lead();
    await allSent();
    expect(textsTo(TRADERS)).toEqual([`${filled.text}\n${eventId(filled)}`]);
    expect(outbox.counts()).toEqual({ waiting: 0, sent: 1, dead: 0 });
  });

  it('go out when the bell rings, not only at the next poll', async () => {
    clock = scaledClock(1);
    bell = createBell(clock);
    lead();
    await clock.sleep(50);
    outbox.add(notice('Filled'));
    bell.ring();
    await until(() => api.messages.length === 1, { what: 'the message', timeoutMs: 1_500 });
  });

  it('keep their order in each chat, critical first', async () => {
    outbox.add(
      notice('one'),
      notice('to operators', 'info', { audience: 'dev' }),
      notice('two', 'warning'),
      notice('order unknown', 'critical'),
    );
    lead();
    await allSent();
    expect(textsTo(TRADERS).map((text) => text.split('\n')[0])).toEqual(['🚨 order unknown', 'one', '⚠️ two']);
    expect(textsTo(OPERATORS)).toHaveLength(1);
  });

  it('leave a message between two of a chat, three seconds in a group', async () => {
    for (const text of ['one', 'two', 'three']) outbox.add(notice(text), notice(text, 'info', { audience: 'dev' }));
    lead();
    await allSent();
    const gaps = (chat: string) => {
      const times = api.messages.filter((message) => message.chat === chat).map(({ at }) => at);
      return times.slice(1).map((at, index) => at - (times[index] ?? 0));
    };
    expect(Math.min(...gaps(TRADERS))).toBeGreaterThanOrEqual(1_100);
    expect(Math.min(...gaps(OPERATORS))).toBeGreaterThanOrEqual(3_100);
    expect(api.requests).toHaveLength(6);
  });

  it('arrive all, 500 in a burst, within a minute, criticals overtaking, and without breaking the limits once', async () => {
    const burst = Array.from({ length: 500 }, (_, index) => notice(`Filled buy 0.0${index} BTC/USDT at 64000.5; position ${index} (main)`));
    const urgent = notice('Order unknown: sell 1 ETH/USDT market', 'critical');
    outbox.add(...burst);
    api.onMessage = () => {
      if (api.messages.length === 4) outbox.add(urgent);
    };
    const startedAt = clock.now();
    lead();
    await allSent();
    const texts = textsTo(TRADERS);
    const story = texts.join('\n');
    for (const item of [...burst, urgent]) expect(story).toContain(eventId(item));
    const order = burst.map((item) => story.indexOf(eventId(item)));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(texts.findIndex((text) => text.startsWith('🚨'))).toBeLessThanOrEqual(5);
    expect(texts[4]?.includes(eventId(urgent)) || texts[5]?.includes(eventId(urgent))).toBe(true);
    expect(clock.now() - startedAt).toBeLessThan(60_000);
    expect(api.requests).toHaveLength(api.messages.length);
  });

  it('longer than 4096 characters arrive whole, in marked parts cut at line ends', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index} 📈 of a long story`);
    const long = notice(lines.join('\n'));
    outbox.add(long);
    lead();
    await allSent();
    const texts = textsTo(TRADERS);
    expect(texts.length).toBeGreaterThan(1);
    const bodies = texts.map((text, index) => {
      const [, body, mark] = /^([\s\S]*)\n(\(\d+\/\d+\) #\w+)$/.exec(text) ?? [];
      expect(mark).toBe(`(${index + 1}/${texts.length}) ${eventId(long)}`);
      return body;
    });
    expect(bodies.join('\n')).toBe(long.text);
  });

  it('go on with the part that failed, not from the first', async () => {
    outbox.add(notice('word '.repeat(1_500)));
    api.onMessage = () => {
      if (api.messages.length === 1) api.misbehave(1, { kind: 'gatewayError', status: 502 });
    };
    lead();
    await allSent();
    expect(textsTo(TRADERS).map((text) => text.slice(-16, -10).trim())).toEqual(['(1/2)', '(2/2)']);
  });

  it('keep the whole bot silent for as long as a 429 asks, then arrive once', async () => {
    api.misbehave(1, { kind: 'throttle', retryAfterSec: 20 }, TRADERS);
    outbox.add(notice('one'));
    lead();
    const refused = await until(() => api.requests[0], { what: 'the refused request' });
    outbox.add(notice('two', 'info', { audience: 'dev' }));
    bell.ring();
    await allSent();
    for (const { at } of api.messages) expect(at - refused.at).toBeGreaterThanOrEqual(20_000);
    expect(api.messages.map(({ chat }) => chat).sort()).toEqual([OPERATORS, TRADERS]);
  });

  it.each([
    { name: 'a bad gateway', what: { kind: 'gatewayError', status: 502 }, reason: 'Telegram 502: Bad Gateway' },
    { name: 'a reset connection', what: { kind: 'reset' }, reason: 'network: ECONNRESET' },
    { name: 'no answer', what: { kind: 'hang' }, reason: 'no answer in time' },
    { name: 'a page of a hotel network', what: { kind: 'notJson' }, reason: 'network: invalid-json' },
    {
      name: 'a revoked token',
      what: { kind: 'refuse', code: 401, description: `Unauthorized: ${TOKEN}` },
      reason: 'Telegram 401: Unauthorized: [token]',
    },
  ] as const)('survive $name, with growing pauses', async ({ what, reason }) => {
    api.misbehave(3, what);
    outbox.add(notice('one'), notice('two'));
    lead();
    await allSent();
    expect(textsTo(TRADERS).map((text) => text.split('\n')[0])).toEqual(['one', 'two']);
    expect(outbox.rows[0]).toMatchObject({ attempts: 3 });
    expect(outbox.failures).toEqual([reason, reason, reason]);
    const times = api.requests.slice(0, 4).map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(1_000 * 2 ** index);
  });

  it('may arrive twice when the answer got lost, and show by their event id that they are one', async () => {
    const item = notice('Filled');
    api.misbehave(1, { kind: 'acceptAndDrop' });
    outbox.add(item);
    lead();
    await allSent();
    expect(textsTo(TRADERS)).toEqual([`Filled\n${eventId(item)}`, `Filled\n${eventId(item)}`]);
  });

  it('are sent again by the next leader when the last one died between sending and marking', async () => {
    const item = notice('Filled');
    outbox.add(item);
    api.onMessage = () => {
      outbox.outage = new LedgerUnavailableError('connection terminated'); // As a killed process: the mark is never written.
    };
    const first = lead();
    await until(() => api.messages.length === 1, { what: 'the first message' });
    await first.stop();
    expect(outbox.counts().waiting).toBe(1);
    outbox.outage = null;
    api.onMessage = null;
    lead();
    await allSent();
    expect(textsTo(TRADERS)).toEqual([`Filled\n${eventId(item)}`, `Filled\n${eventId(item)}`]);
  });

  it('are not repeated by the same leader when the database was away just after sending', async () => {
    outbox.add(notice('one'), notice('two'));
    api.onMessage = () => {
      if (api.messages.length > 1) return;
      outbox.outage = new LedgerUnavailableError('connection terminated');
      setTimeout(() => {
        outbox.outage = null;
      }, 100);
    };
    lead();
    await allSent();
    expect(textsTo(TRADERS).map((text) => text.split('\n')[0])).toEqual(['one', 'two']);
  });

  it.each([
    { name: 'a chat that does not exist', chat: '404', what: null, reason: 'Telegram 400: Bad Request: chat not found' },
    {
      name: 'a bot that was blocked',
      chat: TRADERS,
      what: { kind: 'refuse', code: 403, description: 'Forbidden: bot was blocked by the user' },
      reason: 'Telegram 403: Forbidden: bot was blocked by the user',
    },
  ] as const)('are given up with the reason for $name, while other chats go on', async ({ chat, what, reason }) => {
    if (what) api.misbehave(1, what, chat);
    outbox.add(notice('lost', 'critical'), notice('found', 'info', { audience: 'dev' }));
    lead(destinations({ trading: chat }));
    await allSent();
    expect(outbox.rows).toMatchObject([
      { deadAt: expect.any(Number), error: reason },
      { sentAt: expect.any(Number), deadAt: null, error: null },
    ]);
    expect(log).toContain('a notice cannot be delivered');
    expect(api.requests.filter((request) => request.chat === chat)).toHaveLength(1);
  });

  it('follow a group that became a supergroup', async () => {
    const moved = {
      kind: 'refuse',
      code: 400,
      description: 'Bad Request: group chat was upgraded',
      parameters: { migrate_to_chat_id: -100777 },
    } as const;
    api.misbehave(1, moved, OPERATORS);
    outbox.add(notice('one', 'info', { audience: 'dev' }));
    lead();
    await allSent();
    expect(textsTo('-100777')).toHaveLength(1);
    expect(outbox.counts()).toEqual({ waiting: 0, sent: 1, dead: 0 });
  });

  it('are found behind the backlog of another chat', async () => {
    api.misbehave(1_000, { kind: 'reset' }, TRADERS);
    outbox.add(...Array.from({ length: 900 }, (_, index) => notice(`stuck ${index}`)), notice('free', 'info', { audience: 'dev' }));
    lead();
    await until(() => outbox.counts().sent === 1, { what: 'the other chat' });
    expect(textsTo(OPERATORS)).toHaveLength(1);
  });

  it('stop at once when a newer leader refuses a mark, and the newer leader takes over', async () => {
    outbox.add(notice('one'), notice('two'));
    api.onMessage = () => {
      outbox.epoch = 2;
    };
    const old = lead();
    await expect(old.running).rejects.toThrow(FencedError);
    expect(api.messages).toHaveLength(1);
    api.onMessage = null;
    lead(destinations(), 2);
    await allSent();
    expect(outbox.counts().sent).toBe(2);
  });

  it('end with the term even while a request hangs', async () => {
    api.misbehave(1, { kind: 'hang' });
    outbox.add(notice('one'));
    const term = lead();
    await until(() => api.requests.length === 1, { what: 'the hanging request' });
    await term.stop();
    expect(outbox.counts().waiting).toBe(1);
  });

  it('go to the log, one line each and whole, where no bot is set up', async () => {
    const toLog = createDestinations({ apiRoot: api.apiRoot, trading: null, user: null, dev: null }, logger);
    const items = Array.from({ length: 10 }, (_, index) => notice(`notice ${index} ${'x'.repeat(5_000)}`));
    outbox.add(...items);
    lead(toLog);
    await allSent();
    const lines = log.split('\n').filter((line) => line.includes('"notice '));
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(items.map((item) => `${item.text}\n${eventId(item)}`));
    expect(api.requests).toHaveLength(0);
  });

  it('share one bot and its limits when audiences name the same token', () => {
    const bot = { token: TOKEN, chatId: TRADERS };
    const { trading, user, dev } = createDestinations(
      { apiRoot: api.apiRoot, trading: bot, user: { ...bot, chatId: '7' }, dev: null },
      logger,
    );
    expect(user.notifier).toBe(trading.notifier);
    expect(dev.notifier).not.toBe(trading.notifier);
  });
});
