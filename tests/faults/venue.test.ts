import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../src/domain/money.ts';
import { type Delivery, deliver, list, post, settled } from '../e2e/world.ts';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { haltIsInForceAfterMs } from './halt.ts';
import { leaderOf, NEW_ORDER, newLeader, openSite, type Site } from './site.ts';
import { alertAt, startTraffic } from './traffic.ts';
import { expectAllWell, expectTruthTold } from './verdict.ts';

const TWO = { names: ['one', 'two'] };
const LIMIT = { action: 'buy', symbol: 'A000USDT', type: 'limit', price: '9', quantity: '100' };

/** The only order of a signal, as the API shows it, once it looks like that. */
function orderOf(site: Site, signalId: string | null, looks: Record<string, unknown>) {
  const matching = async () => {
    for (const instance of site.world.instances) {
      const answer = await instance.call('GET', '/api/v1/orders?limit=200').catch(() => null);
      const orders = (answer?.body.items ?? []) as Record<string, unknown>[];
      const order = orders.find((candidate) => candidate.signalId === signalId);
      if (order && Object.entries(looks).every(([key, value]) => order[key] === value)) return order;
    }
    return null;
  };
  return until(matching, { what: `the order to be ${JSON.stringify(looks)}`, timeoutMs: 20_000, everyMs: 50 });
}

describe.skipIf(!(await haveRedisServer()))('the exchange', () => {
  it('row 12: calls an order a duplicate and does not find it: it is never sent again, and a person says what is true', async () => {
    const site = await openSite(TWO);
    const { exchange } = site.world;
    exchange.fail({ kind: 'rejectWith', code: -2010, msg: 'Duplicate order sent.' }, NEW_ORDER);
    const { signalId } = await deliver(site.world, alertAt('duplicate', 0));
    const orders = () => exchange.requestsTo('POST /api/v3/order');
    await until(() => site.world.telegram.messages.some(({ text }) => /Does it exist\?/.test(text)), {
      what: 'a person to be asked',
      timeoutMs: 40_000,
    });
    const asked = await orderOf(site, signalId, { status: 'unknown' });
    const answer = await site.world.instance.call('POST', `/api/v1/orders/${asked.id}/resolve`, { exists: false });
    expect(answer.status).toBeLessThan(300);
    await orderOf(site, signalId, { status: 'rejected' });
    expect(orders()).toHaveLength(1);
    expect(exchange.book.orders).toHaveLength(0);
  });

  it('row 13: fills in parts, also before its reply arrives and while the leader is replaced, and then cancels', async () => {
    const site = await openSite(TWO);
    const { book } = site.world.exchange;
    book.setLiquidity('A000USDT', '30');
    book.setPrice('A000USDT', '9');
    site.world.exchange.fail({ kind: 'acceptThenDrop' }, { ...NEW_ORDER, times: 1 });
    const { signalId } = await deliver(site.world, { id: 'parts', ...LIMIT });
    await orderOf(site, signalId, { filledQuantity: '30' });
    const [there] = book.orders;
    if (!there) throw new Error('the exchange has no order');
    const leader = (await leaderOf(site)) ?? '';
    await site.named(leader).kill();
    book.fillPart(there, '20');
    book.fillPart(there, '7');
    await newLeader(site, { before: leader, witnesses: site.world.instances.filter((instance) => instance !== site.named(leader)) });
    await orderOf(site, signalId, { filledQuantity: '57' });
    await site.named(leader).restart();
    book.cancel(there);
    await orderOf(site, signalId, { status: 'canceled', filledQuantity: '57' });
    await settled(site.world.instance);
    const trades = await list(site.world.instance, '/api/v1/trades');
    expect(trades).toHaveLength(3);
    expect(trades.reduce((sum, { quantity }) => sum.plus(String(quantity)), new Decimal(0)).toFixed()).toBe('57');
    await expectTruthTold(site, []);
  });

  it('row 14: has an order placed by hand: it is not answered with one of ours, and the balances are those of the exchange', async () => {
    const site = await openSite(TWO);
    const { exchange } = site.world;
    const { wallet } = exchange.book;
    const ours = await deliver(site.world, alertAt('ours', 0));
    await settled(site.world.instance);
    const market = { type: 'MARKET', timeInForce: 'GTC', price: null, stopPrice: null } as const;
    exchange.book.place({ ...market, clientOrderId: 'by-hand', symbol: 'A001USDT', side: 'BUY', quantity: new Decimal(3) });
    const leader = (await leaderOf(site)) ?? '';
    await site.named(leader).kill(); // A new leader asks the exchange for everything.
    const others = site.world.instances.filter((instance) => instance !== site.named(leader));
    await newLeader(site, { before: leader, witnesses: others });
    const [survivor = site.world.instance] = others;
    const later = await deliver({ ...site.world, instances: others }, alertAt('ours', 2));
    await settled(survivor);
    const balances = async () => {
      const { items } = (await survivor.call('GET', '/api/v1/portfolio/balances')).body as { items: { asset: string; total: string }[] };
      return items.every(({ asset, total }) => wallet.total(asset).eq(total)) && items.some(({ asset }) => asset === 'A001');
    };
    await until(balances, { what: 'the balances to be those at the exchange', timeoutMs: 45_000, everyMs: 200 });
    expect(exchange.book.clientOrderIds().filter((id) => id !== 'by-hand')).toHaveLength(2);
    const orders = await list(survivor, '/api/v1/orders');
    expect(orders.map(({ signalId, status }) => [signalId, status]).sort()).toEqual(
      [ours, later].map(({ signalId }) => [signalId, 'filled']).sort(),
    );
    const trades = await list(survivor, '/api/v1/trades');
    expect(trades).toHaveLength(2);
    await expectAllWell(site, [ours, later], { instance: survivor, foreign: ['by-hand'] });
  });

  it.each([
    { status: 429 as const, retryAfterSec: 2 },
    { status: 418 as const, retryAfterSec: 4 },
  ])(
    'row 30: asks to slow down with $status: it is left alone ever longer, what waits for it is no burst, people are told, halting works, and then all goes on',
    { timeout: 120_000 },
    async ({ status, retryAfterSec }) => {
      const site = await openSite(TWO);
      const { exchange, telegram } = site.world;
      const before = await deliver(site.world, alertAt('storm', 0));
      await settled(site.world.instance);
      exchange.fail({ kind: 'slowDown', status, retryAfterSec });
      const seen = exchange.requests.length;
      const coming = storm(site, 150);
      await until(() => telegram.messages.some(({ text }) => /asks to slow down/.test(text)), {
        what: 'people to be told',
        timeoutMs: 40_000,
      });
      expect(await haltIsInForceAfterMs(site)).toBeLessThan(1_000);
      await site.world.instance.call('POST', '/api/v1/trading/resume', {});
      const deliveries = await coming;
      expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
      // So long that it is asked again at least twice, and refuses each time.
      await until(() => pausesIn(refusedAt(site, seen, status)).length >= 2, {
        what: 'it to be asked again',
        timeoutMs: 40_000,
        everyMs: 50,
      });
      const pauses = pausesIn(refusedAt(site, seen, status));
      for (const pauseMs of pauses) expect(pauseMs, 'at least as long as it asked for').toBeGreaterThanOrEqual(retryAfterSec * 1_000);
      expect(pauses[1], 'longer after the second refusal').toBeGreaterThan((pauses[0] ?? 0) * 1.2);
      expect(exchange.requests.length - seen, 'requests to an exchange that asked for quiet').toBeLessThan(30);
      exchange.heal();
      await until(() => isCarriedOut(site), { what: 'alerts to be carried out again', timeoutMs: 60_000, everyMs: 500 });
      const failed = await expectTruthTold(site, [before, ...deliveries]);
      // Nothing else ends an alert that waits for the exchange.
      for (const { code } of failed) expect(code).toBe('TRADING_HALTED');
    },
  );

  it('rows 9, 10, 11: loses its reply, stalls, answers with pages, half of it or nothing, and does not find what it has: no order twice', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite(TWO);
    const { exchange } = site.world;
    const kinds: Fault[] = [
      ...(['acceptThenDrop', 'truncatedJson', 'emptyObject', 'html200', 'dropInBody', 'stallBody'] as const).map((kind) => ({ kind })),
      { kind: 'html', status: 502, executes: true },
      { kind: 'html', status: 502, executes: false },
      { kind: 'dropUnread' },
    ];
    const traffic = startTraffic(site.world);
    exchange.book.hideNewOrders(3);
    for (const kind of kinds) {
      const hit = exchange.requestsTo('POST /api/v3/order').length;
      exchange.fail(kind, { ...NEW_ORDER, times: 2 });
      await until(() => exchange.requestsTo('POST /api/v3/order').length >= hit + 4, { what: 'orders to meet it', timeoutMs: 20_000 });
    }
    exchange.book.hideNewOrders(0);
    await expectAllWell(site, await traffic.stop());
  });
});

/** Alerts ten milliseconds apart. */
function storm(site: Site, count: number): Promise<Delivery[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await delay(index * 10);
      return deliver(site.world, { ...alertAt('storm', index + 1), action: 'buy' }, { resends: 3, everyMs: 500, first: index });
    }),
  );
}

/** When requests since the `seen`th were told to slow down, `performance.now()`. */
function refusedAt({ world }: Site, seen: number, status: number): number[] {
  return world.exchange.requests.slice(seen).flatMap((request) => (request.status === status ? [request.at] : []));
}

/** The silences between bursts of requests; what was on its way when the first was refused is one burst with it. */
function pausesIn(times: readonly number[]): number[] {
  return times.flatMap((at, index) => {
    const since = at - (times[index - 1] ?? at);
    return since > 1_000 ? [since] : [];
  });
}

async function isCarriedOut(site: Site): Promise<boolean> {
  // So little that even many of them, all carried out late, stay within the limits.
  const { body } = await post(site.world, site.world.instance, { ...alertAt('storm', 0), quantity: '1', id: `after-${performance.now()}` });
  const ended = async () => {
    const { status } = (await site.world.instance.call('GET', `/api/v1/signals/${String(body.signalId)}`)).body;
    return ['done', 'failed', 'refused'].includes(String(status)) ? status : null;
  };
  return (await until(ended, { what: 'its end', timeoutMs: 10_000, everyMs: 30 })) === 'done';
}
