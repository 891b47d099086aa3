import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEALED_COLUMNS } from '../../src/ledger/sealedColumns.ts';
import { OPEN_ORDER_STATUSES, UNFINISHED_SIGNAL_STATUSES } from '../../src/ledger/statuses.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the database schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is built by the migrations exactly as the Prisma schema describes it', async () => {
    const environment = { ...process.env, DATABASE_URL: inject('postgres').url };
    const run = promisify(execFile)(process.execPath, ['scripts/migration.mjs', 'drift'], { cwd: root, env: environment });
    const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }));
    expect(stdout).toBe('The migrations build exactly what the schema describes.\n');
  });

  it('has no sealed column that the rotation of keys does not know', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE column_name LIKE 'sealed%' AND table_schema = 'public'",
    );
    const known = Object.values(SEALED_COLUMNS).map(({ table, column }) => `${table}.${column}`);
    expect(known.sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it.each([
    ['orders_open_idx', OPEN_ORDER_STATUSES],
    ['signal_parts_unfinished_idx', UNFINISHED_SIGNAL_STATUSES],
  ])('has in %s the statuses that the code means', async (index, statuses) => {
    const { rows } = await database.pool.query<{ indexdef: string }>('SELECT indexdef FROM pg_indexes WHERE indexname = $1', [index]);
    const named = [...(rows[0]?.indexdef.matchAll(/'(\w+)'/g) ?? [])].map(([, status]) => status);
    expect(named.sort()).toEqual([...statuses].sort());
  });
});
