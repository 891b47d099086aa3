import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { expectBooksEqual, expectExactlyOnce } from './books.ts';
import { expectInvariants } from './invariants.ts';
import { type Alert, openWorld, postAll, type World } from './world.ts';

const SYMBOLS = manySymbols(20);
const ALERTS = 200;

/** First a purchase of every symbol, large enough for all the sales that follow. */
function opening(): Alert[] {
  return SYMBOLS.map(({ symbol }) => ({ id: `open-${symbol}`, action: 'buy', symbol, quantity: '100' }));
}

/** Then purchases and sales of all sizes, ten alerts a symbol in all. */
function burst(): Alert[] {
  return Array.from({ length: ALERTS - SYMBOLS.length }, (_, index) => ({
    id: `burst-${index}`,
    action: index % 3 === 1 ? 'sell' : 'buy',
    symbol: SYMBOLS[index % SYMBOLS.length]?.symbol,
    quantity: `${1 + (index % 7)}.${index % 10}`,
  }));
}

/** Moves every price a little, again and again, so that profits are more than fees. */
async function movePrices(exchange: World['exchange'], signal: AbortSignal): Promise<void> {
  for (let step = 0; !signal.aborted; step += 1) {
    for (const [index, { symbol }] of SYMBOLS.entries())
      exchange.book.setPrice(symbol, (10 + ((step * 7 + index * 3) % 20) / 10).toFixed(2));
    await delay(10);
  }
}

describe('kill -9 with 200 alerts in flight', () => {
  it.each([
    { name: 'row 1: before the intents are stored', failpoint: 'before_intent:70' },
    { name: 'row 2: after the intents are stored, before anything is sent', failpoint: 'after_intent:70' },
    { name: 'row 3: after the exchange took the order, before its answer is stored', failpoint: 'after_send:70' },
    { name: 'row 4: after the outcome is stored, before the command is acknowledged', failpoint: 'before_ack:70' },
  ])('$name: after the restart every accepted alert has taken effect exactly once', async ({ failpoint }) => {
    const world = await openWorld({ exchange: { symbols: SYMBOLS }, environment: { CRASH_AT: failpoint } });
    const { exchange, instance } = world;
    const first = await postAll(world, opening());
    expect(new Set(first.map(({ statuses }) => statuses[0]))).toEqual(new Set([202]));
    exchange.fail({ kind: 'latency', ms: 60 }, { method: 'POST', path: '/api/v3/order' });
    const moving = new AbortController();
    const moved = movePrices(exchange, moving.signal);
    const rest = await postAll(world, burst());
    expect(await instance.exited()).toEqual({ code: null, signal: 'SIGKILL' });
    const executedBefore = exchange.book.orders.length;
    expect(executedBefore).toBeLessThan(ALERTS);
    const accepted = rest.filter(({ signalId }) => signalId !== null);
    expect(accepted.length).toBeGreaterThan(40);

    await instance.restart({ CRASH_AT: undefined });
    await expectExactlyOnce(world, [...first, ...rest]);
    moving.abort();
    await moved;
    await expectBooksEqual(world);

    // Whoever got no answer sends again, and so does everybody else: now all are there, and still once.
    const again = await postAll(world, [...opening(), ...burst()], { resends: 3, everyMs: 1_000 });
    expect(again.filter(({ signalId }) => signalId === null)).toEqual([]);
    for (const { alert, signalId } of accepted) expect(again.find((other) => other.alert.id === alert.id)?.signalId).toBe(signalId);
    await expectExactlyOnce(world, again);
    expect(exchange.book.orders).toHaveLength(ALERTS);
    await expectInvariants(world, again, { sameOrder: true });
  });
});
