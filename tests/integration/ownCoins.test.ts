import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { BINANCE_SPOT, COINBASE_SPOT } from '../helpers/venue/kinds.ts';
import { leadVenue } from '../helpers/venue/ledVenue.ts';

/** Both accounts own coins that nobody bought here. */
const KINDS = [BINANCE_SPOT, COINBASE_SPOT].map((kind) => [kind.title, kind] as const);
const NEVER_MS = 600_000;

describe.each(KINDS)('coins that were owned before, sold at %s', (_, kind) => {
  const { symbol } = kind;

  async function sold(lookMs: number) {
    const led = await leadVenue(kind, { settings: { pollMs: 100, lookMs } });
    const inLedger = (): string => led.content.positions.get(`${led.account.id}\0${symbol}`)?.quantity.toFixed() ?? 'none';
    await led.alert({ action: 'sell', symbol, quantity: '0.02' });
    return { ...led, inLedger };
  }

  it('leave no position behind, and people hear why', async () => {
    const { content, inLedger } = await sold(400);
    await until(() => inLedger() === '0', { what: 'the position to be none', timeoutMs: 15_000 });
    expect([...content.notices.values()].filter(({ notice }) => /were owned before/.test(notice.text))).toHaveLength(1);
    expect(content.drifts.size).toBe(0);
  });

  it('do not keep what is bought next from having its stop', async () => {
    const { alert, content, inLedger, server } = await sold(NEVER_MS);
    expect(inLedger()).toBe('-0.02');
    await alert({ action: 'buy', symbol, quantity: '0.02', stopLoss: '5%' });
    const stop = () => [...content.orders.values()].find(({ role }) => role === 'stop_loss');
    await until(() => stop()?.status === 'open', { what: 'the stop to rest', timeoutMs: 15_000 });
    const resting = server.book.orders.filter(({ stopPrice }) => stopPrice !== null);
    expect(resting.map(({ side }) => side.toLowerCase())).toEqual(['sell']);
    expect(Number(inLedger())).toBeGreaterThan(0.0199);
  });
});
