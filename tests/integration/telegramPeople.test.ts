import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createBell } from '../../src/notify/bell.ts';
import { totpCode } from '../../src/ops/totp.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import type { SentMessage } from '../helpers/telegram/updateQueue.ts';
import { until } from '../helpers/until.ts';
import { type ApiServer, PASSWORD, startApi } from './apiServer.ts';
import { type TelegramTerm, type TelegramTermOptions, telegramTerm } from './telegramTerm.ts';

const TOKEN = '123456:hunter2-bot-token';
/** The chat of the settings; a group. */
const GROUP = '-2002';
const NEWS = '3003';
const ADMIN = 11;
const TRADER = 22;
const VIEWER = 33;
const STRANGER = 44;

let api: ApiServer;
let database: pg.Pool;
beforeAll(async () => {
  api = await startApi();
  database = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
  for (const role of ['admin', 'trader', 'viewer'] as const) await api.addUser(`${role}@example.com`, role);
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(async () => {
  await database.end();
  await api.close();
});

describe('people on Telegram', () => {
  let bot: BotApiServer;
  let terms: TelegramTerm[];
  const bell = createBell(systemClock);

  beforeEach(async () => {
    bot = await startBotApiServer({ token: TOKEN, now: Date.now });
    terms = [];
  });
  afterEach(async () => {
    await Promise.all(terms.map((term) => term.stop()));
    await bot.close();
    await api.call('POST', '/api/v1/trading/resume', {});
    await api.call('POST', '/api/v1/trading/resume', { account: 'main' });
    await database.query('UPDATE outbox SET sent_at = now(), closed_at = now()');
    await database.query('DELETE FROM telegram_cursors');
  });

  const lead = async (options: Partial<TelegramTermOptions> = {}): Promise<TelegramTerm> => {
    const chats = { trading: NEWS, user: GROUP, dev: NEWS };
    const term = await telegramTerm({ api, apiRoot: bot.apiRoot, token: TOKEN, chats, bell, ...options });
    terms.push(term);
    return term;
  };
  /** Somebody writes to the bot in private. */
  const write = (from: number, text: string, about: Partial<SentMessage> = {}): number =>
    bot.updates.write({ chat: String(from), from, text, ...about });
  const heardBy = (who: number | string) => bot.shown.filter(({ chat }) => chat === String(who));
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
  const allConfirmed = () => until(() => bot.updates.unconfirmed().length === 0, { what: 'every update confirmed', timeoutMs: 8_000 });
  const codeOf = async (role: string): Promise<string> => {
    const { status, body } = await api.call('POST', '/api/v1/telegram/codes', { user: `${role}@example.com` });
    expect(status).toBe(201);
    return String(body.code);
  };
  const link = async (who: number, role: string): Promise<void> => {
    expect(await ask(who, `/link ${await codeOf(role)}`)).toBe(
      `Linked. You are ${role}@example.com, ${role}. /help lists what you can do here.`,
    );
  };
  const mode = async () => (await api.deps.readModel.tradingState()).mode;
  const lastAudit = async () => (await api.deps.readModel.audit({ limit: 1, cursor: null })).items[0];
  const pressed = async (count: number) =>
    (await until(() => (bot.pressAnswers.length >= count ? bot.pressAnswers : null), { what: `${count} answers to presses` }))[count - 1]
      ?.text;

  describe('a link', () => {
    it('is made by a code of one’s own, which is good once', async () => {
      await lead();
      const basic = `Basic ${Buffer.from(`viewer@example.com:${PASSWORD}`).toString('base64')}`;
      const { status, body } = await api.call('POST', '/api/v1/me/telegram-code', undefined, { authorization: basic });
      expect(status).toBe(201);
      expect(body.code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
      expect(Date.parse(String(body.expiresAt)) - Date.now()).toBeGreaterThan(9 * 60_000);
      expect(await ask(VIEWER, `/start ${String(body.code).toLowerCase().replace('-', '')}`)).toContain(
        'You are viewer@example.com, viewer.',
      );
      expect(await lastAudit()).toMatchObject({ action: 'telegram.link', actor: `telegram:${VIEWER}`, address: `telegram:${VIEWER}` });
      expect(await ask(STRANGER, `/link ${body.code}`)).toMatch(/^This code is wrong, used up or older than ten minutes/);
      const links = await api.call('GET', '/api/v1/telegram/links');
      expect(links.body.items).toMatchObject([{ telegramId: String(VIEWER), user: 'viewer@example.com', role: 'viewer' }]);
      const stored = await database.query('SELECT * FROM telegram_codes UNION ALL SELECT id, subject, at FROM audit');
      expect(JSON.stringify(stored.rows)).not.toContain(String(body.code));
    });

    it('is not made by an old code, in a group, by a forward or by somebody who guesses', async () => {
      await lead();
      const code = await codeOf('admin');
      await database.query("UPDATE telegram_codes SET expires_at = now() - interval '1 minute'");
      write(STRANGER, `/link ${code}`, { fields: { forward_origin: { type: 'hidden_user' } } });
      bot.updates.write({ chat: GROUP, from: STRANGER, text: `/link ${code}` });
      expect((await told(GROUP, 1))[0]).toMatch(/in a private chat/);
      for (let count = 0; count < 8; count += 1) write(STRANGER, `/link AAAAA-AAAA${count}`);
      write(STRANGER, '/status');
      await allConfirmed();
      await told(STRANGER, 5);
      write(STRANGER, `/link ${await codeOf('admin')}`);
      await allConfirmed();
      expect(heardBy(STRANGER)).toHaveLength(5);
      expect((await api.call('GET', '/api/v1/telegram/links')).body.items).not.toContainEqual(
        expect.objectContaining({ user: 'admin@example.com' }),
      );
    });

    it('can be taken away by its owner and by an admin, and a new one replaces the old', async () => {
      await lead();
      await link(TRADER, 'trader');
      expect(await ask(TRADER, '/unlink')).toMatch(/^Unlinked/);
      write(TRADER, '/status');
      await allConfirmed();
      await link(TRADER, 'trader');
      await link(STRANGER, 'trader');
      write(TRADER, '/status');
      await allConfirmed();
      expect((await api.call('DELETE', `/api/v1/telegram/links/${STRANGER}`)).status).toBe(204);
      expect((await api.call('DELETE', `/api/v1/telegram/links/${STRANGER}`)).status).toBe(404);
      write(STRANGER, '/status');
      await allConfirmed();
      expect([heardBy(TRADER).length, heardBy(STRANGER).length], 'silence for who is not linked').toEqual([3, 1]);
    });
  });

  describe('a linked person', () => {
    beforeEach(async () => {
      await database.query('DELETE FROM telegram_links');
      const insert = 'INSERT INTO telegram_links SELECT $1, id, now() FROM users WHERE email = $2';
      for (const [id, role] of [
        [ADMIN, 'admin'],
        [TRADER, 'trader'],
        [VIEWER, 'viewer'],
      ] as const)
        await database.query(insert, [String(id), `${role}@example.com`]);
    });

    it('is offered what their role allows, in help and menu', async () => {
      await lead();
      const names = async (who: number) => [...(await ask(who, '/help')).matchAll(/^\/(\w+)/gm)].map(([, name]) => name);
      const viewer = await names(VIEWER);
      expect(viewer).toEqual(['status', 'positions', 'orders', 'pnl', 'unlink']);
      const trader = await names(TRADER);
      expect(trader).toEqual(['status', 'positions', 'orders', 'pnl', 'halt', 'reduce', 'close', 'unlink']);
      expect(await names(ADMIN)).toEqual(expect.arrayContaining([...trader, 'flatten', 'resume']));
      expect(bot.menus.get(String(TRADER))).toEqual(trader);
      expect(bot.menus.get(GROUP)).toEqual(['status', 'positions', 'orders', 'pnl', 'halt']);
    });

    it('is refused what their role does not allow', async () => {
      await lead();
      expect(await ask(VIEWER, '/halt')).toBe('Nothing was done: this needs the role trader, and yours is viewer.');
      expect(await ask(TRADER, '/flatten')).toBe('Nothing was done: this needs the role admin, and yours is trader.');
      bot.updates.write({ chat: GROUP, from: ADMIN, text: '/flatten' });
      expect((await told(GROUP, 1))[0]).toMatch(/send me this in our private chat/);
      expect(await mode()).toBe('active');
    });

    it('halts and reduces at once, in their own name, and everybody is told', async () => {
      await lead();
      expect(await ask(TRADER, '/reduce main too hot')).toBe('EXITS ONLY: no new entry. Open orders and positions stay. On main.');
      expect(await api.deps.readModel.tradingState()).toMatchObject({ mode: 'active', accounts: [{ account: 'main', reason: 'too hot' }] });
      expect(await ask(TRADER, '/halt')).toBe('HALTED: no order from alerts or the API. Open orders and positions stay. On all accounts.');
      expect(await mode()).toBe('halted');
      expect(await lastAudit()).toMatchObject({ action: 'trading.halt', actor: 'user:trader@example.com', address: `telegram:${TRADER}` });
      bell.ring();
      expect((await told(NEWS, 2)).join('\n')).toContain('halt for all accounts by user:trader@example.com');
    });

    it('is asked again before everything is flattened, by a button that is theirs alone and works once', async () => {
      await lead();
      await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.02', account: 'main' });
      expect(await ask(ADMIN, '/flatten')).toMatch(
        /^Cancel all open orders and close all positions on all accounts, at the market\?\nHeld now: 1 position\./,
      );
      expect(await mode()).toBe('active');
      const data = heardBy(ADMIN)[0]?.buttons[0]?.callback_data ?? '';
      bot.updates.press({ chat: String(TRADER), from: TRADER, messageId: 1, data });
      expect(await pressed(1)).toMatch(/not one of mine/);
      bot.press('Flatten all accounts', { chat: String(ADMIN), from: ADMIN });
      expect(await pressed(2)).toMatch(/^☑️ Flatten all accounts: admin@example\.com/);
      bot.press('Flatten all accounts', { chat: String(ADMIN), from: ADMIN });
      expect(await pressed(3)).toMatch(/^Nothing was done\. ☑️/);
      expect(await mode()).toBe('reduce_only');
      expect((await api.deps.readModel.positions()).filter(({ quantity }) => quantity !== '0')).toEqual([]);
    });

    it('closes one position after a second look, also when the leader changes between question and press', async () => {
      const first = await lead();
      await api.call('POST', '/api/v1/trading/resume', {});
      await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'ETHUSDT', quantity: '0.5', account: 'main' });
      expect(await ask(TRADER, '/close')).toMatch(/^Say which position/);
      expect(await ask(TRADER, '/close DOGEUSDT')).toBe('Nothing was done: no position in DOGEUSDT is open.');
      expect(await ask(TRADER, '/close ETHUSDT other')).toBe('Nothing was done: there is no account "other" of yours.');
      expect(await ask(TRADER, '/close ethusdt main')).toMatch(/^Close \+0\.\d+ ETH\/USDT on main, at the market\?/);
      await first.stop();
      await lead();
      bot.press('Close ETH/USDT', { chat: String(TRADER), from: TRADER });
      expect(await pressed(1)).toMatch(/^☑️ Close ETH\/USDT: trader@example\.com, [^–]*$/);
      await until(
        async () => (await api.deps.readModel.positions()).every(({ symbol, quantity }) => symbol !== 'ETH/USDT' || quantity === '0'),
        {
          what: 'the position to be closed',
        },
      );
    });

    it('has a minute for the second step', async () => {
      await lead();
      await ask(ADMIN, '/flatten main');
      await database.query('UPDATE outbox SET expires_at = now() WHERE recipient_id IS NOT NULL AND closed_at IS NULL');
      bot.press('Flatten main', { chat: String(ADMIN), from: ADMIN });
      expect(await pressed(1)).toMatch(/^Nothing was done\. ⌛ Expired/);
      await until(() => heardBy(ADMIN)[0]?.buttons.length === 0, { what: 'the button to go', timeoutMs: 8_000 });
      expect(await mode()).toBe('active');
    });

    describe('who resumes', () => {
      let secret: string;
      /** The second codes of the three that are right at any time: the first one confirmed the app. */
      const rightCode = () => totpCode(secret, Date.now() + 30_000);
      beforeEach(async () => {
        const { body } = await api.call('GET', '/api/v1/users');
        const admin = (body.items as { id: string; email: string }[]).find(({ email }) => email === 'admin@example.com');
        await api.call('DELETE', `/api/v1/users/${admin?.id}/totp`);
        const authorization = `Basic ${Buffer.from(`admin@example.com:${PASSWORD}`).toString('base64')}`;
        const begun = await api.call('POST', '/api/v1/me/totp', {}, { authorization });
        secret = String(begun.body.secret);
        const confirmed = await api.call(
          'POST',
          '/api/v1/me/totp/confirm',
          { totp: totpCode(secret, Date.now() - 30_000) },
          { authorization },
        );
        expect(confirmed.status, confirmed.text).toBe(200);
      });

      it('shows a one-time code, and a wrong one does nothing', async () => {
        await lead();
        await ask(TRADER, '/halt');
        expect(await ask(ADMIN, rightCode())).toMatch(/^Nothing waits for a code now/);
        expect(await ask(ADMIN, '/resume')).toMatch(/^To trade again on all accounts, send me the code of your authenticator app now\./);
        expect(heardBy(ADMIN).at(-1)?.buttons).toEqual([]);
        expect(await ask(ADMIN, '000000')).toBe(
          'Nothing was done: this code is wrong or was used before. Send the next one your app shows.',
        );
        expect(await mode()).toBe('halted');
        const right = rightCode();
        expect(await ask(ADMIN, `${right.slice(0, 3)} ${right.slice(3)}`)).toMatch(/^☑️ Resume all accounts: admin@example\.com[^–]*$/);
        expect(await mode()).toBe('active');
        expect(await lastAudit()).toMatchObject({ action: 'trading.resume', actor: 'user:admin@example.com' });
        await ask(TRADER, '/halt');
        await ask(ADMIN, '/resume');
        expect(await ask(ADMIN, right), 'a code that was spent').toMatch(/wrong or was used before/);
        expect(await mode()).toBe('halted');
      });

      it('is not listened to after five wrong codes, whatever comes then', async () => {
        await lead();
        await ask(TRADER, '/halt');
        await ask(ADMIN, '/resume');
        for (let count = 0; count < 5; count += 1) await ask(ADMIN, '000000');
        expect(await ask(ADMIN, rightCode())).toMatch(/^Nothing was done: too many wrong codes/);
        expect(await mode()).toBe('halted');
      });

      it('may send the code to the next leader', async () => {
        const first = await lead();
        await ask(TRADER, '/halt main');
        await ask(ADMIN, '/resume main');
        await first.stop();
        await lead();
        expect(await ask(ADMIN, rightCode())).toMatch(/^☑️ Resume main[^–]*$/);
        expect((await api.deps.readModel.tradingState()).accounts).toMatchObject([{ account: 'main', mode: 'active' }]);
      });

      it('must have a second factor', async () => {
        await lead();
        expect((await database.query("UPDATE users SET sealed_totp = NULL WHERE email = 'admin@example.com'")).rowCount).toBe(1);
        expect(await ask(ADMIN, '/resume')).toMatch(/^Nothing was done: to resume from here, set up a second factor first/);
      });
    });

    it('keeps the whitelist: adds at once, removes after a second step, and asks before the API is narrowed', async () => {
      await lead();
      expect(await ask(ADMIN, '/whitelist add 192.0.2.7 2h the office')).toMatch(
        /^192\.0\.2\.7 may post alerts to every hook, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
      );
      const stored = async () => (await api.deps.readModel.whitelist()).map(({ cidr, label, scope }) => [cidr, label, scope]);
      expect(await stored()).toEqual([['192.0.2.7', 'the office', 'global']]);
      expect(await lastAudit()).toMatchObject({ action: 'whitelist.put', actor: 'user:admin@example.com' });
      const list = await ask(ADMIN, '/whitelist list');
      expect(list).toContain('192.0.2.7');
      expect(list).toMatch(/the office *\n {2}until /);
      expect(await ask(ADMIN, '/whitelist add somewhere')).toMatch(/^Nothing was done: "somewhere" is neither/);
      expect(await ask(ADMIN, '/whitelist remove 192.0.2.8')).toMatch(/is not on the whitelist/);
      expect(await ask(ADMIN, '/whitelist remove 192.0.2.7')).toMatch(
        /^Remove 192\.0\.2\.7 \(the office\) from the whitelist, scope global\?/,
      );
      expect(await stored()).toHaveLength(1);
      bot.press('Remove 192.0.2.7', { chat: String(ADMIN), from: ADMIN });
      expect(await pressed(1)).toMatch(/^☑️ Remove 192\.0\.2\.7: admin@example\.com[^–]*$/);
      expect(await stored()).toEqual([]);
      expect(await ask(ADMIN, '/whitelist add 127.0.0.1 api 1h me')).toMatch(
        /^Let 127\.0\.0\.1 use the API, until .*\?\nOnce any address is listed/,
      );
      expect(await ask(TRADER, '/whitelist list')).toMatch(/this needs the role admin/);
    });

    it('lifts bans', async () => {
      await lead();
      expect(await ask(ADMIN, '/ban list')).toBe('Nobody is banned.');

      const made = await api.call('POST', '/api/v1/bans', { address: '203.0.113.9', reason: 'scanner' });
      expect(made.status, made.text).toBe(201);
      expect(await ask(ADMIN, '/ban list')).toMatch(/^Bans\n203\.0\.113\.9\n {2}until \d{4}.* UTC\n {2}scanner$/);
      expect(await ask(ADMIN, '/ban lift 203.0.113.9')).toBe('Every ban of 203.0.113.9 is lifted, on every instance.');
      expect(await ask(ADMIN, '/ban list')).toBe('Nobody is banned.');
      expect(await ask(ADMIN, '/ban lift everybody')).toMatch(/is not an IP address/);
    });

    it('hears what is for them alone, and a copy of what a chat was told with the same choice', async () => {
      await lead();
      const { epoch } = await api.deps.readModel.cluster();
      const users = await database.query<{ id: string }>("SELECT id FROM users WHERE email = 'trader@example.com'");
      const recipientId = users.rows[0]?.id ?? '';
      const command = { kind: 'trading.set', action: 'reduce_only', accountId: null, reason: 'chosen' } as const;
      const notice: Notice = {
        ...{ id: uuidv7(), audience: 'user', severity: 'info', text: 'Buy?', signalId: null, correlationId: null, at: Date.now() },
        ...{ buttons: [{ label: 'Approve', command, role: 'trader' }], expiresAt: Date.now() + 60_000 },
      };
      await api.ledger.append(epoch, [
        { kind: 'notice', notice },
        { kind: 'notice', notice: { ...notice, id: uuidv7(), recipientId, copyOf: notice.id } },
        { kind: 'notice', notice: { ...notice, id: uuidv7(), recipientId: 'nobody', copyOf: notice.id } },
      ]);
      bell.ring();
      await Promise.all([told(TRADER, 1), told(GROUP, 1)]);
      bot.press('Approve', { chat: String(TRADER), from: TRADER });
      expect(await pressed(1)).toMatch(/^☑️ Approve/);
      bot.press('Approve', { chat: GROUP, from: ADMIN });
      expect(await pressed(2)).toMatch(/^Nothing was done\. ☑️ Approve: trader@example\.com/);
      await until(() => [...heardBy(TRADER), ...heardBy(GROUP)].every(({ buttons }) => buttons.length === 0), {
        what: 'both closed',
        timeoutMs: 8_000,
      });
      const lost = await database.query("SELECT error FROM outbox WHERE recipient_id = 'nobody'");
      expect(lost.rows).toEqual([{ error: 'has no Telegram account linked' }]);
    });

    it('who blocked the bot keeps nobody else waiting', async () => {
      bot.misbehave(1, { kind: 'refuse', code: 403, description: 'Forbidden: bot was blocked by the user' }, String(TRADER));
      await lead();
      write(TRADER, '/status');
      expect(await ask(VIEWER, '/status')).toMatch(/^Trading: active/);
      expect(await ask(TRADER, '/status')).toMatch(/^Trading: active/);
    });

    it('is answered once by the next leader even if Telegram did not hear that the last one had read', async () => {
      const first = await lead();
      const id = write(VIEWER, '/status');
      await told(VIEWER, 1);
      await until(async () => (await api.ledger.updateCursor('123456'))?.updateId === id, { what: 'the cursor' });
      await first.stop();
      bot.updates.write({ chat: String(VIEWER), from: VIEWER, text: '/status', updateId: id });
      await lead();
      await ask(VIEWER, '/pnl');
      expect(heardBy(VIEWER)).toHaveLength(2);
    });
  });
});
