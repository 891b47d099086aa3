import { v7 as uuid } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ban, Subject } from '../../src/gateway/banBook.ts';
import type { LimiterSettings } from '../../src/gateway/limiter.ts';
import { createRedisLimiter, type RedisLimiter } from '../../src/gateway/redisLimiter.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

const SETTINGS: LimiterSettings = { rateWindowSec: 60, banThreshold: 50, banWindowSec: 3600, banDurationSec: 3600 };
const STRANGER: Subject = { shared: false, address: '203.0.113.9' };

interface Instance {
  readonly limiter: RedisLimiter;
  readonly told: Ban[];
}

describe.skipIf(!(await haveRedisServer()))('limits of several instances on one Redis', () => {
  let redis: TestRedis;
  let stop: AbortController;
  let instances: Instance[];
  let following: Promise<void>[];

  beforeEach(async () => {
    redis = await startRedis();
    stop = new AbortController();
    instances = [];
    following = [];
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(following);
    for (const { limiter } of instances) limiter.close();
    await redis.stop();
  });

  /** `hears`: bans are announced to it; else it has to look. */
  async function join({ hears = true, settings = SETTINGS } = {}): Promise<Instance> {
    const told: Ban[] = [];
    const announce = (ban: string): void => {
      if (hears) for (const other of instances) other.limiter.hear(ban);
    };
    const limiter = createRedisLimiter({
      settings,
      clock,
      logger,
      url: redis.url,
      announce,
      onAway: () => undefined,
      onBan: (ban) => told.push(ban),
    });
    const instance = { limiter, told };
    instances.push(instance);
    following.push(limiter.follow(stop.signal));
    await until(limiter.isShared, { what: 'Redis' });
    return instance;
  }

  /** One attempt after the other, each at the next instance. */
  async function spread(times: number, attempt: (instance: Instance) => Promise<unknown>): Promise<void> {
    for (let i = 0; i < times; i++) {
      const instance = instances[i % instances.length];
      if (instance) await attempt(instance);
    }
  }
  const misbehave = ({ limiter }: Instance) => limiter.bans.violation(STRANGER);
  const isBannedBy = ({ limiter }: Instance) => limiter.bans.check(STRANGER) !== undefined;
  const everywhere = (banned: boolean, timeoutMs = 1_000) =>
    until(() => instances.every((instance) => isBannedBy(instance) === banned), { what: `banned: ${banned} everywhere`, timeoutMs });
  const lost = () => until(() => instances.every(({ limiter }) => !limiter.isShared()), { what: 'everybody to notice' });
  const back = () => until(() => instances.every(({ limiter }) => limiter.isShared()), { what: 'everybody to be back' });

  async function passing(count: number): Promise<number> {
    const attempts = Array.from({ length: count }, (_, i) => instances[i % instances.length]?.limiter.address.spend('a', 5));
    return (await Promise.all(attempts)).filter((spent) => spent?.allowed).length;
  }

  it('of 300 at once five pass, and one ban is made of all their violations', async () => {
    for (let i = 0; i < 3; i++) await join();
    expect(await passing(300)).toBe(5);
    await Promise.all(Array.from({ length: 300 }, (_, i) => instances[i % 3] && misbehave(instances[i % 3] as Instance)));
    await everywhere(true);
    expect(instances.flatMap(({ told }) => told)).toHaveLength(1);
    expect(instances.map(({ limiter }) => limiter.bans.list().length)).toEqual([1, 1, 1]);
  });

  it('a ban is seen by all within a second without any message, and a lift too', async () => {
    for (let i = 0; i < 3; i++) await join({ hears: false });
    await spread(50, misbehave);
    await everywhere(true);
    expect(await instances[1]?.limiter.bans.lift(STRANGER.address)).toBe(1);
    await everywhere(false);
    await spread(49, misbehave);
    expect(instances.some(isBannedBy)).toBe(false);
    await spread(1, misbehave);
    expect(instances.some(isBannedBy)).toBe(true);
  });

  it('Redis killed midway gives nobody a second budget, and bans stay in force', async () => {
    for (let i = 0; i < 3; i++) await join();
    await spread(9, ({ limiter }) => limiter.address.spend('a', 5));
    await spread(50, misbehave);
    await everywhere(true);
    await redis.signal('SIGKILL');
    await lost();
    expect(await passing(300)).toBe(0);
    expect(instances.every(isBannedBy)).toBe(true);
    // Who is new gets what the setting says, on each instance apart.
    const fresh = await Promise.all(Array.from({ length: 60 }, (_, i) => instances[i % 3]?.limiter.address.spend('new', 5)));
    expect(fresh.filter((spent) => spent?.allowed)).toHaveLength(15);
    await redis.restart();
    await back();
    expect(instances.every(isBannedBy)).toBe(true);
  });

  it("violations go on being counted while Redis is away, and a ban made meanwhile is everybody's once it is back", async () => {
    const [first, second] = [await join(), await join()];
    await spread(48, misbehave);
    await redis.signal('SIGKILL');
    await lost();
    // 47 is what the first has heard of last.
    for (let i = 0; i < 3; i++) await misbehave(first);
    expect(isBannedBy(first)).toBe(true);
    expect(isBannedBy(second)).toBe(false);
    await redis.restart();
    await everywhere(true, 3_000);
    expect(first.told).toHaveLength(1);
    expect(second.told).toHaveLength(0);
  });

  it('a Redis that stalls costs a request half a second at most, once', async () => {
    const instance = await join();
    await redis.signal('SIGSTOP');
    const timed = async () => {
      const startedAt = performance.now();
      const { allowed } = await instance.limiter.address.spend(uuid(), 5);
      return { allowed, ms: performance.now() - startedAt };
    };
    const first = await timed();
    expect(first.allowed).toBe(true);
    expect(first.ms).toBeLessThan(1_000);
    for (let i = 0; i < 20; i++) expect((await timed()).ms).toBeLessThan(100);
    await redis.signal('SIGCONT');
    await back();
  });

  it('a ban lifted while Redis is away stays lifted when it is back', async () => {
    const instance = await join();
    await spread(50, misbehave);
    await redis.signal('SIGKILL');
    await lost();
    expect(await instance.limiter.bans.lift(STRANGER.address)).toBe(1);
    await redis.restart();
    await back();
    await until(async () => (await redis.client.hlen('{signalman}:limits:bans')) === 0, { what: 'Redis to forget the ban' });
    expect(isBannedBy(instance)).toBe(false);
  });

  it('a Redis that lost everything gets the bans back', async () => {
    for (let i = 0; i < 2; i++) await join();
    await spread(50, misbehave);
    await everywhere(true);
    await redis.client.flushall();
    await until(async () => (await redis.client.hlen('{signalman}:limits:bans')) === 1, { what: 'the ban to be stored again' });
    expect(instances.every(isBannedBy)).toBe(true);
    const late = await join();
    await until(() => isBannedBy(late), { what: 'a late one to know it', timeoutMs: 1_000 });
  });

  it('nothing grows without end: past bans go a day after they ended', async () => {
    const day = 86_400_000;
    const past = (ago: number) => JSON.stringify({ address: '192.0.2.1', shared: false, since: 0, until: Date.now() - ago, level: 1 });
    await redis.client.hset('{signalman}:limits:bans', {
      '192.0.2.1': past(day + 1_000),
      '192.0.2.2': past(day - 60_000),
      '192.0.2.3': 'garbage',
    });
    await redis.client.incr('{signalman}:limits:bans:version');
    await join();
    await until(async () => (await redis.client.hkeys('{signalman}:limits:bans')).join() === '192.0.2.2', { what: 'old bans to go' });
  });
});
