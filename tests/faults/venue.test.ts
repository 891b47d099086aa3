import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../src/domain/money.ts';
import { deliver, list, post, settled } from '../e2e/world.ts';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { leaderOf, NEW_ORDER, newLeader, openSite, type Site } from './site.ts';
import { alertAt } from './traffic.ts';
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
  it('row 12: calls an order a duplicate and does not find it: nothing but that one id is ever tried, and people are told', async () => {
    const site = await openSite(TWO);
    const { exchange } = site.world;
    exchange.fail({ kind: 'rejectWith', code: -2010, msg: 'Duplicate order sent.' }, { ...NEW_ORDER, times: 3 });
    const delivery = await deliver(site.world, alertAt('duplicate', 0));
    const orders = () => exchange.requestsTo('POST /api/v3/order');
    await until(() => orders().length >= 3, { what: 'the order to be tried again', timeoutMs: 40_000, everyMs: 50 });
    await until(() => site.world.telegram.messages.some(({ text }) => /in doubt/i.test(text)), {
      what: 'people to be told',
      timeoutMs: 20_000,
    });
    await expectAllWell(site, [delivery]);
    expect(new Set(orders().map(({ params }) => params.newClientOrderId)).size).toBe(1);
    expect(exchange.book.orders).toHaveLength(1);
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
  ])('row 30: asks to slow down with $status: it is left alone, halting works, and then all goes on', async ({ status, retryAfterSec }) => {
    const site = await openSite(TWO);
    const { exchange, instances } = site.world;
    const before = await deliver(site.world, alertAt('storm', 0));
    await settled(site.world.instance);
    exchange.fail({ kind: 'slowDown', status, retryAfterSec });
    const seen = exchange.requests.length;
    const storm = await Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        await delay(index * 10);
        return deliver(site.world, { ...alertAt('storm', index + 1), action: 'buy' }, { resends: 0, first: index });
      }),
    );
    expect(storm.filter(({ signalId }) => signalId === null)).toEqual([]);
    expect(exchange.requests.length - seen, 'requests to an exchange that asked for quiet').toBeLessThan(20);
    const [, giver = site.world.instance] = instances;
    const askedAt = performance.now();
    expect((await giver.call('POST', '/api/v1/trading/halt', { reason: 'a storm' })).body).toMatchObject({ mode: 'halted' });
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    await giver.call('POST', '/api/v1/trading/resume', {});
    exchange.heal();
    await delay(retryAfterSec * 1_000);
    const works = async () => {
      const { body } = await post(site.world, giver, { ...alertAt('storm', 0), id: `after-${performance.now()}` });
      const signal = await until(
        async () => {
          const answer = await giver.call('GET', `/api/v1/signals/${String(body.signalId)}`);
          return ['done', 'failed', 'refused'].includes(String(answer.body.status)) ? answer.body : null;
        },
        { what: 'its end', timeoutMs: 10_000, everyMs: 30 },
      );
      return signal.status === 'done';
    };
    await until(works, { what: 'alerts to be carried out again', timeoutMs: 30_000, everyMs: 500 });
    const failed = await expectTruthTold(site, [before, ...storm]);
    // Nothing else ends an alert that waits for the exchange.
    for (const { code } of failed) expect(code).toBe('TRADING_HALTED');
  });
});
