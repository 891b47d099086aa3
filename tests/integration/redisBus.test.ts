import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisBus, type RedisBus } from '../../src/commandlog/redisBus.ts';
import { RedisUnavailableError } from '../../src/commandlog/redisConnection.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { type RedisProxy, startRedisProxy } from './redisProxy.ts';

describe.skipIf(!(await haveRedisServer()))('Redis bus', () => {
  let redis: TestRedis;
  let proxy: RedisProxy;
  let mine: RedisBus;
  let theirs: RedisBus;
  let heard: (string | null)[];

  beforeEach(async () => {
    redis = await startRedis();
    proxy = await startRedisProxy(redis.port);
    mine = createRedisBus({ url: proxy.url, logger: silentLogger });
    theirs = createRedisBus({ url: redis.url, logger: silentLogger });
    heard = [];
  });
  afterEach(async () => {
    await Promise.all([mine.close(), theirs.close()]);
    await proxy.close();
    await redis.stop();
  });

  const hear = (topic: string, into = heard) => mine.subscribe(topic, (text) => into.push(text));
  const hasHeard = (messages: (string | null)[], timeoutMs = 5_000) =>
    until(() => JSON.stringify(heard) === JSON.stringify(messages), { what: `${JSON.stringify(messages)} to be heard`, timeoutMs });

  it('a listener is told to look for itself first, and then of every message of its topic', async () => {
    hear('hooks');
    await hasHeard([null]);
    await theirs.publish('bans', 'not mine');
    await theirs.publish('hooks', 'one');
    await mine.publish('hooks', 'two');
    await hasHeard([null, 'one', 'two']);
  });

  it('topics added later, further listeners, and those that left', async () => {
    const leave = hear('hooks');
    await hasHeard([null]);
    const later: (string | null)[] = [];
    hear('trading', later);
    const second: (string | null)[] = [];
    hear('hooks', second);
    await until(() => later.length === 1 && second.length === 1, { what: 'the later ones to be told to look' });
    leave();
    await theirs.publish('trading', 'halt');
    await theirs.publish('hooks', 'changed');
    await until(() => second.length === 2, { what: 'the message' });
    expect([later, second]).toEqual([
      [null, 'halt'],
      [null, 'changed'],
    ]);
    expect(heard).not.toContain('changed');
  });

  it('a listener that fails does not keep the message from the others', async () => {
    mine.subscribe('hooks', () => {
      throw new Error('listener');
    });
    hear('hooks');
    await until(() => heard.length > 0, { what: 'the subscription' });
    await theirs.publish('hooks', 'one');
    await until(() => heard.includes('one'), { what: 'the message' });
  });

  it('after a broken connection and after a restart of Redis listeners are told to look again', async () => {
    hear('hooks');
    await hasHeard([null]);
    proxy.cut();
    await hasHeard([null, null]);
    await redis.signal('SIGKILL');
    await expect(theirs.publish('hooks', 'lost')).rejects.toBeInstanceOf(RedisUnavailableError);
    await redis.restart();
    await hasHeard([null, null, null]);
    await theirs.publish('hooks', 'one');
    await hasHeard([null, null, null, 'one']);
  });

  it('a connection that died without a word is noticed, within about two seconds of which nothing is heard', async () => {
    hear('hooks');
    await hasHeard([null]);
    proxy.setMode('hold');
    await theirs.publish('hooks', 'missed');
    const startedAt = performance.now();
    await expect(mine.publish('hooks', 'into the void')).rejects.toBeInstanceOf(RedisUnavailableError);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    // The link heals, but the old connections do not: as when a router forgot them.
    await until(() => proxy.openings() > 2, { what: 'the dead connection to be replaced', timeoutMs: 4_000 });
    proxy.setMode('pass');
    await until(() => heard.length > 1, { what: 'the listener to be told to look again', timeoutMs: 4_000 });
    expect(heard).not.toContain('missed');
    await theirs.publish('hooks', 'one');
    await until(() => heard.at(-1) === 'one', { what: 'the message' });
  });

  it('a message is heard within a fraction of a second', async () => {
    hear('hooks');
    await hasHeard([null]);
    await theirs.publish('hooks', 'warm');
    const startedAt = performance.now();
    await theirs.publish('hooks', 'quick');
    await hasHeard([null, 'warm', 'quick']);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
