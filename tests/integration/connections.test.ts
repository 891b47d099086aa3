import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connections, openConnections } from '../../src/cli/start/connections.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/until.ts';

describe('the connections of an instance', () => {
  let database: TestDatabase;
  let connections: Connections;
  beforeEach(async () => {
    database = await createTestDatabase();
    connections = openConnections({
      database: {
        url: database.url,
        readonlyUrl: null,
        dataDir: '',
        poolLeader: { write: 10, read: 20 },
        poolFollower: { write: 5, read: 10 },
      },
      url: database.url,
      instance: 'it',
      logger,
    });
  });
  afterEach(async () => {
    await connections.close();
    await database.drop();
  });

  /** Asks slow questions; resolves when as many connections are open as there may be, with how to wait for the answers. */
  async function hold(pool: pg.Pool, wanted: number, most: number): Promise<() => Promise<unknown>> {
    const queries = Array.from({ length: wanted }, () => pool.query('SELECT pg_sleep(0.7)'));
    await until(async () => (await open('it reader')) >= most, { what: `${most} connections` });
    return () => Promise.all(queries);
  }
  async function open(like: string): Promise<number> {
    const { rows } = await database.pool.query<{ count: number }>(
      'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
      [`signalman ${like}`],
    );
    return rows[0]?.count ?? 0;
  }

  it('are 5+10 for a follower and 10+20 for a leader, and a change of role drops nothing under way', async () => {
    const asFollower = await hold(connections.reader, 30, 10);
    expect(await open('it reader')).toBe(10);
    const leading = connections.promote();
    const asLeader = await hold(connections.reader, 30, 20);
    expect(await open('it reader')).toBe(20);
    const writes = [
      ...Array.from({ length: 20 }, () => connections.log.query('SELECT pg_sleep(0.5)')),
      ...Array.from({ length: 20 }, () => leading.writer.query('SELECT pg_sleep(0.5)')),
    ];
    await until(async () => (await open('it log')) + (await open('it writer')) === 10, { what: '10 connections that may write' });
    await Promise.all(writes);
    await leading.close();
    for (const answers of [await asFollower(), await asLeader()]) expect(answers).toHaveLength(30);
    await until(async () => (await open('it writer')) === 0, { what: 'the writers to be gone' });
    expect(connections.reader.options.max).toBe(10);
  });

  it('of readers change nothing, those of writers do', async () => {
    const write = "INSERT INTO outbox (id, audience, severity, text, at) VALUES (gen_random_uuid(), 'dev', 'info', 'x', now())";
    await expect(connections.reader.query(write)).rejects.toMatchObject({ code: '25006' });
    const leading = connections.promote();
    expect((await leading.writer.query(write)).rowCount).toBe(1);
    await leading.close();
  });

  it('that hang do not keep a demotion waiting', async () => {
    const leading = connections.promote();
    const hanging = leading.writer.query('SELECT pg_sleep(4)').then(
      () => 'answered',
      () => 'cut',
    );
    await until(async () => (await open('it writer')) === 1, { what: 'the query to be under way' });
    const startedAt = performance.now();
    await leading.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await hanging).toBe('cut');
  });
});
