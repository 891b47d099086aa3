import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { createBell } from '../../src/notify/bell.ts';
import type { Submit } from '../../src/notify/commands/submit.ts';
import { createPace } from '../../src/notify/pace.ts';
import { pollCommands } from '../../src/notify/pollCommands.ts';
import { createTelegrafNotifier } from '../../src/notify/telegrafNotifier.ts';
import { createLogger, type Logger } from '../../src/ops/logger.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { BOT_NAME, type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { MemoryOutbox } from '../helpers/telegram/memoryOutbox.ts';
import { scaledClock } from '../helpers/telegram/scaledClock.ts';
import type { SentMessage } from '../helpers/telegram/updateQueue.ts';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';

const TOKEN = '123456:hunter2-bot-token';
const CHAT = '1001';
const GROUP = '-2002';
const STRANGERS = '666';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  await api.call('POST', '/api/v1/accounts', { name: 'idle', venue: 'paper' });
  const buy = { action: 'buy', quantity: '0.02', account: 'main' };
  await api.call('POST', '/api/v1/orders', { ...buy, symbol: 'BTCUSDT' });
  await api.call('POST', '/api/v1/orders', { ...buy, symbol: 'ETHUSDT', quantity: '0.5', type: 'limit', price: '10' });
});
afterAll(() => api.close());

describe('Telegram commands', () => {
  let clock: Clock;
  let bot: BotApiServer;
  let metrics: Metrics;
  let outbox: MemoryOutbox;
  let logger: Logger;
  let log: string;
  let terms: { stop(): Promise<void> }[];

  beforeEach(async () => {
    await setUp(10);
    log = '';
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        log += String(chunk);
        done();
      },
    });
    logger = createLogger({ level: 'info', instance: 'test', destination });
    metrics = createMetrics('test');
    outbox = new MemoryOutbox();
    terms = [];
  });
  const setUp = async (speed: number): Promise<void> => {
    clock = scaledClock(speed);
    bot = await startBotApiServer({ token: TOKEN, now: clock.now, chatIntervalMs: 1_000 });
  };
  afterEach(async () => {
    await Promise.all(terms.map((term) => term.stop()));
    await bot.close();
    await api.call('POST', '/api/v1/trading/resume', {});
    expect(log, 'the log holds no token').not.toContain('hunter2');
    expect(JSON.stringify(bot.messages), 'no answer holds a token').not.toContain('hunter2');
  });

  /** A leader's term: listens until stopped. */
  const lead = ({ token = TOKEN, chatId = CHAT, submit = api.deps.submit as Submit } = {}) => {
    const end = new AbortController();
    const voice = createTelegrafNotifier({ token, apiRoot: bot.apiRoot, logger });
    const { readModel, log: commands, quotes } = api.deps;
    const pace = createPace(voice.limits);
    const listened = { id: '123456', token, voice, audience: 'trading', chats: new Set([chatId]) } as const;
    const bell = createBell(clock);
    const doors = { whitelist: async () => [], bans: () => [] };
    const running = pollCommands({
      ...{ bot: listened, apiRoot: bot.apiRoot, pace, reads: { readModel, log: commands, ticker: quotes.ticker, ...doors }, submit },
      ...{ outbox, epoch: 1, userByTelegramId: readModel.userByTelegramId, choices: bell, bell, prove: () => null },
      ...{ clock, logger, metrics, signal: end.signal },
    });
    const stop = (): Promise<void> => {
      end.abort();
      return running;
    };
    const term = { end, running, stop };
    terms.push(term);
    return term;
  };

  const write = (text: string, about: Partial<SentMessage> = {}): number => bot.updates.write({ chat: CHAT, text, ...about });
  const answers = (count: number): Promise<readonly string[]> =>
    until(() => (bot.messages.length < count ? null : bot.messages.map(({ text }) => text)), {
      what: `${count} answers`,
      timeoutMs: 15_000,
    });
  const ask = async (text: string): Promise<string> => {
    const before = bot.messages.length;
    write(text);
    return (await answers(before + 1))[before] ?? '';
  };
  const allConfirmed = () => until(() => bot.updates.unconfirmed().length === 0, { what: 'every update confirmed', timeoutMs: 15_000 });
  const halts = async (): Promise<number> => {
    const { items } = await api.deps.readModel.audit({ limit: 200, cursor: null });
    return items.filter(({ action, actor }) => action === 'trading.halt' && actor.startsWith('telegram:')).length;
  };
  const mode = async () => (await api.deps.readModel.tradingState()).mode;
  const counted = async (result: string): Promise<number> => {
    const { values } = await metrics.telegramUpdates.get();
    return values.find(({ labels }) => labels.result === result)?.value ?? 0;
  };
  const linesOf = (text: string): number => log.split('\n').filter((line) => line.includes(text)).length;

  it('tell what a person on the way wants to know', async () => {
    lead();
    expect(await ask('/help')).toContain('/halt [account] [reason]');
    expect(await ask('/status')).toMatch(
      /^Trading: active\nLeader: api-test, epoch \d+\nInstances: \d+\nCommands waiting: 0\nOrders in doubt: 0$/,
    );
    expect(await ask('/positions')).toMatch(/^Positions\nmain BTC\/USDT +\+0\.0\d+\n {2}\d+(\.\d+)? → \d+(\.\d+)? +([+-]\d+\.\d+|0\.00)$/);
    expect(await ask('/orders')).toBe('Open orders\nmain ETH/USDT            buy 0.5\n  limit @ 10                open');
    expect(await ask('/PNL')).toMatch(/^Realised today \(UTC\), in quote\nmain +-?\d+\.\d+\n +1 fill\nidle +no fill$/);
    const tables = bot.messages.flatMap(({ text, table }) => (table === null ? [] : [text.slice(table.from, table.to)]));
    expect(tables).toHaveLength(3);
    for (const line of tables.join('\n').split('\n')) expect(line.length, line).toBeLessThanOrEqual(32);
    expect(await ask('/nonsense')).toMatch(/^\/nonsense is not a command here\./);
  });

  it('halt all trading through the command log, in the name of who asked', async () => {
    lead();
    expect(await ask('/halt the news   look bad')).toMatch(/^HALTED/);
    expect(await api.deps.readModel.tradingState()).toMatchObject({ mode: 'halted', reason: 'the news   look bad' });
    const [entry] = (await api.deps.readModel.audit({ limit: 1, cursor: null })).items;
    expect(entry).toMatchObject({ action: 'trading.halt', actor: 'telegram:42' });
    expect(await ask('/status')).toMatch(/^Trading: HALTED since \d{4}-\d\d-\d\d \d\d:\d\d UTC \(the news {3}look bad\)\n/);
  });

  it('carry out a halt without waiting until a slow chat has taken the answers before it', async () => {
    for (let count = 0; count < 15; count += 1) write('/help');
    write('/halt');
    lead();
    await until(async () => (await mode()) === 'halted', { what: 'the halt' });
    expect(bot.messages.length).toBeLessThan(8);
    expect((await answers(16)).at(-1)).toMatch(/^HALTED/);
  });

  it.each(['/resume', '/flatten', '/closeall', '/close BTCUSDT', '/reduce'])(
    'are not enough for %s: that takes a linked person',
    async (text) => {
      lead();
      await ask('/halt');
      const answer = await ask(text);
      expect(answer).toContain('Nothing was done');
      expect(answer).toContain('/link <code>');
      expect(await mode()).toBe('halted');
      expect(await ask('/positions')).toContain('BTC/USDT');
    },
  );

  it('are heard from the configured chat only, and others learn nothing', async () => {
    lead();
    write('/halt', { chat: STRANGERS });
    write('/status', { chat: GROUP });
    await allConfirmed();
    await ask('/help');
    expect(bot.requests.map(({ chat }) => chat)).toEqual([CHAT]);
    expect(await mode()).toBe('active');
    expect(await counted('foreign')).toBe(2);
  });

  it('are a person’s own fresh words: forwards, edits, bots, channels, talk and odd updates are passed over', async () => {
    lead();
    write('/halt', { fields: { forward_origin: { type: 'hidden_user' } } });
    write('/halt', { fields: { forward_date: 1 } });
    write('/halt', { fields: { via_bot: { id: 7, is_bot: true } } });
    write('/halt', { fields: { from: { id: 7, is_bot: true } } });
    write('/halt', { fields: { sender_chat: { id: -7, type: 'channel' } } });
    write('please /halt');
    write('/halt', { fields: { text: undefined, photo: [] } });
    const last = write('/halt@other_bot');
    bot.updates.push({ update_id: last + 1, edited_message: { chat: { id: Number(CHAT) }, text: '/halt' } });
    bot.updates.push({ update_id: last + 2, message: null });
    await allConfirmed();
    expect(await ask('/help')).toContain('/status');
    expect(bot.messages).toHaveLength(1);
    expect(await mode()).toBe('active');
    expect(await counted('ignored')).toBe(8);
    expect(await counted('word')).toBe(1);
    expect(await counted('malformed')).toBe(1);
  });

  it('work in a group, where other bots’ commands are left alone', async () => {
    lead({ chatId: GROUP });
    write('/unknown', { chat: GROUP });
    write(`/help@${BOT_NAME.toUpperCase()}`, { chat: GROUP });
    write(`/unknown@${BOT_NAME}`, { chat: GROUP });
    const texts = await answers(2);
    expect(texts[0]).toMatch(/^\/status:/);
    expect(bot.menus.get(GROUP)).toEqual(['status', 'positions', 'orders', 'pnl', 'halt']);
    expect(texts[1]).toMatch(/^\/unknown is not a command/);
    expect(bot.messages.map(({ chat }) => chat)).toEqual([GROUP, GROUP]);
  });

  it('are dropped when older than a minute, with one answer for all that waited', async () => {
    const old = clock.now() - 90_000;
    write('/halt', { at: old });
    write('/status', { at: old });
    write('/halt', { at: old });
    lead();
    const [text] = await answers(1);
    expect(text).toMatch(/^NOT done, because sent more than 60 s before it was heard: \/halt \/status\n/);
    await allConfirmed();
    expect(await mode()).toBe('active');
    expect(await counted('stale')).toBe(3);
    expect(bot.messages).toHaveLength(1);
  });

  it('are carried out once when the leader dies before it could confirm them, even if somebody resumed meanwhile', async () => {
    const before = await halts();
    const dying = lead({
      submit: async (...command) => {
        const submitted = await api.deps.submit(...command);
        dying.end.abort();
        return submitted;
      },
    });
    const id = write('/halt fire');
    await dying.running;
    expect(bot.updates.unconfirmed()).toEqual([id]);
    expect(await mode()).toBe('halted');
    await api.call('POST', '/api/v1/trading/resume', {});
    lead();
    expect(await answers(1)).toEqual(['This was carried out already. /status tells how things are now.']);
    await allConfirmed();
    expect(await halts()).toBe(before + 1);
    expect(await mode()).toBe('active');
  });

  it('are heard once although Telegram delivers them twice', async () => {
    const term = lead();
    await ask('/help');
    const id = write('/status');
    await answers(2);
    await allConfirmed();
    bot.updates.write({ chat: CHAT, text: '/status', updateId: id });
    await until(async () => (await counted('duplicate')) > 0, { what: 'the repeat to be counted' });
    await ask('/help');
    expect(bot.messages).toHaveLength(3);
    await term.stop();
  });

  it('pass from one leader to the next, which survives the poll its predecessor left open', async () => {
    const first = lead();
    await ask('/help');
    await until(() => bot.updates.held() === 1, { what: 'an open poll' });
    const second = lead(); // As after a pause of the first: it still polls, and the two throw each other out.
    await until(() => linesOf('another process polls this Telegram bot') > 0, { what: 'a conflict' });
    await first.stop();
    expect(await ask('/positions')).toContain('BTC/USDT');
    expect(bot.messages).toHaveLength(2);
    expect(linesOf('another process polls this Telegram bot'), 'once each').toBeLessThanOrEqual(2);
    await second.stop();
    await until(() => bot.updates.held() === 0, { what: 'no poll left open' });
  });

  it('are heard again after conflicts, of which the log speaks once', async () => {
    bot.misbehaveOnPoll(3, { kind: 'refuse', code: 409, description: 'Conflict: terminated by other getUpdates request' });
    lead();
    expect(await ask('/help')).toContain('/status');
    expect(linesOf('another process polls')).toBe(1);
    expect(linesOf('answers polls again')).toBe(1);
  });

  it.each([
    ['a proxy’s 502', { kind: 'gatewayError', status: 502 }],
    ['a throttled bot', { kind: 'throttle', retryAfterSec: 2 }],
    ['a cut connection', { kind: 'reset' }],
    ['an answer that is no JSON', { kind: 'notJson' }],
    ['a poll that hangs for good', { kind: 'hang' }],
    ['a token that was wrong for a while', { kind: 'refuse', code: 401, description: 'Unauthorized' }],
    ['a Bot API server that does not know the bot', { kind: 'refuse', code: 404, description: 'Not Found' }],
  ] as const)('are heard again after %s', async (_what, misbehaviour) => {
    await bot.close();
    await setUp(30); // The longest pause is a minute.
    bot.misbehaveOnPoll(1, misbehaviour);
    lead();
    await until(() => bot.updates.polls() > 0, { what: 'a poll that is served', timeoutMs: 15_000 });
    expect(await ask('/help')).toContain('/status');
    expect(linesOf('answers polls again')).toBe(1);
  });

  it('with a wrong token are asked for once a minute', async () => {
    await bot.close();
    await setUp(50);
    const term = lead({ token: '1:wrong' });
    await until(() => linesOf('Telegram refuses polls') > 0, { what: 'the refusal in the log' });
    await clock.sleep(50_000);
    expect(bot.unauthorized(), 'a poll and the menu').toBe(2);
    await until(() => bot.unauthorized() === 3, { what: 'the next try' });
    expect(linesOf('Telegram refuses polls')).toBe(1);
    await term.stop();
  });

  it('end at once with leadership, while a poll waits and while a command is under way', async () => {
    const waiting = lead();
    await until(() => bot.updates.held() === 1, { what: 'an open poll' });
    const startedAt = performance.now();
    await waiting.stop();
    let submitted = false;
    const stuck = lead({
      submit: () => {
        submitted = true;
        return new Promise(() => undefined);
      },
    });
    write('/halt');
    await until(() => submitted, { what: 'the command under way' });
    await stuck.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(bot.updates.unconfirmed()).toHaveLength(1);
    expect(bot.messages).toHaveLength(0);
  });

  it('say that a halt is not certain when it could not be stored, and try more than once', async () => {
    let attempts = 0;
    lead({
      submit: async () => {
        attempts += 1;
        return { kind: 'unavailable' };
      },
    });
    expect(await ask('/halt')).toContain('NOT certain');
    expect(attempts).toBe(3);
  });
});
