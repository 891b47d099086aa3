import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLogResetError, CommandLogUnavailableError } from '../../src/commandlog/commandLog.ts';
import type { RedisCommandLog } from '../../src/commandlog/redisCommandLog.ts';
import { newCommand } from '../contract/commandLogContract.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { appendAll, names, newPrefix, openLog, type TestLog } from './redisLog.ts';
import { type RedisProxy, startRedisProxy } from './redisProxy.ts';

const never = new AbortController().signal;

describe.skipIf(!(await haveRedisServer()))('Redis command log, when', () => {
  let redis: TestRedis;
  const ending: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });

  async function startServer(): Promise<void> {
    redis = await startRedis();
    ending.push(() => redis.stop());
  }

  function open(url = redis.url, prefix = newPrefix()): TestLog {
    const opened = openLog(url, { prefix });
    ending.push(() => opened.log.close());
    return opened;
  }

  const worksAgain = (log: RedisCommandLog) => until(() => log.append(newCommand()), { what: 'the log to work again', timeoutMs: 10_000 });

  describe('its server', () => {
    beforeEach(startServer);

    it('is killed in the middle of a burst, everything confirmed is there after its restart', async () => {
      const { log, incidents } = open();
      const confirmed: string[] = [];
      const burst = Array.from({ length: 600 }, async (_, n) => {
        await new Promise((later) => setTimeout(later, n));
        const command = newCommand();
        const appended = await log.append(command);
        if (appended.kind === 'stored') confirmed.push(command.id);
      });
      const done = Promise.allSettled(burst);
      await until(() => confirmed.length >= 50, { what: 'the burst to be under way' });
      await redis.signal('SIGKILL');
      for (const result of await done) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(CommandLogUnavailableError);
      }
      expect(confirmed.length).toBeLessThan(600);

      await redis.restart();
      await worksAgain(log);
      const kept = new Set((await log.read(0, 1_000)).map(({ id }) => id));
      expect(confirmed.filter((id) => !kept.has(id))).toEqual([]);
      expect(incidents).toEqual([]);
    });

    it('is paused for five seconds, every append is refused within three, and what was in doubt is stored once', async () => {
      const { log } = open();
      await log.append(newCommand());
      const inDoubt = newCommand({ key: 'k', payload: 'in doubt' });
      await redis.signal('SIGSTOP');
      const pausedAt = performance.now();
      await expect(log.append(inDoubt)).rejects.toBeInstanceOf(CommandLogUnavailableError);
      expect(performance.now() - pausedAt).toBeLessThan(3_000);
      while (performance.now() - pausedAt < 5_000) {
        const startedAt = performance.now();
        const attempts = await Promise.allSettled([
          log.append(newCommand()),
          log.append(newCommand()),
          log.read(0, 1),
          log.lag(),
          log.probe(),
        ]);
        expect(performance.now() - startedAt).toBeLessThan(3_000);
        for (const attempt of attempts) expect(attempt).toMatchObject({ reason: expect.any(CommandLogUnavailableError) });
      }
      await redis.signal('SIGCONT');
      await worksAgain(log);
      await log.append({ ...newCommand({ key: 'k', payload: 'in doubt' }) });
      expect(names(await log.read(0, 100)).filter((name) => name === 'in doubt')).toHaveLength(1);
      expect(await log.lag()).toBe(3);
    });

    it('and its connection are fine, a burst of appends, reads and marks carries everything out once', async () => {
      const { log, incidents } = open();
      const seen: string[] = [];
      const appending = appendAll(
        log,
        Array.from({ length: 900 }, (_, n) => `n${n}`),
      );
      let afterSeq = 0;
      while (seen.length < 900) {
        const commands = await log.read(afterSeq, 50);
        afterSeq = commands.at(-1)?.seq ?? afterSeq;
        seen.push(...names(commands));
        void log.acknowledge(commands.map(({ seq }) => seq));
        if (commands.length === 0) await log.waitForMore(100, never);
      }
      await appending;
      await until(async () => (await log.lag()) === 0, { what: 'all to be marked' });
      expect(new Set(seen).size).toBe(900);
      expect(incidents).toEqual([]);
    });
  });

  describe('the network', () => {
    let proxy: RedisProxy;
    beforeEach(async () => {
      await startServer();
      proxy = await startRedisProxy(redis.port);
      ending.push(() => proxy.close());
    });

    it('loses the answer to an append, its repeat is recognized by id and by key', async () => {
      const { log } = open(proxy.url);
      await log.append(newCommand());
      const command = newCommand({ key: 'k', payload: 'once' });
      proxy.setMode('mute');
      const startedAt = performance.now();
      await expect(log.append(command)).rejects.toBeInstanceOf(CommandLogUnavailableError);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      proxy.setMode('pass');
      await worksAgain(log);
      expect(await log.append(command)).toEqual({ kind: 'duplicate', id: command.id });
      expect(await log.append(newCommand({ key: 'k', payload: 'once' }))).toEqual({ kind: 'duplicate', id: command.id });
      expect(names(await log.read(0, 10)).filter((name) => name === 'once')).toHaveLength(1);
    });

    it('breaks while an append is under way, nothing is sent a second time', async () => {
      const { log } = open(proxy.url);
      await log.append(newCommand());
      proxy.setMode('mute');
      const command = newCommand({ payload: 'once' });
      const outcome = expect(log.append(command)).rejects.toBeInstanceOf(CommandLogUnavailableError);
      await until(async () => (await redis.client.dbsize()) >= 3, { what: 'the append to be carried out' });
      proxy.setMode('pass');
      proxy.cut();
      await outcome;
      await worksAgain(log);
      expect(names(await log.read(0, 10)).filter((name) => name === 'once')).toHaveLength(1);
    });

    it('swallows everything, appends are refused in time, then at once, and work again when it heals', async () => {
      const { log } = open(proxy.url);
      await log.append(newCommand());
      proxy.setMode('hold');
      await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
      const startedAt = performance.now();
      await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      proxy.setMode('pass');
      await worksAgain(log);
      expect(await log.lag()).toBe(2);
    });

    it('swallows everything, closing does not wait for it', async () => {
      const { log } = open(proxy.url);
      await log.append(newCommand());
      void log.waitForMore(10, never);
      proxy.setMode('hold');
      const attempt = expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
      const startedAt = performance.now();
      await log.close();
      await attempt;
      expect(performance.now() - startedAt).toBeLessThan(2_500);
    });
  });

  describe('row 18: Redis is set back to an older state', () => {
    const copyOf = () => join(redis.dir, 'copy');
    const aof = () => join(redis.dir, 'appendonlydir');

    beforeEach(startServer);

    /** Its files as a machine that loses power now, or a replica that hears no more from now on, would have them. */
    function copyFiles(): void {
      cpSync(aof(), copyOf(), { recursive: true });
    }
    async function setBack(): Promise<void> {
      await redis.signal('SIGKILL');
      rmSync(aof(), { recursive: true });
      cpSync(copyOf(), aof(), { recursive: true });
      await redis.restart();
    }

    it('the loss is told, and commands that come after it are not hidden by those that were lost', async () => {
      const { log, incidents } = open();
      const [a = 0] = await appendAll(log, ['a']);
      await log.read(0, 10);
      copyFiles();
      const [, c = 0] = await appendAll(log, ['b', 'c']);
      expect(names(await log.read(a, 10))).toEqual(['b', 'c']);
      await setBack();

      const [d = 0] = await until(() => appendAll(log, ['d']), { what: 'the log to work again' });
      expect(d).toBeGreaterThan(c);
      expect(names(await log.read(c, 10))).toEqual(['d']);
      expect(incidents).toMatchObject([{ kind: 'commands lost', afterSeq: a, uptoSeq: c }]);
    });

    it('what was marked stays marked, and the rest is given to the reader only when it starts anew', async () => {
      const { log } = open();
      const seqs = await appendAll(log, ['a', 'b', 'c']);
      copyFiles();
      await log.read(0, 10);
      await log.acknowledge([seqs[0] ?? 0]);
      await setBack();

      const cursor = seqs[2] ?? 0;
      await until(() => log.probe().then(() => true), { what: 'the log to work again' });
      await expect(log.read(cursor, 10)).rejects.toBeInstanceOf(CommandLogResetError);
      await expect(log.read(cursor, 10)).rejects.toBeInstanceOf(CommandLogResetError);
      expect(names(await log.read(0, 10))).toEqual(['b', 'c']);
    });
  });
});
