import { describe, expect, it } from 'vitest';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { expectBooksEqual, expectExactlyOnce } from './books.ts';
import { type Alert, openWorld, postAll, type World } from './world.ts';

const SYMBOLS = manySymbols(10);
const NEW_ORDER = { method: 'POST', path: '/api/v3/order' };

function alertsNamed(prefix: string, perSymbol: number): Alert[] {
  return Array.from({ length: perSymbol * SYMBOLS.length }, (_, index) => {
    const { symbol } = SYMBOLS[index % SYMBOLS.length] ?? { symbol: '' };
    return { id: `${prefix}-${index}`, action: 'buy', symbol, quantity: '2' };
  });
}

async function terminate({ instance }: World): Promise<number> {
  const startedAt = performance.now();
  expect(await instance.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  return performance.now() - startedAt;
}

describe('SIGTERM under load', () => {
  it('finishes what was accepted when that takes little, and leaves nothing in doubt', async () => {
    const world = await openWorld({ exchange: { symbols: SYMBOLS } });
    const { exchange, database, instance } = world;
    exchange.fail({ kind: 'latency', ms: 200 }, NEW_ORDER);
    const deliveries = await postAll(world, alertsNamed('few', 4));
    expect(exchange.book.orders.length).toBeLessThan(deliveries.length);
    expect(await terminate(world)).toBeLessThan(8_000);
    expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
    expect(exchange.book.orders).toHaveLength(deliveries.length);
    const left = await database?.pool.query('SELECT count(*)::int AS commands FROM command_log WHERE acknowledged_at IS NULL');
    expect(left?.rows).toEqual([{ commands: 0 }]);
    await instance.restart();
    await expectExactlyOnce(world, deliveries);
    expect(exchange.requestsTo('POST /api/v3/order')).toHaveLength(deliveries.length);
  });

  it('is in time even when much was accepted, and the next start carries out the rest', async () => {
    const world = await openWorld({ exchange: { symbols: SYMBOLS } });
    const { exchange, instance } = world;
    exchange.fail({ kind: 'latency', ms: 400 }, NEW_ORDER);
    const early = await postAll(world, alertsNamed('many', 20));
    const stopping = terminate(world);
    // What still comes in is taken and counts, or is turned away so that its sender tries again.
    const late = await postAll(world, alertsNamed('late', 2));
    for (const { statuses } of late) expect([202, 503, 0]).toContain(statuses[0]);
    expect(await stopping).toBeLessThan(8_000);
    expect(exchange.book.orders.length).toBeLessThan(early.length);
    const deliveries = [...early, ...late];
    exchange.heal();
    await instance.restart();
    await expectExactlyOnce(world, deliveries);
    await expectBooksEqual(world);
  });
});
