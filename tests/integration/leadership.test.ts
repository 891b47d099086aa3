import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announceInstance } from '../../src/leader/instances.ts';
import { runLeadership } from '../../src/leader/leadership.ts';
import type { Leadership } from '../../src/leader/lease.ts';
import { createPostgresLease } from '../../src/leader/postgresLease.ts';
import { createPools } from '../../src/ledger/pools.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { administer } from '../helpers/postgresServer.ts';
import { until } from '../helpers/until.ts';

const TTL_MS = 1_000;

interface Instance {
  readonly terms: readonly Leadership[];
  leads(): boolean;
  /** As at SIGTERM; once is enough. */
  stop(): Promise<void>;
}

describe('leadership over Postgres', () => {
  let database: TestDatabase;
  const instances: Instance[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(instances.splice(0).map(({ stop }) => stop()));
    await database.drop();
  });

  function startInstance(name: string): Instance {
    const sizes = { write: 3, read: 1 };
    const pools = createPools({ url: database.url, readonlyUrl: null, sizes, instance: name, logger: silentLogger });
    const lease = createPostgresLease({ pool: pools.writer, holder: name, ttlMs: TTL_MS, logger: silentLogger });
    const shutdown = new AbortController();
    const terms: Leadership[] = [];
    const running = runLeadership({
      lease,
      role: 'auto',
      ttlMs: TTL_MS,
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(name),
      signal: shutdown.signal,
      lead: async (leadership) => {
        terms.push(leadership);
        await systemClock.sleep(3_600_000, leadership.signal);
      },
    });
    const stopOnce = async () => {
      shutdown.abort();
      await running;
      await lease.close();
      await pools.close();
    };
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= stopOnce();
      return stopped;
    };
    const instance = { terms, stop, leads: () => terms.at(-1)?.signal.aborted === false };
    instances.push(instance);
    return instance;
  }

  const leaderOf = (candidates: readonly Instance[]) =>
    until(() => candidates.find(({ leads }) => leads()), { what: 'a leader', timeoutMs: 10_000 });

  it('of three one leads; when it stops, the next leads in well under a second', async () => {
    const three = ['a', 'b', 'c'].map(startInstance);
    const first = await leaderOf(three);
    await delay(TTL_MS); // Not a wait for something: for a whole lease time nothing may change.
    expect(three.filter(({ leads }) => leads())).toEqual([first]);

    const startedAt = performance.now();
    await first.stop();
    const next = await leaderOf(three.filter((instance) => instance !== first));
    expect(performance.now() - startedAt).toBeLessThan(900);
    expect(next.terms.map(({ epoch }) => epoch)).toEqual([2]);
  });

  it('cut connections cost at most the term: soon one leads again', async () => {
    const [a, b] = [startInstance('a'), startInstance('b')];
    await leaderOf([a, b]);
    for (let n = 0; n < 3; n++) {
      await administer(database.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'signalman %'");
      await delay(50);
    }
    const leader = await leaderOf([a, b]);
    await until(() => leader.terms.at(-1)?.assertHeld() === undefined, { what: 'the lease to be held' });
  });

  it('without its database a leader is demoted before its lease runs out, and leads again when it is back', async () => {
    const a = startInstance('a');
    await leaderOf([a]);
    const name = new URL(database.url).pathname.slice(1);
    await administer(database.url, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await administer(database.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    const cutAt = performance.now();
    await until(() => !a.leads(), { what: 'the demotion' });
    expect(performance.now() - cutAt).toBeLessThan(TTL_MS);
    expect(() => a.terms[0]?.assertHeld()).toThrow(/epoch 1 is over/);
    await administer(database.url, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await leaderOf([a]);
    expect(a.terms.at(-1)?.epoch).toBeGreaterThan(1);
  });

  it('a lease taken by force ends the term', async () => {
    const a = startInstance('a');
    await leaderOf([a]);
    await database.pool.query("UPDATE leader_lease SET holder = 'intruder', epoch = epoch + 1, expires_at = now() + interval '1 hour'");
    await until(() => !a.leads(), { what: 'the demotion' });
    expect(a.terms).toHaveLength(1);
  });

  it.each<{ change: string; make: () => Promise<unknown> }>([
    {
      change: 'a change of leader',
      make: () => createPostgresLease({ pool: database.pool, holder: 'b', ttlMs: 10_000, logger: silentLogger }).acquire(),
    },
    { change: 'a change of the epoch by hand', make: () => database.pool.query('UPDATE leader_lease SET epoch = epoch + 1') },
    { change: 'a change of the holder by hand', make: () => database.pool.query("UPDATE leader_lease SET holder = 'nobody'") },
  ])('$change waits for a write of the old one that is under way, a renewal does not', async ({ make }) => {
    const lease = createPostgresLease({ pool: database.pool, holder: 'a', ttlMs: 1_000, logger: silentLogger });
    const epoch = (await lease.acquire())?.epoch ?? 0;
    const writer = await database.pool.connect();
    try {
      await writer.query('BEGIN');
      await writer.query('SELECT assert_leader($1, $2)', [epoch, 'a']);
      expect(await lease.renew(epoch)).not.toBeNull();
      await until(async () => (await lease.current()) === null, { what: 'the lease to run out' });
      let made = false;
      const making = make().then(() => {
        made = true;
      });
      const blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await until(async () => made || (await database.pool.query(blocked)).rowCount, { what: 'the change to wait' });
      expect(made).toBe(false);
      await writer.query('COMMIT');
      await making;
      await expect(writer.query('SELECT assert_leader($1, $2)', [epoch, 'a'])).rejects.toThrow(`epoch ${epoch} of a is over`);
    } finally {
      writer.release();
    }
  });
});

describe('instances', () => {
  it('are listed while they run, with their start, and forgotten when silent for an hour', async () => {
    const database = await createTestDatabase();
    const stop = new AbortController();
    try {
      await database.pool.query(
        "INSERT INTO instances VALUES ('gone', '0.0.1', now() - interval '2 hours', now() - interval '61 minutes'), ('other', '0.1.0', now(), now())",
      );
      const common = { pool: database.pool, version: '0.1.0', clock: systemClock, logger: silentLogger, signal: stop.signal };
      const announcing = announceInstance({ ...common, id: 'me' });
      const listed = async () => (await database.pool.query('SELECT id, version FROM instances ORDER BY id')).rows;
      const both = [
        { id: 'me', version: '0.1.0' },
        { id: 'other', version: '0.1.0' },
      ];
      await until(async () => JSON.stringify(await listed()) === JSON.stringify(both), { what: 'me to be listed and the silent one gone' });
      stop.abort();
      await announcing;
      expect(await listed()).toEqual([{ id: 'other', version: '0.1.0' }]);
    } finally {
      stop.abort();
      await database.drop();
    }
  });
});
