import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/domain/people/user.ts';
import type { Notice, NoticeButton } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createBell } from '../../src/notify/bell.ts';
import type { Submit } from '../../src/notify/commands/submit.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';
import { telegramTerm } from './telegramTerm.ts';

const TOKEN = '123456:hunter2-bot-token';
/** The chat of the questions. */
const TRADERS = '2002';
/** Where the notices of the commands themselves go. */
const NEWS = '3003';
const OPERATORS = '4004';
const PEOPLE = { admin: 11, trader: 22, viewer: 33 } as const satisfies Record<Role, number>;
const STRANGER = 44;

const reduceFor = (label: string, reason: string): NoticeButton => ({
  label,
  command: { kind: 'trading.set', action: 'reduce_only', accountId: null, reason },
  role: 'trader',
});
const reduce = reduceFor('Approve', 'approved');
const reject = reduceFor('Reject', 'rejected');
const halt: NoticeButton = {
  label: 'Halt',
  command: { kind: 'trading.set', action: 'halt', accountId: null, reason: null },
  role: 'trader',
};

let api: ApiServer;
let database: pg.Pool;
beforeAll(async () => {
  api = await startApi();
  database = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
  for (const role of ['admin', 'trader', 'viewer'] as const) {
    await api.addUser(`${role}@example.com`, role);
    const link = 'INSERT INTO telegram_links SELECT $1, id, now() FROM users WHERE email = $2';
    await database.query(link, [String(PEOPLE[role]), `${role}@example.com`]);
  }
});
afterAll(async () => {
  await database.end();
  await api.close();
});

describe('notices with buttons', () => {
  let bot: BotApiServer;
  let terms: { stop(): Promise<void> }[];
  const bell = createBell(systemClock);

  beforeEach(async () => {
    bot = await startBotApiServer({ token: TOKEN, now: Date.now });
    terms = [];
  });
  afterEach(async () => {
    await Promise.all(terms.map((term) => term.stop()));
    await bot.close();
    await api.call('POST', '/api/v1/trading/resume', {});
    await database.query('UPDATE outbox SET sent_at = now(), closed_at = now()');
  });

  /** A leader's term: sends, listens and closes choices until stopped. */
  const lead = async (options: { submit?: Submit } = {}) => {
    const chats = { trading: NEWS, user: TRADERS, dev: OPERATORS };
    const term = await telegramTerm({ api, apiRoot: bot.apiRoot, token: TOKEN, chats, bell, ...options });
    terms.push(term);
    return term;
  };

  type About = Partial<Omit<Notice, 'buttons'>> & { buttons?: Notice['buttons'] | null };
  const offer = async ({ buttons = [reduce, reject], ...about }: About = {}): Promise<Notice> => {
    const notice: Notice = {
      ...{ id: uuidv7(), audience: 'user', severity: 'info', text: 'Buy 0.01 BTC/USDT?', signalId: null, correlationId: null },
      ...{ at: Date.now(), expiresAt: Date.now() + 60_000, ...about },
      ...(buttons ? { buttons } : {}),
    };
    const { epoch } = await api.deps.readModel.cluster();
    await api.ledger.append(epoch, [{ kind: 'notice', notice }]);
    bell.ring();
    return notice;
  };
  const messages = () => bot.shown.filter(({ chat }) => chat !== NEWS);
  const shown = (count = 1) =>
    until(() => (messages().length >= count ? messages() : null), { what: `${count} messages`, timeoutMs: 8_000 });
  const told = (count = 1) =>
    until(() => (bot.pressAnswers.length >= count ? bot.pressAnswers.map(({ text }) => text) : null), { what: `${count} answers` });
  const closed = (index = 0) =>
    until(() => (messages()[index]?.buttons.length === 0 ? messages()[index]?.text : null), {
      what: 'the buttons to go',
      timeoutMs: 8_000,
    });
  const state = () => api.deps.readModel.tradingState();
  const changes = async (): Promise<number> => {
    const { items } = await api.deps.readModel.audit({ limit: 200, cursor: null });
    return items.filter(({ action }) => action === 'trading.reduce_only').length;
  };

  it('hang them below the message, and a press does what the button says in the name of who pressed', async () => {
    await lead();
    await offer();
    const [message] = await shown();
    expect(message?.buttons.map(({ text }) => text)).toEqual(['Approve', 'Reject']);
    expect(Math.max(...(message?.buttons ?? []).map(({ callback_data: data }) => Buffer.byteLength(data)))).toBeLessThanOrEqual(64);
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    const [answer] = await told();
    expect(answer).toMatch(/^☑️ Approve: trader@example\.com, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(await closed()).toContain(`Buy 0.01 BTC/USDT?`);
    expect(messages()[0]?.text.endsWith(answer ?? '')).toBe(true);
    expect(await state()).toMatchObject({ mode: 'reduce_only', reason: 'approved' });
    const [entry] = (await api.deps.readModel.audit({ limit: 1, cursor: null })).items;
    expect(entry).toMatchObject({ actor: 'user:trader@example.com', address: `telegram:${PEOPLE.trader}`, action: 'trading.reduce_only' });
  });

  it('are refused to a viewer, to strangers and in other chats, and stay open for those who may', async () => {
    await lead();
    await offer();
    await shown();
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.viewer });
    expect(await told(1)).toEqual(['Nothing was done: it needs the role trader, and yours is viewer.']);
    bot.press('Approve', { chat: TRADERS, from: STRANGER });
    expect((await told(2))[1]).toMatch(/^Nothing was done: this needs your own account\./);
    const data = messages()[0]?.buttons[0]?.callback_data ?? '';
    bot.updates.press({ chat: '-777', from: PEOPLE.trader, messageId: 1, data });
    bot.updates.press({ chat: String(PEOPLE.trader), from: PEOPLE.trader, messageId: 1, data });
    expect((await told(3))[2]).toBe('This button is not one of mine. Nothing was done.');
    expect((await state()).mode).toBe('active');
    bot.press('Reject', { chat: TRADERS, from: PEOPLE.admin });
    await told(4);
    expect(await state()).toMatchObject({ mode: 'reduce_only', reason: 'rejected' });
    expect(bot.pressAnswers).toHaveLength(4);
  });

  it('cannot be made up: another index, another notice, a cut signature', async () => {
    await lead();
    const { id } = await offer();
    const [message] = await shown();
    const data = message?.buttons[0]?.callback_data ?? '';
    for (const forged of [data.replace(/^b:0/, 'b:1'), data.replace(id, uuidv7()), data.slice(0, -1), `${data}x`, 'b:0', ''])
      bot.press('Approve', { chat: TRADERS, from: PEOPLE.admin, data: forged });
    expect(new Set(await told(6))).toEqual(new Set(['This button is not one of mine. Nothing was done.']));
    expect((await state()).mode).toBe('active');
  });

  it('let anybody in the configured chat halt everything, and nothing else', async () => {
    await lead();
    await offer({ buttons: [halt, reduce] });
    await shown();
    bot.press('Approve', { chat: TRADERS, from: STRANGER });
    await told(1);
    expect((await state()).mode).toBe('active');
    bot.press('Halt', { chat: TRADERS, from: STRANGER });
    expect((await told(2))[1]).toContain(`Halt: telegram:${STRANGER}`);
    expect((await state()).mode).toBe('halted');
  });

  it('take effect once, whoever presses again and wherever, also on a copy in another chat', async () => {
    const before = await changes();
    await lead();
    const original = await offer();
    await offer({ audience: 'dev', copyOf: original.id });
    await shown(2);
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    bot.press('Reject', { chat: TRADERS, from: PEOPLE.admin });
    const answers = await told(3);
    expect(answers[1]).toBe(`Nothing was done. ${answers[0]}`);
    expect(answers[2]).toBe(`Nothing was done. ${answers[0]}`);
    expect([await closed(0), await closed(1)].every((text) => String(text).includes('Approve: trader@example.com'))).toBe(true);
    expect(await changes()).toBe(before + 1);
  });

  it('expire: the message says so, and a press that comes later does nothing', async () => {
    await lead();
    await offer({ expiresAt: Date.now() + 300 });
    const [message] = await shown();
    const data = message?.buttons[0]?.callback_data ?? '';
    expect(await closed()).toMatch(/⌛ Expired \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Nobody chose\.$/);
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.admin, data });
    expect((await told())[0]).toMatch(/^Nothing was done\. ⌛ Expired/);
    expect((await state()).mode).toBe('active');
  });

  it('are carried out once when the leader dies in the middle, and shown by the next one', async () => {
    const before = await changes();
    const dying = await lead({
      submit: async (...command) => {
        const submitted = await api.deps.submit(...command);
        dying.end.abort();
        return submitted;
      },
    });
    await offer();
    await shown();
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    await dying.running;
    expect(bot.pressAnswers).toHaveLength(0);
    await api.call('POST', '/api/v1/trading/resume', {});
    await lead();
    expect((await told())[0]).toContain('Approve: trader@example.com');
    expect(await closed()).toContain('Approve: trader@example.com');
    expect(await changes()).toBe(before + 1);
    expect((await state()).mode, 'the second delivery changes nothing').toBe('active');
  });

  it('tell when the choice could not be stored, and can be pressed again', async () => {
    let away = true;
    await lead({ submit: async (...command) => (away ? { kind: 'unavailable' } : (api.deps.submit as Submit)(...command)) });
    await offer();
    await shown();
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    expect(await told()).toEqual(['Nothing was done: it could not be stored. Press again.']);
    away = false;
    bot.press('Approve', { chat: TRADERS, from: PEOPLE.trader });
    expect((await told(2))[1]).toContain('☑️ Approve');
  });

  it('go alone, and a digest of many others does not swallow them', async () => {
    for (const text of ['one', 'two', 'three', 'four']) await offer({ text, buttons: null });
    await offer({ text: 'a question' });
    await lead();
    const [digest, question] = await shown(2);
    expect(digest?.text).toMatch(/^4 notices/);
    expect(question?.text).toMatch(/^a question/);
    expect(question?.buttons).toHaveLength(2);
  });
});
