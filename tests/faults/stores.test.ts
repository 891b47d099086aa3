import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Delivery, post, settled } from '../e2e/world.ts';
import { haveRedisServer, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { haltIsInForceAfterMs, haltWhileNobodyLeads } from './halt.ts';
import { allReady, leaderOf, newLeader, openSite, type Site } from './site.ts';
import { alertAt, startTraffic, type Traffic } from './traffic.ts';
import { expectAllWell, expectTruthTold } from './verdict.ts';

const underWay = (traffic: Traffic, count = 60) =>
  until(() => traffic.promised() >= count, { what: 'alerts to be flowing', timeoutMs: 20_000 });

/** From now on every one of them must be taken again, and all that was promised must come true. */
async function expectRecovery(site: Site, traffic: Traffic, before: readonly Delivery[] = []): Promise<void> {
  await allReady(site);
  const taken = traffic.promised();
  await until(() => traffic.promised() > taken + 20, { what: 'alerts to be taken again', timeoutMs: 20_000 });
  const deliveries = [...before, ...(await traffic.stop())];
  expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
  await expectAllWell(site, deliveries);
}

/** Key of the one stream there is. */
async function streamIn(client: TestRedis['client']): Promise<string> {
  for (const key of await client.keys('*')) if ((await client.type(key)) === 'stream') return key;
  throw new Error('Redis holds no stream');
}

const heard = ({ world }: Site, words: RegExp) => world.telegram.messages.some(({ text }) => words.test(text));

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
    expect(await haltIsInForceAfterMs(site)).toBeLessThan(1_000);
    expect((await site.world.instance.call('POST', '/api/v1/trading/resume', {})).body).toMatchObject({ mode: 'active' });
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

  it('rows 16, 24: with Redis dead and the leader killed, a halt is the first thing that the next leader does', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const leader = (await leaderOf(site)) ?? '';
    const others = site.world.instances.filter((instance) => instance !== site.named(leader));
    await site.redis.signal('SIGKILL');
    await site.named(leader).kill();
    const tookMs = await haltWhileNobodyLeads(others, newLeader(site, { before: leader, witnesses: others }));
    // It hears what stops trading before it asks the exchange.
    expect(tookMs).toBeLessThan(1_000);
    await site.redis.restart();
    await site.named(leader).restart();
    expect((await site.world.instance.call('POST', '/api/v1/trading/resume', {})).body).toMatchObject({ mode: 'active' });
    await allReady(site);
    const deliveries = await traffic.stop();
    const failed = await expectTruthTold(site, deliveries);
    for (const { code } of failed) expect(code).toBe('TRADING_HALTED');
  });

  it('row 17: Redis takes what is appended, and its answers are lost on the way: sent again, each executed once', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    for (const name of site.names) {
      const answered = traffic.promised();
      site.linesOf(name).redis.holdAnswers();
      await delay(1_200); // Longer than an instance waits for Redis.
      site.linesOf(name).redis.mend();
      await until(() => traffic.promised() > answered + 10, { what: 'alerts to be taken', timeoutMs: 20_000 });
    }
    await expectRecovery(site, traffic);
  });

  it('rows 19, 21: Redis is full, then holds an entry that is no command, and is emptied while nothing waits: told, and all goes on', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite({ names: ['one', 'two'] });
    const { client } = site.redis;
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    await client.config('SET', 'maxmemory', '1mb');
    await until(async () => (await post(site.world, site.world.instance, alertAt('full', 0))).status === 503, {
      what: 'alerts to be refused',
    });
    await client.config('SET', 'maxmemory', '0');
    const log = await streamIn(client);
    await client.xadd(log, '*', 'nonsense', 'yes');
    await until(() => heard(site, /is not a command/), {
      what: 'people to be told of the entry',
      timeoutMs: 30_000,
    });
    await allReady(site);
    const first = await traffic.stop();
    await settled(site.world.instance, 60_000);
    await client.flushall();
    const later = startTraffic(site.world, { prefix: 'later' });
    await underWay(later);
    await expectRecovery(site, later, first);
    await until(() => heard(site, /emptied|are lost/), { what: 'people to be told of the loss', timeoutMs: 30_000 });
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
