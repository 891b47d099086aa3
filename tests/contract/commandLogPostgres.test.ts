import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLogUnavailableError } from '../../src/commandlog/commandLog.ts';
import { createPostgresCommandLog, type PostgresCommandLog } from '../../src/commandlog/postgresCommandLog.ts';
import { createPools, type Pools } from '../../src/ledger/pools.ts';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { deployMigrations } from '../../src/ops/migrate.ts';
import { serverProcesses } from '../../src/ops/postmaster.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/until.ts';
import { newCommand } from './commandLogContract.ts';

const DAY_MS = 24 * 3600 * 1000;

function open(url: string, maxQueue = 1_000): { log: PostgresCommandLog; pools: Pools } {
  const pools = createPools({ url, readonlyUrl: null, sizes: { write: 4, read: 1 }, instance: 'test', logger: silentLogger });
  return { pools, log: createPostgresCommandLog({ pool: pools.writer, maxQueue, logger: silentLogger, metrics: createMetrics('test') }) };
}

describe('Postgres command log', () => {
  let database: TestDatabase;
  let pools: Pools;
  let log: PostgresCommandLog;
  let blocker: pg.Client;

  beforeEach(async () => {
    database = await createTestDatabase();
    ({ log, pools } = open(database.url, 10));
    blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
  });
  afterEach(async () => {
    await blocker.end();
    await log.close();
    await pools.close();
    await database.drop();
  });

  const rows = async (sql: string) => (await database.pool.query(sql)).rows;
  /** As if another instance were in the middle of an append that does not end. */
  const blockAppends = () => blocker.query('SELECT pg_advisory_lock(1397311310, 1)');
  const unblockAppends = () => blocker.query('SELECT pg_advisory_unlock_all()');
  const blockedAppends = () => rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'");

  it('appends that wait for each other share one transaction', async () => {
    await Promise.all(Array.from({ length: 10 }, () => log.append(newCommand())));
    expect(await rows('SELECT count(*)::int AS commands, count(DISTINCT xmin::text)::int AS transactions FROM command_log')).toEqual([
      { commands: 10, transactions: 1 },
    ]);
  });

  it('a batch is stored as a whole or not at all', async () => {
    await blockAppends();
    const appends = Promise.allSettled(Array.from({ length: 10 }, () => log.append(newCommand())));
    const [waiting] = await until(async () => ((await blockedAppends()).length > 0 ? blockedAppends() : null), { what: 'the batch' });
    await database.pool.query('SELECT pg_terminate_backend($1)', [waiting.pid]);
    for (const result of await appends) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(CommandLogUnavailableError) });
    }
    await unblockAppends();
    expect(await log.lag()).toBe(0);
    expect(await log.append(newCommand())).toMatchObject({ kind: 'stored' });
  });

  it('a command that Postgres can never store fails alone', async () => {
    const commands = [newCommand(), newCommand({ id: 'not-a-uuid' }), newCommand({ key: 'a\0b' }), newCommand()];
    const results = await Promise.allSettled(commands.map((command) => log.append(command)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(results[1]).not.toMatchObject({ reason: expect.any(CommandLogUnavailableError) });
    expect((await log.read(0, 10)).map(({ id }) => id)).toEqual([commands[0]?.id, commands[3]?.id]);
  });

  it('while appends are stuck a full queue refuses at once, the others within three seconds, and afterwards all is well', async () => {
    await blockAppends();
    const first = log.append(newCommand());
    await until(async () => (await blockedAppends()).length > 0, { what: 'the first append to be stuck' });
    const startedAt = performance.now();
    const queued = Array.from({ length: 10 }, () => log.append(newCommand()));
    const settled = Promise.allSettled([first, ...queued]);
    await expect(log.append(newCommand())).rejects.toThrow(/10 commands are waiting already/);
    expect(performance.now() - startedAt).toBeLessThan(200);
    for (const result of await settled) expect(result).toMatchObject({ reason: expect.any(CommandLogUnavailableError) });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await unblockAppends();
    await until(() => log.append(newCommand()), { what: 'the log to work again' });
  });

  it('housekeeping removes what was carried out long ago and keys that expired, and never what is open', async () => {
    const now = Date.now();
    const appended = await Promise.all(['old', 'recent', 'open'].map((key) => log.append(newCommand({ key }))));
    const [old, recent] = appended.map((result) => (result.kind === 'stored' ? result.seq : 0));
    await log.acknowledge([old ?? 0, recent ?? 0]);
    await database.pool.query("UPDATE command_log SET received_at = now() - interval '1 year'");
    await database.pool.query("UPDATE command_log SET acknowledged_at = now() - interval '31 days' WHERE seq = $1", [old]);
    expect(await log.prune(now)).toBe(1);
    expect(await rows('SELECT count(*)::int AS n FROM command_log')).toEqual([{ n: 2 }]);
    expect(await log.prune(now + DAY_MS)).toBe(3);
    expect(await rows('SELECT count(*)::int AS n FROM command_dedupe')).toEqual([{ n: 0 }]);
    expect(await log.lag()).toBe(1);
  });
});

describe('Postgres command log, when its server', () => {
  let parent: string;
  let dir: string;
  let url: string;
  let pools: Pools;
  let log: PostgresCommandLog;

  beforeEach(async () => {
    parent = mkdtempSync(join(tmpdir(), 'signalman-log-'));
    chmodSync(parent, 0o755);
    dir = join(parent, 'postgres');
    ({ url } = await ensureEmbeddedPostgres({ dir }));
    await deployMigrations({ url, logger: silentLogger });
    ({ log, pools } = open(url));
    await log.append(newCommand());
  });
  afterEach(async () => {
    signalServer('SIGCONT');
    await log.close();
    await pools.close();
    await stopEmbeddedPostgres(dir);
    rmSync(parent, { recursive: true, force: true });
  });

  function signalServer(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    for (const pid of serverProcesses(join(dir, 'data'))) process.kill(pid, signal);
  }

  it('is paused, refuses within three seconds and goes on when the server does', async () => {
    signalServer('SIGSTOP');
    const startedAt = performance.now();
    const attempts = await Promise.allSettled([log.append(newCommand()), log.append(newCommand())]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    for (const attempt of attempts) expect(attempt).toMatchObject({ reason: expect.any(CommandLogUnavailableError) });
    await expect(log.read(0, 1)).rejects.toBeInstanceOf(CommandLogUnavailableError);
    signalServer('SIGCONT');
    await until(() => log.append(newCommand()), { what: 'the log to work again', timeoutMs: 10_000 });
  });

  it('is killed in the middle of a burst, has kept everything it confirmed, and goes on after its restart', async () => {
    const confirmed: string[] = [];
    const burst = Array.from({ length: 400 }, async (_, n) => {
      await new Promise((later) => setTimeout(later, n));
      const command = newCommand();
      const appended = await log.append(command);
      if (appended.kind === 'stored') confirmed.push(command.id);
    });
    const done = Promise.allSettled(burst);
    await until(() => confirmed.length >= 50, { what: 'the burst to be under way' });
    signalServer('SIGKILL');
    await done;
    expect(confirmed.length).toBeLessThan(400);

    expect(await ensureEmbeddedPostgres({ dir })).toMatchObject({ url, started: true });
    await until(() => log.append(newCommand()), { what: 'the log to work again', timeoutMs: 10_000 });
    const kept = new Set((await log.read(0, 1_000)).map(({ id }) => id));
    expect(confirmed.filter((id) => !kept.has(id))).toEqual([]);
  });
});
