import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, openCluster } from '../helpers/cluster.ts';
import { type Instance, send } from '../helpers/instance.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

const NAMES = ['a', 'b', 'c'];
/** TradingView's, so to speak: shared by the hook's owner and by somebody who guesses keys. */
const SHARED = '203.0.113.5';
const STRANGER = '198.18.0.9';
const AT_ONCE = 60;

describe.skipIf(!(await haveRedisServer()))('three instances that share a Redis', () => {
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.stop());

  const open = (more: Record<string, string> = {}) =>
    openCluster({ names: NAMES, environment: { REDIS_URL: redis.url, TRUST_PROXY_HOPS: '1', IP_ALLOWLIST: SHARED, ...more } });

  /** `count` requests with keys that are none, one after the other at the next instance; how often each status was answered. */
  async function guess({ instances }: Cluster, count: number, from = SHARED): Promise<Map<number, number>> {
    const statuses = new Map<number, number>();
    const one = async (n: number): Promise<void> => {
      const instance = instances[n % instances.length];
      const { status } = await send(`${instance?.url}/hooks/guess-${n}`, 'POST', { n }, { 'x-forwarded-for': from });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let done = 0; done < count; done += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, i) => one(done + i)));
    return statuses;
  }

  const bansOf = async (instance: Instance) => (await instance.call('GET', '/api/v1/bans')).body.items as Record<string, unknown>[];
  const everywhere = (what: string, holds: (instance: Instance) => Promise<boolean>, { instances }: Cluster, timeoutMs = 1_000) =>
    Promise.all(instances.map((instance) => until(() => holds(instance), { what: `${what} on every instance`, timeoutMs, everyMs: 20 })));
  const isListed = async (instance: Instance) => (await bansOf(instance)).length === 1;

  async function noticesOfBans({ database }: Cluster): Promise<number> {
    const { rows } = await database.pool.query<{ count: number }>(`SELECT count(*)::int FROM outbox WHERE text LIKE 'Banned %'`);
    return rows[0]?.count ?? 0;
  }

  it('of 1,000 unauthenticated requests exactly five pass, all of them make one ban, and the hook goes on; bans are lifted and imposed everywhere', async () => {
    const cluster = await open();
    const statuses = await guess(cluster, 1_000);
    expect(statuses.get(401)).toBe(5);
    expect(statuses.get(429)).toBeGreaterThanOrEqual(45);
    expect([...statuses.keys()].sort()).toEqual([401, 403, 429]);
    await everywhere('the ban', isListed, cluster);
    for (const instance of cluster.instances)
      expect(await bansOf(instance)).toMatchObject([{ address: SHARED, appliesTo: 'unknown keys', level: 1, by: null }]);
    await until(async () => (await noticesOfBans(cluster)) > 0, { what: 'the notice' });
    expect(await noticesOfBans(cluster)).toBe(1);
    const owners = await Promise.all(
      cluster.instances.map((instance, i) =>
        send(
          instance.url + cluster.hookPath,
          'POST',
          { id: `owner-${i}`, action: 'close', symbol: 'BTCUSDT' },
          { 'x-forwarded-for': SHARED },
        ),
      ),
    );
    expect(owners.map(({ status }) => status)).toEqual([202, 202, 202]);
    await liftAndBanByHand(cluster);
  });

  /** On every instance within a second, whichever is asked. */
  async function liftAndBanByHand(cluster: Cluster): Promise<void> {
    expect((await cluster.named('b').call('DELETE', `/api/v1/bans/${SHARED}`)).status).toBe(204);
    await everywhere('no ban', async (instance) => (await bansOf(instance)).length === 0, cluster);
    await guess(cluster, 60, STRANGER);
    await everywhere('the ban', isListed, cluster);
    expect(await bansOf(cluster.named('a'))).toMatchObject([{ address: STRANGER, appliesTo: 'everything' }]);
    expect((await cluster.named('c').call('DELETE', `/api/v1/bans/${STRANGER}`)).status).toBe(204);
    await everywhere('no ban', async (instance) => (await bansOf(instance)).length === 0, cluster);
    const knock = async (instance: Instance) =>
      (await send(`${instance.url}/hooks/any`, 'POST', {}, { 'x-forwarded-for': STRANGER })).body.code;
    for (const instance of cluster.instances) expect(await knock(instance)).toBe('ADDRESS_NOT_ALLOWED');
    expect((await cluster.named('c').call('POST', '/api/v1/bans', { address: STRANGER, forSec: 60 })).status).toBe(201);
    await everywhere('the ban by hand', async (instance) => (await knock(instance)) === 'BANNED', cluster);
  }

  it.each([
    { how: 'stalled', fail: 'SIGSTOP', cure: () => redis.signal('SIGCONT') },
    { how: 'killed', fail: 'SIGKILL', cure: () => redis.restart() },
  ] as const)(
    'Redis is $how midway: alerts are taken, still five pass in all, and the ban is one when it is back',
    async ({ fail, cure }) => {
      const cluster = await open({ COMMAND_LOG: 'postgres' });
      const before = await guess(cluster, 30);
      await redis.signal(fail);
      const startedAt = performance.now();
      expect(await postAlert(cluster, cluster.named('a'))).toBe(202);
      expect(performance.now() - startedAt).toBeLessThan(2_500);
      const after = await guess(cluster, 970);
      expect([before.get(401), before.get(429), after.get(401)]).toEqual([5, 25, undefined]);
      expect([...after.keys()].sort()).toEqual([403, 429]);
      await everywhere('the ban', isListed, cluster, 5_000);
      await cure();
      await until(async () => (await redis.client.hlen('{signalman}:limits:bans')) === 1, { what: 'the ban to be stored' });
      await everywhere('one ban', isListed, cluster, 5_000);
      expect(await postAlert(cluster, cluster.named('b'))).toBe(202);
    },
  );

  it('with Redis down, its command log too, who may knock is still changed on every instance within a second', async () => {
    const cluster = await open();
    await redis.signal('SIGKILL');
    const reaches = async (instance: Instance) =>
      (await send(instance.url + cluster.hookPath, 'POST', {}, { 'x-forwarded-for': STRANGER })).body.code !== 'ADDRESS_NOT_ALLOWED';
    const added = await cluster.named('b').call('POST', '/api/v1/whitelist', { cidr: STRANGER });
    expect(added.status, added.text).toBe(201);
    await everywhere('the entry', reaches, cluster);
    const removed = await cluster.named('c').call('DELETE', `/api/v1/whitelist/${STRANGER}`);
    expect(removed.status, removed.text).toBe(204);
    await everywhere('the end of the entry', async (instance) => !(await reaches(instance)), cluster);
    expect((await cluster.named('a').call('POST', '/api/v1/bans', { address: STRANGER })).status).toBe(201);
    await everywhere('the ban', isListed, cluster);
  });

  let alerts = 0;
  async function postAlert(cluster: Cluster, instance: Instance): Promise<number> {
    alerts += 1;
    const body = { id: `alert-${alerts}`, action: 'close', symbol: 'BTCUSDT' };
    return (await send(instance.url + cluster.hookPath, 'POST', body, { 'x-forwarded-for': SHARED })).status;
  }
});
