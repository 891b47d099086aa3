import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommandLogResetError, CommandLogUnavailableError } from '../../src/commandlog/commandLog.ts';
import type { RedisCommandLog } from '../../src/commandlog/redisCommandLog.ts';
import type { Incident } from '../../src/commandlog/redisIncident.ts';
import { newCommand } from '../contract/commandLogContract.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { appendAll, names, newPrefix, openLog } from './redisLog.ts';

describe.skipIf(!(await haveRedisServer()))('Redis command log', () => {
  let redis: TestRedis;
  let prefix: string;
  let log: RedisCommandLog;
  let incidents: Incident[];
  const closing: RedisCommandLog[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(() => {
    prefix = newPrefix();
    ({ log, incidents } = open('first'));
  });
  afterEach(async () => {
    await redis.client.config('SET', 'maxmemory', '0');
    await Promise.all(closing.splice(0).map((each) => each.close()));
  });

  function open(consumer: string, url = redis.url) {
    const opened = openLog(url, { prefix, consumer, maxQueue: 10 });
    closing.push(opened.log);
    return opened;
  }
  const stream = () => `{${prefix}}:commands`;
  const scriptCalls = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);

  it('appends that wait for each other share one call', async () => {
    await log.append(newCommand());
    const before = await scriptCalls();
    await Promise.all(Array.from({ length: 10 }, () => log.append(newCommand())));
    expect((await scriptCalls()) - before).toBe(1);
  });

  it('a new leader is given what its dead predecessor left undone, in order, and then what is new', async () => {
    const seqs = await appendAll(log, ['a', 'b', 'c', 'd', 'e']);
    expect(names(await log.read(0, 4))).toEqual(['a', 'b', 'c', 'd']);
    await log.acknowledge([seqs[0] ?? 0, seqs[2] ?? 0]);
    await log.close();

    const next = open('second').log;
    expect(names(await next.read(0, 2))).toEqual(['b', 'd']);
    expect(names(await next.read(seqs[3] ?? 0, 2))).toEqual(['e']);
    await next.acknowledge(seqs);
    expect(await next.lag()).toBe(0);
  });

  it('what a deposed leader takes before it notices is given to its successor all the same', async () => {
    const next = open('second').log;
    const [a = 0] = await appendAll(log, ['a']);
    await log.read(0, 10);
    expect(names(await next.read(0, 10))).toEqual(['a']);
    const [b = 0] = await appendAll(log, ['b']);
    expect(names(await log.read(a, 10))).toEqual(['b']);
    expect(names(await next.read(a, 10))).toEqual(['b']);
    await next.acknowledge([a, b]);
    expect(await next.read(0, 10)).toEqual([]);
  });

  it('keeps every command until it and all before it are acknowledged, and nothing after', async () => {
    const seqs = await appendAll(log, ['a', 'b', 'c', 'd']);
    await log.read(0, 3);
    await log.acknowledge([seqs[1] ?? 0, seqs[2] ?? 0]);
    expect(await redis.client.xlen(stream())).toBe(4);
    await log.acknowledge([seqs[0] ?? 0]);
    expect(await redis.client.xlen(stream())).toBe(1);
    expect(names(await log.read(0, 10))).toEqual(['d']);
  });

  it('a Redis that was emptied is gone on with, and what was lost with it is told', async () => {
    const [a = 0, b = 0] = await appendAll(log, ['a', 'b']);
    await log.read(0, 1);
    await redis.client.flushall();
    const [c = 0] = await appendAll(log, ['c']);
    expect(c).toBeGreaterThan(b);
    expect(names(await log.read(a, 10))).toEqual(['c']);
    await log.acknowledge([a]);
    expect(await log.lag()).toBe(1);
    expect(incidents).toEqual([{ kind: 'commands lost', afterSeq: 0, uptoSeq: b, text: expect.stringMatching(/emptied/) }]);
  });

  it('a leader notices that Redis was emptied although others have written to it since', async () => {
    const [a = 0] = await appendAll(log, ['a']);
    await log.read(0, 10);
    await redis.client.flushall();
    await appendAll(open('second').log, ['b']);
    expect(names(await log.read(a, 10))).toEqual(['b']);
    expect(incidents).toMatchObject([{ kind: 'commands lost', afterSeq: a }]);
    await appendAll(log, ['c']);
    expect(incidents).toHaveLength(1);
  });

  it('a consumer group that was destroyed is made again and loses nothing', async () => {
    const [a = 0] = await appendAll(log, ['a', 'b']);
    await log.read(0, 1);
    await redis.client.xgroup('DESTROY', stream(), 'signalman');
    // A leader that was past some of it must begin a new term, in which it asks the ledger about each.
    for (const _ of [1, 2]) await expect(log.read(a, 10)).rejects.toBeInstanceOf(CommandLogResetError);
    expect(names(await log.read(0, 10))).toEqual(['a', 'b']);
    expect(incidents).toEqual([]);
  });

  it('row 20: commands trimmed away before they were carried out are told of, once, and the others go on', async () => {
    const seqs = await appendAll(log, ['a', 'b', 'c', 'd']);
    const [a = 0, b = 0, c = 0] = seqs;
    await log.read(0, 2);
    await redis.client.xtrim(stream(), 'MAXLEN', 1);
    const next = open('second');
    expect(names(await next.log.read(0, 10))).toEqual(['d']);
    const stretches = next.incidents.map((incident) => incident.kind === 'commands lost' && [incident.afterSeq, incident.uptoSeq]);
    expect(stretches).toEqual([
      [b, c],
      [a - 1, a],
      [b - 1, b],
    ]);
    expect(await next.log.lag()).toBe(1);

    await redis.client.xtrim(stream(), 'MAXLEN', 0);
    await next.log.acknowledge([seqs[3] ?? 0]);
    await appendAll(log, ['e']);
    expect(names(await next.log.read(seqs[3] ?? 0, 10))).toEqual(['e']);
    expect(next.incidents).toHaveLength(3);
  });

  it('when all that was waiting is trimmed away, that is told too', async () => {
    const [a = 0, b = 0] = await appendAll(log, ['a', 'b']);
    await log.read(0, 1);
    await log.acknowledge([a]);
    await redis.client.xtrim(stream(), 'MAXLEN', 0);
    for (const _ of [1, 2]) expect(await log.read(a, 10)).toEqual([]);
    expect(incidents).toMatchObject([{ kind: 'commands lost', afterSeq: a, uptoSeq: b }]);
    expect(await log.lag()).toBe(0);
    await appendAll(log, ['c']);
    expect(names(await log.read(a, 10))).toEqual(['c']);
    expect(incidents).toHaveLength(1);
  });

  it('entries that are no commands do not hold up the others, and are parked after three deliveries', async () => {
    const poison = ['{"id":"top secret', '\0', '[]', '{"id":1}', '{"id":"x","body":{},"actor":{},"correlationId":"y"}'];
    await appendAll(log, ['a']);
    for (const text of poison) await redis.client.xadd(stream(), '*', 'command', text, 'at', '1', 'prev', '0-0');
    await redis.client.xadd(stream(), '*', 'other', 'fields');
    const [b = 0] = await appendAll(log, ['b']);

    const parkedInto = `{${prefix}}:commands:parked`;
    const [first, second] = await log.read(0, 2);
    expect(names([first, second].flatMap((command) => command ?? []))).toEqual(['a', 'b']);
    expect(await redis.client.xlen(parkedInto)).toBe(0);
    await log.acknowledge([first?.seq ?? 0, b]);
    for (const _ of [1, 2, 3]) expect(await log.read(b, 10)).toEqual([]);

    expect(await redis.client.xlen(parkedInto)).toBe(6);
    expect(incidents.filter(({ kind }) => kind === 'entry parked')).toHaveLength(6);
    expect(JSON.stringify(incidents)).not.toContain('secret');
    expect(await log.lag()).toBe(0);
  });

  it('a full memory refuses new commands, and those stored can still be carried out', async () => {
    await log.read(0, 10);
    const [a = 0] = await appendAll(log, ['a']);
    await redis.client.config('SET', 'maxmemory', '1mb');
    await expect(log.append(newCommand())).rejects.toThrow(/OOM/);
    await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
    await expect(log.probe()).rejects.toBeInstanceOf(CommandLogUnavailableError);
    expect(names(await log.read(0, 10))).toEqual(['a']);
    await log.acknowledge([a]);
    await redis.client.config('SET', 'maxmemory', '0');
    await appendAll(log, ['b']);
    expect(names(await log.read(a, 10))).toEqual(['b']);
  });

  it('a Redis that became a replica refuses, and works again as a primary', async () => {
    await appendAll(log, ['a']);
    await redis.client.call('REPLICAOF', '127.0.0.1', '1');
    await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
    await redis.client.call('REPLICAOF', 'NO', 'ONE');
    await until(() => log.append(newCommand({ payload: 'b' })), { what: 'the log to work again' });
    expect(names(await log.read(0, 10))).toEqual(['a', 'b']);
  });

  it('a user who may neither publish nor read settings is served all the same', async () => {
    await redis.client.call('ACL', 'SETUSER', 'app', 'on', '>word', '~*', 'resetchannels', '+@all', '-config');
    const limited = open('second', redis.url.replace('//', '//app:word@')).log;
    await appendAll(limited, ['a']);
    expect(names(await log.read(0, 10))).toEqual(['a']);
    expect((await limited.checkPersistence()).durability).toBe('unknown');
    expect((await log.checkPersistence()).durability).toBe('always');
  });

  it('housekeeping removes instances that are gone, and what they left to do is kept', async () => {
    const seqs = await appendAll(log, ['a', 'b']);
    await log.read(0, 1);
    await redis.client.xgroup('CREATECONSUMER', stream(), 'signalman', 'gone');
    // As if nobody had been heard of for two days.
    await redis.client.xclaim(stream(), 'signalman', 'first', 0, `${seqs[0]}-0`, 'IDLE', 2 * 86_400_000);
    await log.prune(Date.now());
    expect(names(await open('second').log.read(0, 10))).toEqual(['a', 'b']);
  });
});
