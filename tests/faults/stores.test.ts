import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { post } from '../e2e/world.ts';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, openSite, type Site } from './site.ts';
import { alertAt, startTraffic, type Traffic } from './traffic.ts';
import { expectAllWell } from './verdict.ts';

const underWay = (traffic: Traffic, count = 60) =>
  until(() => traffic.promised() >= count, { what: 'alerts to be flowing', timeoutMs: 20_000 });

/** From now on every one of them must be taken again, and all that was promised must come true. */
async function expectRecovery(site: Site, traffic: Traffic): Promise<void> {
  await allReady(site);
  const before = traffic.promised();
  await until(() => traffic.promised() > before + 20, { what: 'alerts to be taken again', timeoutMs: 20_000 });
  const deliveries = await traffic.stop();
  expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
  await expectAllWell(site, deliveries);
}

describe.skipIf(!(await haveRedisServer()))('three instances lose a store they share', () => {
  it('row 15: Redis is killed with -9 in the middle of a burst and comes back', { timeout: 120_000 }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world, { everyMs: 8 });
    await underWay(traffic, 150);
    await site.redis.signal('SIGKILL');
    await delay(1_500); // How long it is away.
    await site.redis.restart();
    await expectRecovery(site, traffic);
  });

  it('row 16: Redis freezes for five seconds: 503 in time, not ready, and the kill switch works', { timeout: 120_000 }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    await site.redis.signal('SIGSTOP');
    const frozenAt = performance.now();
    const refused = await Promise.all(
      site.world.instances.map(async (instance, index) => {
        const startedAt = performance.now();
        const { status } = await post(site.world, instance, { ...alertAt('frozen', index), action: 'buy', quantity: '1' });
        return { status, inTime: performance.now() - startedAt < 3_000 };
      }),
    );
    expect(refused).toEqual(refused.map(() => ({ status: 503, inTime: true })));
    for (const instance of site.world.instances)
      await until(async () => (await instance.call('GET', '/ready')).status === 503, { what: 'an instance to be not ready' });
    const [, giver = site.world.instance] = site.world.instances;
    const askedAt = performance.now();
    expect((await giver.call('POST', '/api/v1/trading/halt', { reason: 'Redis is away' })).body).toMatchObject({ mode: 'halted' });
    for (const instance of site.world.instances)
      expect((await instance.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'halted' });
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    expect((await giver.call('POST', '/api/v1/trading/resume', {})).body).toMatchObject({ mode: 'active' });
    await delay(Math.max(0, 5_000 - (performance.now() - frozenAt)));
    await site.redis.signal('SIGCONT');
    await allReady(site);
    const before = traffic.promised();
    await until(() => traffic.promised() > before + 20, { what: 'alerts to be taken again', timeoutMs: 20_000 });
    const deliveries = await traffic.stop();
    // Refused, and yet one or the other may have reached Redis when it thawed: at most once.
    const inDoubt = refused.map((_, index) => ({ alert: { id: `frozen-${index}` }, signalId: null, statuses: [503] }));
    await expectAllWell(site, [...deliveries, ...inDoubt]);
  });

  it('row 22: Postgres is killed and comes back: alerts are taken all the time', { timeout: 120_000 }, async () => {
    const site = await openSite({ ownPostgres: true });
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    site.postgres?.kill();
    await delay(1_000); // Everybody has noticed.
    const meanwhile = await Promise.all(
      site.world.instances.map((instance, index) => post(site.world, instance, alertAt('meanwhile', index + 1_000))),
    );
    await site.postgres?.start();
    expect(meanwhile.map(({ status }) => status)).toEqual([202, 202, 202]);
    await allReady(site);
    const deliveries = await traffic.stop();
    const promised = meanwhile.map(({ body }, index) => ({
      alert: { id: `meanwhile-${index + 1_000}` },
      signalId: String(body.signalId),
      statuses: [202],
    }));
    await expectAllWell(site, [...deliveries, ...promised]);
  });

  it('row 22: Postgres freezes for longer than the lease', { timeout: 120_000 }, async () => {
    const site = await openSite({ ownPostgres: true });
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    site.postgres?.freeze();
    await delay(4_000); // Longer than the lease.
    site.postgres?.thaw();
    await expectRecovery(site, traffic);
  });
});
