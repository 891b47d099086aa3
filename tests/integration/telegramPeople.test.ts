import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/ledger/ledger.ts';
import { startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';
import { PASSWORD } from './apiServer.ts';
import { ADMIN, GROUP, NEWS, STRANGER, TOKEN, TRADER, useTelegram, VIEWER } from './telegramWorld.ts';

const telegram = useTelegram();
const { lead, write, heardBy, told, ask, allConfirmed, pressed, mode, lastAudit, bell } = telegram;

describe('people on Telegram', () => {
  const codeOf = async (role: string): Promise<string> => {
    const { status, body } = await telegram.api.call('POST', '/api/v1/telegram/codes', { user: `${role}@example.com` });
    expect(status).toBe(201);
    return String(body.code);
  };
  const link = async (who: number, role: string): Promise<void> => {
    expect(await ask(who, `/link ${await codeOf(role)}`)).toBe(
      `Linked. You are ${role}@example.com, ${role}. /help lists what you can do here.`,
    );
  };

  describe('a link', () => {
    it('is made by a code of one’s own, which is good once', async () => {
      await lead();
      const basic = `Basic ${Buffer.from(`viewer@example.com:${PASSWORD}`).toString('base64')}`;
      const { status, body } = await telegram.api.call('POST', '/api/v1/me/telegram-code', undefined, { authorization: basic });
      expect(status).toBe(201);
      expect(body.code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
      expect(Date.parse(String(body.expiresAt)) - Date.now()).toBeGreaterThan(9 * 60_000);
      expect(await ask(VIEWER, `/start ${String(body.code).toLowerCase().replace('-', '')}`)).toContain(
        'You are viewer@example.com, viewer.',
      );
      expect(await lastAudit()).toMatchObject({ action: 'telegram.link', actor: `telegram:${VIEWER}`, address: `telegram:${VIEWER}` });
      bell.ring();
      await until(() => heardBy(NEWS).some(({ text }) => text.includes('A Telegram account was linked: viewer@example.com')), {
        what: 'the operators to be told',
      });
      expect(await ask(STRANGER, `/link ${body.code}`)).toMatch(/^This code is wrong, used up or older than ten minutes/);
      const links = await telegram.api.call('GET', '/api/v1/telegram/links');
      expect(links.body.items).toMatchObject([{ telegramId: String(VIEWER), user: 'viewer@example.com', role: 'viewer' }]);
      const stored = await telegram.database.query('SELECT * FROM telegram_codes UNION ALL SELECT id, subject, at FROM audit');
      expect(JSON.stringify(stored.rows)).not.toContain(String(body.code));
    });

    it('is not made by an old code, in a group, by a forward or by somebody who guesses', async () => {
      await lead();
      const code = await codeOf('admin');
      await telegram.database.query("UPDATE telegram_codes SET expires_at = now() - interval '1 minute'");
      write(STRANGER, `/link ${code}`, { fields: { forward_origin: { type: 'hidden_user' } } });
      telegram.bot.updates.write({ chat: GROUP, from: STRANGER, text: `/link ${code}` });
      expect((await told(GROUP, 1))[0]).toMatch(/in a private chat/);
      for (let count = 0; count < 8; count += 1) write(STRANGER, `/link AAAAA-AAAA${count}`);
      write(STRANGER, '/status');
      await allConfirmed();
      await told(STRANGER, 5);
      write(STRANGER, `/link ${await codeOf('admin')}`);
      await allConfirmed();
      expect(heardBy(STRANGER)).toHaveLength(5);
      expect((await telegram.api.call('GET', '/api/v1/telegram/links')).body.items).not.toContainEqual(
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
      await link(TRADER, 'trader'); // Anew, while linked.
      await link(STRANGER, 'trader');
      write(TRADER, '/status');
      await allConfirmed();
      expect((await telegram.api.call('DELETE', `/api/v1/telegram/links/${STRANGER}`)).status).toBe(204);
      expect((await telegram.api.call('DELETE', `/api/v1/telegram/links/${STRANGER}`)).status).toBe(404);
      write(STRANGER, '/status');
      await allConfirmed();
      expect([heardBy(TRADER).length, heardBy(STRANGER).length], 'silence for who is not linked').toEqual([4, 1]);
    });
  });

  describe('a linked person', () => {
    beforeEach(() => telegram.linkEverybody());

    it('is offered what their role allows, in help and menu', async () => {
      await lead();
      const names = async (who: number) => [...(await ask(who, '/help')).matchAll(/^\/(\w+)/gm)].map(([, name]) => name);
      const viewer = await names(VIEWER);
      expect(viewer).toEqual(['status', 'positions', 'orders', 'pnl', 'unlink']);
      const trader = await names(TRADER);
      expect(trader).toEqual(['status', 'positions', 'orders', 'pnl', 'halt', 'reduce', 'close', 'unlink']);
      expect(await names(ADMIN)).toEqual(expect.arrayContaining([...trader, 'flatten', 'resume']));
      expect(telegram.bot.menus.get(String(TRADER))).toEqual(trader);
      expect(telegram.bot.menus.get(GROUP)).toEqual(['status', 'positions', 'orders', 'pnl', 'halt']);
    });

    it('sees what is theirs and the house’s, and an admin everything', async () => {
      await telegram.api.call('POST', '/api/v1/accounts', { name: 'private', venue: 'paper', owner: 'trader@example.com' });
      await lead();
      for (const [who, role, sees] of [
        [VIEWER, 'viewer', false],
        [TRADER, 'trader', true],
        [ADMIN, 'admin', true],
      ] as const) {
        const shown = await ask(who, '/pnl');
        expect(shown).toContain('main');
        expect(shown.includes('private'), `${role}: ${shown}`).toBe(sees);
      }
      expect((await telegram.api.call('DELETE', '/api/v1/accounts/private')).status).toBe(204);
    });

    it('is refused what their role does not allow', async () => {
      await lead();
      expect(await ask(VIEWER, '/halt')).toBe('Nothing was done: this needs the role trader, and yours is viewer.');
      expect(await ask(TRADER, '/flatten')).toBe('Nothing was done: this needs the role admin, and yours is trader.');
      telegram.bot.updates.write({ chat: GROUP, from: ADMIN, text: '/flatten' });
      expect((await told(GROUP, 1))[0]).toMatch(/send me this in our private chat/);
      expect(await mode()).toBe('active');
    });

    it('halts and reduces at once, in their own name, and everybody is told', async () => {
      await lead();
      expect(await ask(TRADER, '/reduce main too hot')).toBe('EXITS ONLY: no new entry. Open orders and positions stay. On main.');
      expect(await telegram.api.deps.readModel.tradingState()).toMatchObject({
        mode: 'active',
        accounts: [{ account: 'main', reason: 'too hot' }],
      });
      expect(await ask(TRADER, '/halt')).toBe('HALTED: no order from alerts or the API. Open orders and positions stay. On all accounts.');
      expect(await mode()).toBe('halted');
      expect(await lastAudit()).toMatchObject({ action: 'trading.halt', actor: 'user:trader@example.com', address: `telegram:${TRADER}` });
      bell.ring();
      expect((await told(NEWS, 2)).join('\n')).toContain('halt for all accounts by user:trader@example.com');
    });

    it('is heard by each of three bots, also when Telegram refuses one of them', async () => {
      const [user, dev] = ['222222:hunter2', '333333:hunter2'] as const;
      await telegram.useBot(await startBotApiServer({ token: TOKEN, otherTokens: [user], now: Date.now }));
      await lead({ tokens: { user, dev } }); // The token of the dev bot is wrong.
      telegram.bot.updatesOf(user).write({ chat: String(ADMIN), from: ADMIN, text: '/flatten main' });
      await told(ADMIN, 1);
      const data = heardBy(ADMIN)[0]?.buttons[0]?.callback_data ?? '';
      telegram.bot.updates.press({ chat: String(ADMIN), from: ADMIN, messageId: 1, data });
      expect(await pressed(1), 'a button is its own bot’s').toMatch(/not one of mine/);
      telegram.bot.updatesOf(user).press({ chat: String(ADMIN), from: ADMIN, messageId: 1, data });
      expect(await pressed(2)).toMatch(/^☑️ Flatten main/);
      expect(await ask(TRADER, '/status')).toMatch(/^Trading: active/);
      telegram.bot.updatesOf(user).write({ chat: GROUP, from: STRANGER, text: '/status' });
      telegram.bot.updates.write({ chat: GROUP, from: STRANGER, text: '/status' });
      await told(GROUP, 1);
      await allConfirmed();
      expect(heardBy(GROUP), 'the group of one bot is nothing to another').toHaveLength(1);
    });

    it('hears what is for them alone, and a copy of what a chat was told with the same choice', async () => {
      await lead();
      const { epoch } = await telegram.api.deps.readModel.cluster();
      const users = await telegram.database.query<{ id: string }>("SELECT id FROM users WHERE email = 'trader@example.com'");
      const recipientId = users.rows[0]?.id ?? '';
      const command = { kind: 'trading.set', action: 'reduce_only', accountId: null, reason: 'chosen' } as const;
      const notice: Notice = {
        ...{ id: uuidv7(), audience: 'user', severity: 'info', text: 'Buy?', signalId: null, correlationId: null, at: Date.now() },
        ...{ buttons: [{ label: 'Approve', command, role: 'trader' }], expiresAt: Date.now() + 60_000 },
      };
      await telegram.api.ledger.append(epoch, [
        { kind: 'notice', notice },
        { kind: 'notice', notice: { ...notice, id: uuidv7(), recipientId, copyOf: notice.id } },
        { kind: 'notice', notice: { ...notice, id: uuidv7(), recipientId: 'nobody', copyOf: notice.id } },
      ]);
      bell.ring();
      await Promise.all([told(TRADER, 1), told(GROUP, 1)]);
      telegram.bot.press('Approve', { chat: String(TRADER), from: TRADER });
      expect(await pressed(1)).toMatch(/^☑️ Approve/);
      telegram.bot.press('Approve', { chat: GROUP, from: ADMIN });
      expect(await pressed(2)).toMatch(/^Nothing was done\. ☑️ Approve: trader@example\.com/);
      await until(() => [...heardBy(TRADER), ...heardBy(GROUP)].every(({ buttons }) => buttons.length === 0), {
        what: 'both closed',
        timeoutMs: 8_000,
      });
      const lost = await telegram.database.query("SELECT error FROM outbox WHERE recipient_id = 'nobody'");
      expect(lost.rows).toEqual([{ error: 'has no Telegram account linked' }]);
    });

    it('sees and stops what is theirs and the house’s, and hears of their own in their own chat', async () => {
      await lead();
      await link(TRADER, 'trader');
      const made = await telegram.api.call('POST', '/api/v1/accounts', { name: 'hers', venue: 'paper', owner: 'trader@example.com' });
      expect([201, 409], made.text).toContain(made.status); // 409: a retry of this test.
      await telegram.api.call('POST', '/api/v1/accounts', { name: 'secret', venue: 'paper', owner: 'admin@example.com' });
      const bought = await telegram.api.call('POST', '/api/v1/orders', {
        action: 'buy',
        symbol: 'BTCUSDT',
        quantity: '0.01',
        account: 'hers',
      });
      expect(bought.status, bought.text).toBe(201);
      bell.ring();
      await until(() => heardBy(TRADER).some(({ text }) => /^Filled buy 0\.01 BTC\/USDT .*\(hers\)/.test(text)), { what: 'the fill' });
      expect(heardBy(ADMIN)).toHaveLength(0);
      const positions = await ask(TRADER, '/positions');
      expect(positions).toContain('hers BTC/USDT');
      expect(await ask(TRADER, '/pnl')).not.toContain('secret');
      expect(await ask(VIEWER, '/positions')).not.toContain('hers');
      const halted = await ask(TRADER, '/halt');
      expect(halted).toContain('On hers.');
      expect(halted).toContain('On main.');
      expect(halted).not.toContain('secret');
      expect(await mode(), 'what is others’ goes on').toBe('active');
      await telegram.api.call('POST', '/api/v1/trading/resume', { account: 'hers' });
    });

    it('who blocked the bot keeps nobody else waiting', async () => {
      telegram.bot.misbehave(1, { kind: 'refuse', code: 403, description: 'Forbidden: bot was blocked by the user' }, String(TRADER));
      await lead();
      write(TRADER, '/status');
      expect(await ask(VIEWER, '/status')).toMatch(/^Trading: active/);
      expect(await ask(TRADER, '/status')).toMatch(/^Trading: active/);
    });

    it('is answered once by the next leader even if Telegram did not hear that the last one had read', async () => {
      const first = await lead();
      const id = write(VIEWER, '/status');
      await told(VIEWER, 1);
      await until(async () => (await telegram.api.ledger.updateCursor('123456'))?.updateId === id, { what: 'the cursor' });
      await first.stop();
      telegram.bot.updates.write({ chat: String(VIEWER), from: VIEWER, text: '/status', updateId: id });
      await lead();
      await ask(VIEWER, '/pnl');
      expect(heardBy(VIEWER)).toHaveLength(2);
    });
  });
});
