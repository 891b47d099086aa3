import { beforeAll, describe, expect, it } from 'vitest';
import { type LoggedRequest, manySymbols } from '../helpers/binance/binanceServer.ts';
import { until } from '../helpers/until.ts';
import { expectExactlyOnce } from './books.ts';
import { deliver, postAll, settled, startWorld, type World } from './world.ts';

const NEW_ORDER = 'POST /api/v3/order';
const SYMBOLS = manySymbols(100);

let world: World;
beforeAll(async () => {
  world = await startWorld({ exchange: { symbols: SYMBOLS } });
  return () => world.close();
});

/** How many of these were under way at once, each taking `durationMs`. */
function overlapping(requests: readonly LoggedRequest[], durationMs: number): number {
  return Math.max(...requests.map(({ at }) => requests.filter((other) => other.at <= at && at < other.at + durationMs).length));
}

describe('repeats, order and side by side', () => {
  it('the same alert fifty times at once is one signal with one order, and the repeats are counted', async () => {
    const alert = { id: 'again-and-again', action: 'buy', symbol: 'A000USDT', quantity: '3' };
    const deliveries = await postAll(
      world,
      Array.from({ length: 50 }, () => alert),
    );
    expect(deliveries.map(({ statuses }) => statuses)).toEqual(Array.from({ length: 50 }, () => [202]));
    const [signalId, ...others] = new Set(deliveries.map((delivery) => delivery.signalId));
    expect(others).toEqual([]);
    await expectExactlyOnce(world, deliveries);
    expect(world.exchange.book.orders).toHaveLength(1);
    const { body } = await world.instance.call('GET', `/api/v1/signals/${signalId}`);
    expect(body).toMatchObject({ status: 'done', repeats: 49, orders: [{ status: 'filled', quantity: '3' }] });
  });

  it('alerts of one symbol are executed in the order they were posted in', async () => {
    const before = world.exchange.requestsTo(NEW_ORDER).length;
    const quantities = ['11', '12', '13', '14', '15'];
    const symbols = SYMBOLS.slice(0, 40).map(({ symbol }) => symbol);
    await Promise.all(
      symbols.map(async (symbol) => {
        for (const quantity of quantities) {
          const { signalId } = await deliver(world, { id: `${symbol}-${quantity}`, action: 'buy', symbol, quantity });
          expect(signalId).not.toBeNull();
        }
      }),
    );
    await settled(world.instance);
    const requests = world.exchange.requestsTo(NEW_ORDER).slice(before);
    expect(requests).toHaveLength(symbols.length * quantities.length);
    for (const symbol of symbols)
      expect(requests.filter(({ params }) => params.symbol === symbol).map(({ params }) => params.quantity)).toEqual(quantities);
  });

  it('a hundred symbols go side by side: far faster than one after the other, each exactly once', async () => {
    const { exchange } = world;
    const before = exchange.requestsTo(NEW_ORDER).length;
    const latencyMs = 200;
    exchange.fail({ kind: 'latency', ms: latencyMs }, { method: 'POST', path: '/api/v3/order' });
    const startedAt = performance.now();
    const deliveries = await postAll(
      world,
      SYMBOLS.map(({ symbol }) => ({ id: `side-${symbol}`, action: 'buy', symbol, quantity: '1' })),
    );
    const requests = await until(
      () => {
        const sent = exchange.requestsTo(NEW_ORDER).slice(before);
        return sent.length === SYMBOLS.length && sent.every(({ status }) => status === 200) ? sent : null;
      },
      { what: 'a hundred orders at the exchange', timeoutMs: 20_000 },
    );
    expect(performance.now() - startedAt).toBeLessThan((SYMBOLS.length * latencyMs) / 4);
    expect(overlapping(requests, latencyMs)).toBeGreaterThanOrEqual(30);
    exchange.heal();
    const signalIds = new Set(deliveries.map(({ signalId }) => signalId));
    expect(signalIds.size).toBe(SYMBOLS.length);
    await settled(world.instance);
    expect(exchange.duplicates()).toEqual([]);
    expect(new Set(requests.map(({ params }) => params.symbol)).size).toBe(SYMBOLS.length);
  });
});
