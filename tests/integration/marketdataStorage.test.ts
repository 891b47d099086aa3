import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addBars } from '../../src/domain/market/timeframe.ts';
import { selectBuckets, selectStored } from '../../src/marketdata/postgresCandleReader.ts';
import { createPostgresCandleStore } from '../../src/marketdata/postgresCandleStore.ts';
import { candle, EPOCH, MINUTES, minutes } from '../contract/marketdataContract.ts';
import { openPostgresCandles, type PostgresCandlesUnderTest } from '../contract/marketdataPostgres.ts';

const migration = fileURLToPath(new URL('../../prisma/migrations/20261120000002_candles/migration.sql', import.meta.url));
const JANUARY = Date.parse('2024-01-01T00:00:00Z');

describe('where candles are stored', () => {
  let candles: PostgresCandlesUnderTest;
  let id = 0;
  beforeEach(async () => {
    candles = await openPostgresCandles();
    id = (await candles.store.claim(EPOCH, [MINUTES], JANUARY))[0]?.id ?? 0;
  });
  afterEach(() => candles.close());

  const partitions = async (): Promise<string[]> =>
    (
      await candles.database.pool.query<{ name: string }>(
        "SELECT relid::regclass::text AS name FROM pg_partition_tree('candles') WHERE isleaf ORDER BY 1",
      )
    ).rows.map(({ name }) => name);

  const plan = async ({ text, values }: { text: string; values: readonly unknown[] }, prepared = false): Promise<string> => {
    const client = await candles.database.pool.connect();
    try {
      if (prepared) await client.query('SET plan_cache_mode = force_generic_plan');
      const { rows } = await client.query<Record<'QUERY PLAN', string>>(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${text}`, [
        ...values,
      ]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      client.release(true);
    }
  };

  it('a question about two days reads their month and no other of three years', async () => {
    const months = Array.from({ length: 36 }, (_, index) => candle(addBars('1M', JANUARY, index), 101));
    await candles.store.update(EPOCH, { seriesId: id, at: JANUARY, candles: months });
    expect((await partitions()).length).toBe(36);
    const range = { from: Date.parse('2025-03-10T00:00:00Z'), to: Date.parse('2025-03-12T00:00:00Z') };
    const question = { seriesId: id, wanted: '1h', range, limit: 100, keep: 'last' } as const;
    for (const statement of [selectStored(question), selectBuckets(question)]) {
      for (const prepared of [false, true]) {
        const shown = await plan(statement, prepared);
        const read = [...new Set([...shown.matchAll(/on (candles_\d{4}_\d\d)/g)].map(([, name]) => name))];
        expect(read, shown).toEqual(['candles_2025_03']);
      }
    }
  });

  it('a page of a thousand candles is written to its month by the key, not by reading the month', async () => {
    await candles.store.update(EPOCH, { seriesId: id, at: JANUARY, candles: minutes(JANUARY, 1000) });
    const range = { from: JANUARY + 60_000, to: JANUARY + 120_000 };
    await candles.database.pool.query('ANALYZE candles');
    const shown = await plan(selectStored({ seriesId: id, range, limit: 10, keep: 'first' }));
    expect(shown).toMatch(/Index Scan.* on candles_2024_01/);
  });

  it('months begin at midnight UTC, also for a session that lives where clocks are moved', async () => {
    const url = new URL(candles.database.url);
    url.searchParams.set('options', '-c TimeZone=America/New_York');
    const pool = new pg.Pool({ connectionString: url.href, max: 1, pipeline: true });
    const store = createPostgresCandleStore({ pool, holder: 'first' });
    const borders = ['2026-03-01', '2026-04-01', '2026-11-01', '2026-12-01'].map((day) => Date.parse(`${day}T00:00:00Z`));
    for (const at of borders) await store.update(EPOCH, { seriesId: id, at, candles: minutes(at - 60_000, 2) });
    await pool.end();
    const { rows } = await candles.database.pool.query<{ name: string; at: Date }>(
      'SELECT tableoid::regclass::text AS name, open_time AS at FROM candles ORDER BY open_time',
    );
    expect(rows.map(({ name }) => name)).toEqual(rows.map(({ at }) => `candles_${at.toISOString().slice(0, 7).replace('-', '_')}`));
    expect(await partitions()).toEqual(['02', '03', '04', '10', '11', '12'].map((month) => `candles_2026_${month}`));
  });

  it('readers are not locked out while a month is made ready', async () => {
    await candles.store.update(EPOCH, { seriesId: id, at: JANUARY, candles: [candle(JANUARY, 101)] });
    const reader = await candles.database.pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM candles');
    const next = addBars('1M', JANUARY, 1);
    expect(await candles.store.update(EPOCH, { seriesId: id, at: next, candles: [candle(next, 102)] })).toMatchObject({ stored: 1 });
    await reader.query('COMMIT');
    reader.release();
  });

  it('is a hypertable where TimescaleDB is installed, and then needs no partitions of ours', async () => {
    const client = await candles.database.pool.connect();
    try {
      await client.query('CREATE SCHEMA hyper; SET search_path = hyper; SET allow_system_table_mods = on');
      // A stand-in: what the extension's own row and function look like from outside.
      await client.query(`INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        SELECT 99999, 'timescaledb', 10, 'hyper'::regnamespace, false, '2.17.2'`);
      await client.query(`CREATE TABLE made (relation regclass, time_column name, chunk interval);
        CREATE FUNCTION create_hypertable(relation regclass, time_column_name name, chunk_time_interval interval, create_default_indexes boolean)
        RETURNS void LANGUAGE sql AS 'INSERT INTO hyper.made VALUES (relation, time_column_name, chunk_time_interval)'`);
      await client.query(readFileSync(migration, 'utf8'));
      const { rows } = await client.query('SELECT relation::text, time_column, chunk::text FROM made');
      expect(rows).toEqual([{ relation: 'candles', time_column: 'open_time', chunk: '1 mon' }]);
      await client.query("SELECT ensure_candle_partitions('2024-01-01', '2025-01-01')");
      const tables = await client.query(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'hyper'::regnamespace AND relname LIKE 'candles%' AND relkind <> 'i'",
      );
      expect(tables.rows).toEqual([{ relname: 'candles', relkind: 'r' }]);
    } finally {
      client.release(true);
    }
  });
});
