import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import type { Instance } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import { expectBooksEqual, expectExactlyOnce } from './books.ts';
import { expectInvariants } from './invariants.ts';
import { type Alert, type Delivery, deliver, type Json, postAll, startWorld, type World } from './world.ts';

const NAMES = ['one', 'two', 'three'];
const LEASE_TTL_MS = 2_000;
const SYMBOLS = manySymbols(15);
const NEW_ORDER = { method: 'POST', path: '/api/v3/order' };

let world: World;
const sent: Delivery[] = [];
beforeAll(async () => {
  world = await startWorld({ instances: NAMES, exchange: { symbols: SYMBOLS }, environment: { LEASE_TTL_MS: String(LEASE_TTL_MS) } });
  return () => world.close();
});

function alertsNamed(prefix: string, count: number): Alert[] {
  return Array.from({ length: count }, (_, index) => {
    const { symbol } = SYMBOLS[index % SYMBOLS.length] ?? { symbol: '' };
    return { id: `${prefix}-${index}`, action: 'buy', symbol, quantity: `${1 + (index % 4)}` };
  });
}

/** Alerts ten milliseconds apart to the instances in turn, through a load balancer that tries another one when one fails. */
function trickle(prefix: string, count: number, instances = world.instances): Promise<Delivery[]> {
  const through = { ...world, instances };
  return Promise.all(
    alertsNamed(prefix, count).map(async (alert, index) => {
      await delay(index * 10);
      return deliver(through, alert, { resends: 10, everyMs: 250, first: index });
    }),
  );
}

async function leaderAccordingTo(instance: Instance): Promise<string> {
  const { body } = await instance.call('GET', '/api/v1/cluster');
  return String(body.leader);
}

function named(name: string): Instance {
  const instance = world.instances[NAMES.indexOf(name)];
  if (!instance) throw new Error(`there is no instance ${name}`);
  return instance;
}

/** Ends the leader and resolves with how long it took until another one led, as seen by that other one. */
async function replaceLeader(survivors: readonly Instance[], end: (leader: Instance) => Promise<unknown>): Promise<number> {
  const [witness] = survivors;
  if (!witness) throw new Error('nobody is left');
  const before = await leaderAccordingTo(witness);
  const ending = end(named(before));
  const startedAt = performance.now();
  const takenOver = async () => {
    const leader = await leaderAccordingTo(witness);
    return leader !== before && NAMES.includes(leader);
  };
  await until(takenOver, { what: 'another instance to lead', timeoutMs: 15_000, everyMs: 20 });
  const tookMs = performance.now() - startedAt;
  await ending;
  return tookMs;
}

async function expectAllOnce(deliveries: readonly Delivery[], instance: Instance): Promise<void> {
  expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
  sent.push(...deliveries);
  await expectExactlyOnce(world, sent, { instance });
  await expectBooksEqual(world, { instance });
}

describe('three instances on one database', () => {
  it('take alerts in turn and know of each other; one leads', async () => {
    const deliveries = await postAll(world, alertsNamed('turn', 90));
    await expectAllOnce(deliveries, world.instance);
    for (const instance of world.instances) {
      const { body } = await instance.call('GET', '/api/v1/cluster');
      const roles = (body.instances as Json[]).map(({ role }) => role);
      expect(roles.sort()).toEqual(['follower', 'follower', 'leader']);
    }
  });

  it('merge the same alert that comes to all of them at once', async () => {
    const alert = { id: 'to all of you', action: 'buy', symbol: 'A000USDT', quantity: '7' };
    const before = world.exchange.book.orders.length;
    const deliveries = await postAll(
      world,
      Array.from({ length: 30 }, () => alert),
    );
    expect(new Set(deliveries.map(({ signalId }) => signalId)).size).toBe(1);
    await expectAllOnce(deliveries.slice(0, 1), world.instance);
    expect(world.exchange.book.orders).toHaveLength(before + 1);
  });

  it('replace a leader that is killed with -9 in the middle of a burst within two leases, and nothing is lost or doubled', async () => {
    world.exchange.fail({ kind: 'latency', ms: 50 }, NEW_ORDER);
    const before = world.exchange.book.orders.length;
    const sending = trickle('killed', 150);
    await until(() => world.exchange.book.orders.length > before + 40, { what: 'the burst to be under way' });
    const leader = await leaderAccordingTo(world.instance);
    const survivors = world.instances.filter((instance) => instance !== named(leader));
    const tookMs = await replaceLeader(survivors, (instance) => instance.kill());
    expect(tookMs).toBeLessThan(2 * LEASE_TTL_MS);
    const deliveries = await sending;
    world.exchange.heal();
    await expectAllOnce(deliveries, survivors[0] ?? world.instance);
    await named(leader).restart();
  });

  it('row 6: replace a leader that freezes for longer than its lease, which then finds that it leads no more', async () => {
    world.exchange.fail({ kind: 'latency', ms: 50 }, NEW_ORDER);
    const leader = named(await leaderAccordingTo(world.instance));
    const survivors = world.instances.filter((instance) => instance !== leader);
    const sending = trickle('frozen', 100, survivors);
    await delay(300);
    await replaceLeader(survivors, async () => process.kill(leader.pid, 'SIGSTOP'));
    await delay(LEASE_TTL_MS / 2);
    process.kill(leader.pid, 'SIGCONT');
    const deliveries = await sending;
    world.exchange.heal();
    await until(async () => (await leader.call('GET', '/ready')).status === 200, { what: 'the thawed instance to be ready' });
    expect(await leaderAccordingTo(leader)).not.toBe(NAMES[world.instances.indexOf(leader)]);
    await expectAllOnce(deliveries, leader);
    await expectAllOnce(await postAll(world, alertsNamed('thawed', 30)), leader);
  });

  it('hand over at once on SIGTERM, and what was accepted meanwhile is carried out by the next leader', async () => {
    world.exchange.fail({ kind: 'latency', ms: 50 }, NEW_ORDER);
    const leader = await leaderAccordingTo(world.instance);
    const survivors = world.instances.filter((instance) => instance !== named(leader));
    const sending = trickle('handed', 60);
    await delay(200);
    const tookMs = await replaceLeader(survivors, async (instance) =>
      expect(await instance.kill('SIGTERM')).toEqual({ code: 0, signal: null }),
    );
    expect(tookMs).toBeLessThan(LEASE_TTL_MS);
    const [survivor = world.instance] = survivors;
    await expectAllOnce(await sending, survivor);
    await expectInvariants(world, sent, { instance: survivor, sameOrder: true });
  });
});
