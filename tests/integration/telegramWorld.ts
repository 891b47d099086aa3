import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Role } from '../../src/domain/people/user.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createBell } from '../../src/notify/bell.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import type { SentMessage } from '../helpers/telegram/updateQueue.ts';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';
import { type TelegramTerm, type TelegramTermOptions, telegramTerm } from './telegramTerm.ts';

export const TOKEN = '123456:hunter2-bot-token';
/** The chat of the settings; a group. */
export const GROUP = '-2002';
/** Where the notices of the commands themselves go. */
export const NEWS = '3003';
export const ADMIN = 11;
export const TRADER = 22;
export const VIEWER = 33;
export const STRANGER = 44;

/** An instance with a user of each role and one account, and people who write to its bot. Registers its own set-up and end. */
export function useTelegram() {
  const world: { api?: ApiServer; database?: pg.Pool; bot?: BotApiServer } = {};
  const given = <T>(part: T | undefined): T => part ?? expect.unreachable('only while a test runs');
  const bell = createBell(systemClock);
  let terms: TelegramTerm[] = [];

  beforeAll(async () => {
    const api = await startApi();
    world.api = api;
    world.database = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
    for (const role of ['admin', 'trader', 'viewer'] as const) await api.addUser(`${role}@example.com`, role);
    await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  });
  afterAll(async () => {
    await world.database?.end();
    await world.api?.close();
  });
  beforeEach(async () => {
    world.bot = await startBotApiServer({ token: TOKEN, now: Date.now });
    terms = [];
  });
  afterEach(async () => {
    await Promise.all(terms.map((term) => term.stop()));
    await world.bot?.close();
    await given(world.api).call('POST', '/api/v1/trading/resume', {});
    await given(world.api).call('POST', '/api/v1/trading/resume', { account: 'main' });
    await given(world.database).query('UPDATE outbox SET sent_at = now(), closed_at = now()');
    await given(world.database).query('DELETE FROM telegram_cursors');
  });

  const lead = async (options: Partial<TelegramTermOptions> = {}): Promise<TelegramTerm> => {
    const chats = { trading: NEWS, user: GROUP, dev: NEWS };
    const { apiRoot } = given(world.bot);
    const term = await telegramTerm({ api: given(world.api), apiRoot, token: TOKEN, chats, bell, ...options });
    terms.push(term);
    return term;
  };
  /** Another server in place of the one that every test gets. */
  const useBot = async (bot: BotApiServer): Promise<void> => {
    await world.bot?.close();
    world.bot = bot;
  };
  /** Somebody writes to the bot in private. */
  const write = (from: number, text: string, about: Partial<SentMessage> = {}): number =>
    given(world.bot).updates.write({ chat: String(from), from, text, ...about });
  const heardBy = (who: number | string) => given(world.bot).shown.filter(({ chat }) => chat === String(who));
  const told = (who: number | string, count: number) =>
    until(() => (heardBy(who).length >= count ? heardBy(who).map(({ text }) => text) : null), {
      what: `message ${count} to ${who}`,
      timeoutMs: 8_000,
    });
  const ask = async (who: number, text: string): Promise<string> => {
    const before = heardBy(who).length;
    write(who, text);
    return (await told(who, before + 1))[before] ?? '';
  };
  const allConfirmed = () =>
    until(() => given(world.bot).updates.unconfirmed().length === 0, { what: 'every update confirmed', timeoutMs: 8_000 });
  /** What who pressed last was told, of so many presses. */
  const pressed = async (count: number): Promise<string> => {
    const { pressAnswers } = given(world.bot);
    await until(() => pressAnswers.length >= count, { what: `${count} answers to presses` });
    return pressAnswers[count - 1]?.text ?? '';
  };
  const linkEverybody = async (): Promise<void> => {
    await given(world.database).query('DELETE FROM telegram_links');
    const people: readonly (readonly [number, Role])[] = [
      [ADMIN, 'admin'],
      [TRADER, 'trader'],
      [VIEWER, 'viewer'],
    ];
    const insert = 'INSERT INTO telegram_links SELECT $1, id, now() FROM users WHERE email = $2';
    for (const [id, role] of people) await given(world.database).query(insert, [String(id), `${role}@example.com`]);
  };

  return {
    ...{ bell, lead, useBot, write, heardBy, told, ask, allConfirmed, pressed, linkEverybody },
    get api(): ApiServer {
      return given(world.api);
    },
    get database(): pg.Pool {
      return given(world.database);
    },
    get bot(): BotApiServer {
      return given(world.bot);
    },
    mode: async () => (await given(world.api).deps.readModel.tradingState()).mode,
    lastAudit: async () => (await given(world.api).deps.readModel.audit({ limit: 1, cursor: null })).items[0],
  };
}
