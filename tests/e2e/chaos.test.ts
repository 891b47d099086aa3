import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { randomFrom } from '../helpers/random.ts';
import { expectExactlyOnce } from './books.ts';
import { expectInvariants } from './invariants.ts';
import { type Alert, deliver, openWorld, type World } from './world.ts';

const SYMBOLS = manySymbols(12);
const ALERTS = 180;
const KILLS = 3;
/** For a run of one's own: `CHAOS_SEED=… npx vitest run --project services tests/e2e/chaos.test.ts`. */
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

function alertAt(index: number): Alert {
  const { symbol } = SYMBOLS[index % SYMBOLS.length] ?? { symbol: '' };
  if (index < SYMBOLS.length) return { id: `chaos-${index}`, action: 'buy', symbol, quantity: '200' };
  return { id: `chaos-${index}`, action: index % 4 === 0 ? 'sell' : 'buy', symbol, quantity: `${1 + (index % 9)}` };
}

/** Now and then the exchange executes an order and loses its reply, or hides what is new from whoever looks it up. */
async function loseReplies({ exchange }: World, random: () => number, signal: AbortSignal): Promise<number> {
  let lost = 0;
  for (; !signal.aborted; lost += 1) {
    const kind = random() < 0.7 ? 'acceptThenDrop' : 'truncatedJson';
    exchange.fail({ kind }, { method: 'POST', path: '/api/v3/order', times: 1 });
    exchange.book.hideNewOrders(random() < 0.5 ? 2 : 0);
    await delay(50 + random() * 200);
  }
  exchange.heal();
  exchange.book.hideNewOrders(0);
  return lost;
}

describe('an exchange that loses replies and a bot that is killed at random', () => {
  it(`rows 9, 11: every accepted alert takes effect exactly once (seed ${SEED})`, async () => {
    const random = randomFrom(SEED);
    const world = await openWorld({ exchange: { symbols: SYMBOLS } });
    const { exchange, instance } = world;
    const openings = await Promise.all(SYMBOLS.map((_, index) => deliver(world, alertAt(index))));
    exchange.fail({ kind: 'latency', ms: 30 }, { method: 'POST', path: '/api/v3/order' });
    const stop = new AbortController();
    const losing = loseReplies(world, random, stop.signal);
    const sending = Promise.all(
      Array.from({ length: ALERTS - SYMBOLS.length }, async (_, index) => {
        await delay(random() * 5_000);
        return deliver(world, alertAt(SYMBOLS.length + index), { resends: 60, everyMs: 300 });
      }),
    );
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(300 + random() * 900);
      expect(await instance.kill()).toEqual({ code: null, signal: 'SIGKILL' });
      await instance.restart();
    }
    const deliveries = [...openings, ...(await sending)];
    stop.abort();
    expect(await losing).toBeGreaterThan(5);
    expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
    await expectExactlyOnce(world, deliveries);
    expect(exchange.book.orders).toHaveLength(ALERTS);
    await expectInvariants(world, deliveries);
  });
});
