import { beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { ADMIN, NEWS, STRANGER, TRADER, useTelegram, VIEWER } from './telegramWorld.ts';

const telegram = useTelegram();
const { lead, heardBy, pressed, bell } = telegram;

describe('an alert that waits for approval', () => {
  beforeEach(() => telegram.linkEverybody());

  /** Alerts to a hook of its own; resolves with the signal's id when the question hangs in the chat. */
  const asked = async (alert: Record<string, unknown>, expiresSec = 60): Promise<string> => {
    const name = `asking-${String(alert.id)}`;
    const approval = { expiresSec, maxDriftPercent: '50' };
    const hook = await telegram.api.call('POST', '/api/v1/hooks', { name, accounts: ['main'], layers: ['path'], approval });
    expect(hook.status, hook.text).toBe(201);
    const before = questions().length;
    const { status, body, text } = await telegram.api.call('POST', `/hooks/${String(hook.body.key)}`, { quantity: '0.01', ...alert });
    expect(status, text).toBe(202);
    const ring = async () => {
      bell.ring();
      return questions().length > before;
    };
    await until(ring, { what: 'the question in the chat', timeoutMs: 8_000 });
    return String(body.signalId);
  };
  const questions = () => heardBy(NEWS).filter(({ text }) => text.includes('Approve?'));
  const story = async (id: string) => (await telegram.api.call('GET', `/api/v1/signals/${id}`)).body;
  const ended = (id: string) =>
    until(async () => (['done', 'refused', 'expired'].includes(String((await story(id)).status)) ? story(id) : null), {
      what: 'the end of the signal',
      timeoutMs: 10_000,
    });

  it('is carried out once when a trader presses Approve; a viewer, a stranger and whoever comes later change nothing', async () => {
    await lead();
    const id = await asked({ action: 'buy', symbol: 'BTCUSDT', id: 'approved' });
    bot().press('Approve', { chat: NEWS, from: VIEWER });
    expect(await pressed(1)).toBe('Nothing was done: it needs the role trader, and yours is viewer.');
    bot().press('Reject', { chat: NEWS, from: STRANGER });
    expect(await pressed(2)).toMatch(/^Nothing was done: this needs your own account/);
    bot().press('Approve', { chat: NEWS, from: TRADER });
    expect(await pressed(3)).toMatch(/^☑️ Approve: trader@example\.com, [^–]*$/);
    bot().press('Reject', { chat: NEWS, from: ADMIN });
    expect(await pressed(4)).toMatch(/^Nothing was done\. ☑️ Approve: trader@example\.com/);
    expect(await ended(id)).toMatchObject({ status: 'done' });
    expect((await story(id)).orders).toHaveLength(1);
  });

  it('comes to nothing when somebody presses Reject, and the message says who', async () => {
    await lead();
    const id = await asked({ action: 'buy', symbol: 'BTCUSDT', id: 'rejected' });
    bot().press('Reject', { chat: NEWS, from: ADMIN });
    expect(await pressed(1)).toMatch(/^☑️ Reject: admin@example\.com/);
    expect(await ended(id)).toMatchObject({ status: 'refused', code: 'APPROVAL_REJECTED', orders: [] });
    await until(() => questions().every(({ text, buttons }) => text.includes('☑️ Reject: admin@example.com') && buttons.length === 0), {
      what: 'the message to say so',
      timeoutMs: 8_000,
    });
  });

  it('hears, pressed after another way has decided, what was decided', async () => {
    await lead();
    const id = await asked({ action: 'buy', symbol: 'BTCUSDT', id: 'by-api' });
    expect((await telegram.api.call('POST', `/api/v1/signals/${id}/reject`, {})).status).toBe(200);
    bot().press('Approve', { chat: NEWS, from: TRADER });
    expect(await pressed(1)).toMatch(/^☑️ Approve: trader@example\.com, .* – refused: APPROVAL_DECIDED/);
    expect(await ended(id)).toMatchObject({ status: 'refused', orders: [] });
  });

  it('takes the press after a change of leader', async () => {
    const first = await lead();
    const id = await asked({ action: 'buy', symbol: 'BTCUSDT', id: 'next-leader' });
    await first.stop();
    await lead();
    bot().press('Approve', { chat: NEWS, from: TRADER });
    expect(await pressed(1)).toMatch(/^☑️ Approve: trader@example\.com, [^–]*$/);
    expect(await ended(id)).toMatchObject({ status: 'done' });
  });

  const bot = () => telegram.bot;
});
