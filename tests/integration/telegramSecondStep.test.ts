import { beforeEach, describe, expect, it } from 'vitest';
import { totpCode } from '../../src/ops/totp.ts';
import { until } from '../helpers/until.ts';
import { PASSWORD } from './apiServer.ts';
import { ADMIN, TRADER, useTelegram } from './telegramWorld.ts';

const telegram = useTelegram();
const { lead, heardBy, ask, pressed, mode, lastAudit } = telegram;

describe('what cannot be undone, from Telegram', () => {
  beforeEach(() => telegram.linkEverybody());

  it('is asked again before everything is flattened, by a button that is theirs alone and works once', async () => {
    await lead();
    await telegram.api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.02', account: 'main' });
    expect(await ask(ADMIN, '/flatten')).toMatch(
      /^Cancel all open orders and close all positions on all accounts, at the market\?\nHeld now: 1 position\./,
    );
    expect(await mode()).toBe('active');
    const data = heardBy(ADMIN)[0]?.buttons[0]?.callback_data ?? '';
    telegram.bot.updates.press({ chat: String(TRADER), from: TRADER, messageId: 1, data });
    expect(await pressed(1)).toMatch(/not one of mine/);
    telegram.bot.press('Flatten all accounts', { chat: String(ADMIN), from: ADMIN });
    expect(await pressed(2)).toMatch(/^☑️ Flatten all accounts: admin@example\.com/);
    telegram.bot.press('Flatten all accounts', { chat: String(ADMIN), from: ADMIN });
    expect(await pressed(3)).toMatch(/^Nothing was done\. ☑️/);
    expect(await mode()).toBe('reduce_only');
    expect((await telegram.api.deps.readModel.positions()).filter(({ quantity }) => quantity !== '0')).toEqual([]);
  });

  it('is done after a second look, as closing one position, also when the leader changes between question and press', async () => {
    const first = await lead();
    await telegram.api.call('POST', '/api/v1/trading/resume', {});
    await telegram.api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'ETHUSDT', quantity: '0.5', account: 'main' });
    expect(await ask(TRADER, '/close')).toMatch(/^Say which position/);
    expect(await ask(TRADER, '/close DOGEUSDT')).toBe('Nothing was done: no position in DOGEUSDT is open.');
    expect(await ask(TRADER, '/close ETHUSDT other')).toBe('Nothing was done: there is no account "other" of yours.');
    expect(await ask(TRADER, '/close ethusdt main')).toMatch(/^Close \+0\.\d+ ETH\/USDT on main, at the market\?/);
    await first.stop();
    await lead();
    telegram.bot.press('Close ETH/USDT', { chat: String(TRADER), from: TRADER });
    expect(await pressed(1)).toMatch(/^☑️ Close ETH\/USDT: trader@example\.com, [^–]*$/);
    await until(
      async () =>
        (await telegram.api.deps.readModel.positions()).every(({ symbol, quantity }) => symbol !== 'ETH/USDT' || quantity === '0'),
      {
        what: 'the position to be closed',
      },
    );
  });

  it('has a minute for its second step', async () => {
    await lead();
    await ask(ADMIN, '/flatten main');
    await telegram.database.query('UPDATE outbox SET expires_at = now() WHERE recipient_id IS NOT NULL AND closed_at IS NULL');
    telegram.bot.press('Flatten main', { chat: String(ADMIN), from: ADMIN });
    expect(await pressed(1)).toMatch(/^Nothing was done\. ⌛ Expired/);
    await until(() => heardBy(ADMIN)[0]?.buttons.length === 0, { what: 'the button to go', timeoutMs: 8_000 });
    expect(await mode()).toBe('active');
  });

  describe('who resumes', () => {
    let secret: string;
    /** The second codes of the three that are right at any time: the first one confirmed the app. */
    const rightCode = () => totpCode(secret, Date.now() + 30_000);
    beforeEach(async () => {
      const { body } = await telegram.api.call('GET', '/api/v1/users');
      const admin = (body.items as { id: string; email: string }[]).find(({ email }) => email === 'admin@example.com');
      await telegram.api.call('DELETE', `/api/v1/users/${admin?.id}/totp`);
      const authorization = `Basic ${Buffer.from(`admin@example.com:${PASSWORD}`).toString('base64')}`;
      const begun = await telegram.api.call('POST', '/api/v1/me/totp', {}, { authorization });
      secret = String(begun.body.secret);
      const confirmed = await telegram.api.call(
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
      expect(await ask(ADMIN, '000000')).toBe('Nothing was done: this code is wrong or was used before. Send the next one your app shows.');
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
      expect((await telegram.api.deps.readModel.tradingState()).accounts).toMatchObject([{ account: 'main', mode: 'active' }]);
    });

    it('must have a second factor', async () => {
      await lead();
      expect((await telegram.database.query("UPDATE users SET sealed_totp = NULL WHERE email = 'admin@example.com'")).rowCount).toBe(1);
      expect(await ask(ADMIN, '/resume')).toMatch(/^Nothing was done: to resume from here, set up a second factor first/);
    });
  });

  it('leaves the whitelist to admins, who add at once, remove after a second step, and are asked before the API is narrowed', async () => {
    await lead();
    expect(await ask(ADMIN, '/whitelist add 192.0.2.7 2h the office')).toMatch(
      /^192\.0\.2\.7 may post alerts to every hook, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    );
    const stored = async () => (await telegram.api.deps.readModel.whitelist()).map(({ cidr, label, scope }) => [cidr, label, scope]);
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
    telegram.bot.press('Remove 192.0.2.7', { chat: String(ADMIN), from: ADMIN });
    expect(await pressed(1)).toMatch(/^☑️ Remove 192\.0\.2\.7: admin@example\.com[^–]*$/);
    expect(await stored()).toEqual([]);
    expect(await ask(ADMIN, '/whitelist add 127.0.0.1 api 1h me')).toMatch(
      /^Let 127\.0\.0\.1 use the API, until .*\?\nOnce any address is listed/,
    );
    expect(await ask(TRADER, '/whitelist list')).toMatch(/this needs the role admin/);
  });

  it('is not the lifting of a ban, which is done at once', async () => {
    await lead();
    expect(await ask(ADMIN, '/ban list')).toBe('Nobody is banned.');

    const made = await telegram.api.call('POST', '/api/v1/bans', { address: '203.0.113.9', reason: 'scanner' });
    expect(made.status, made.text).toBe(201);
    expect(await ask(ADMIN, '/ban list')).toMatch(/^Bans\n203\.0\.113\.9\n {2}until \d{4}.* UTC\n {2}scanner$/);
    expect(await ask(ADMIN, '/ban lift 203.0.113.9')).toBe('Every ban of 203.0.113.9 is lifted, on every instance.');
    expect(await ask(ADMIN, '/ban list')).toBe('Nobody is banned.');
    expect(await ask(ADMIN, '/ban lift everybody')).toMatch(/is not an IP address/);
  });
});
