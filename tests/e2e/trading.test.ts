import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { expectBooksEqual } from './books.ts';
import { type Alert, deliver, type Json, openWorld, storyOf, type World } from './world.ts';

const SYMBOLS = ['BTC', 'ETH', 'SOL'] as const;
const ONE_OF_EACH: readonly Alert[] = SYMBOLS.map((base) => ({ id: `buy ${base}`, action: 'buy', symbol: `${base}USDT`, quantity: '2' }));

async function follow(world: World, alert: Alert): Promise<Json> {
  return storyOf(world.instance, (await deliver(world, alert)).signalId);
}

async function switchTo(world: World, word: 'halt' | 'reduce-only' | 'flatten' | 'resume', mode: string): Promise<void> {
  const answer = await world.instance.call('POST', `/api/v1/trading/${word}`, { reason: 'the tests say so' });
  expect({ status: answer.status, mode: answer.body.mode }, answer.text).toEqual({ status: 200, mode });
}

async function openPositions({ instance }: World): Promise<Json[]> {
  return (await instance.call('GET', '/api/v1/portfolio/positions?open=true')).body.items as Json[];
}

describe('the kill switch', () => {
  it('halted: every alert is refused; reduce-only: exits go through; resumed: entries do again', async () => {
    const world = await openWorld();
    for (const alert of ONE_OF_EACH) expect((await follow(world, alert)).status).toBe('done');
    const buy = { action: 'buy', symbol: 'BTCUSDT', quantity: '1' };
    const close = { action: 'close', symbol: 'BTCUSDT' };

    await switchTo(world, 'halt', 'halted');
    expect(await follow(world, { id: 'halted buy', ...buy })).toMatchObject({ status: 'refused', code: 'TRADING_HALTED', orders: [] });
    expect(await follow(world, { id: 'halted close', ...close })).toMatchObject({ status: 'refused', code: 'TRADING_HALTED', orders: [] });

    await switchTo(world, 'reduce-only', 'reduce_only');
    expect(await follow(world, { id: 'reducing buy', ...buy })).toMatchObject({ status: 'refused', code: 'TRADING_REDUCE_ONLY' });
    expect(await follow(world, { id: 'reducing close', ...close })).toMatchObject({ status: 'done', orders: [{ side: 'sell' }] });
    expect((await openPositions(world)).map(({ symbol }) => symbol).sort()).toEqual(['ETH/USDT', 'SOL/USDT']);

    await world.instance.kill();
    await world.instance.restart();
    expect((await world.instance.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'reduce_only' });
    expect(await follow(world, { id: 'still reducing', ...buy })).toMatchObject({ status: 'refused', code: 'TRADING_REDUCE_ONLY' });

    await switchTo(world, 'resume', 'active');
    expect(await follow(world, { id: 'resumed buy', ...buy })).toMatchObject({ status: 'done' });
    expect(world.exchange.book.orders).toHaveLength(SYMBOLS.length + 2);
    await expectBooksEqual(world);
  });

  it('flattens: open orders are canceled and positions closed, even when the bot is killed half way and started again', async () => {
    const world = await openWorld();
    const { exchange, instance } = world;
    for (const alert of ONE_OF_EACH) expect((await follow(world, alert)).status).toBe('done');
    const resting: Json[] = [];
    for (const [index, base] of SYMBOLS.entries()) {
      const limit = {
        action: 'buy',
        symbol: `${base}USDT`,
        quantity: '1',
        type: 'limit',
        price: '100',
        account: 'main',
        id: `rest ${index}`,
      };
      const created = await instance.call('POST', '/api/v1/orders', limit);
      expect(created, created.text).toMatchObject({ status: 201, body: { status: 'open' } });
      resting.push(created.body);
    }
    expect(exchange.book.openOrders()).toHaveLength(SYMBOLS.length);

    exchange.fail({ kind: 'latency', ms: 300 }, { method: 'POST', path: '/api/v3/order' });
    const answer = instance.call('POST', '/api/v1/trading/flatten', {});
    await until(() => exchange.book.openOrders().length === 0, { what: 'the resting orders to be canceled' });
    await instance.kill();
    expect((await answer).status).toBe(0);
    exchange.heal();
    await instance.restart();

    await until(async () => (await openPositions(world)).length === 0, { what: 'every position to be closed', timeoutMs: 20_000 });
    for (const { id } of resting) expect((await instance.call('GET', `/api/v1/orders/${id}`)).body).toMatchObject({ status: 'canceled' });
    const sales = exchange.book.orders.filter(({ side }) => side === 'SELL');
    expect(sales.map(({ symbol, executedQty }) => `${symbol} ${executedQty}`).sort()).toEqual(SYMBOLS.map((base) => `${base}USDT 1.998`));
    expect(exchange.duplicates()).toEqual([]);
    expect((await instance.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'reduce_only' });
    await switchTo(world, 'resume', 'active');
    expect(await follow(world, { id: 'after', action: 'buy', symbol: 'SOLUSDT', quantity: '1' })).toMatchObject({ status: 'done' });
    await expectBooksEqual(world);
  });
});
