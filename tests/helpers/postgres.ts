import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { administer, databaseUrl } from './postgresServer.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Closes the pool and removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * A database of its own with the current schema, cloned from the run's template (a few tens of milliseconds). `durable` makes
 * a commit survive a killed Postgres, as in production; otherwise tests run without waiting for the disk.
 */
export async function createTestDatabase({ durable = false, poolSize = 10 } = {}): Promise<TestDatabase> {
  const { url: serverUrl, template } = inject('postgres');
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  if (durable) await administer(serverUrl, `ALTER DATABASE ${name} SET synchronous_commit = on`);
  const url = databaseUrl(serverUrl, name);
  const pool = new pg.Pool({ connectionString: url, max: poolSize });
  pool.on('error', () => undefined); // Tests cut connections on purpose; queries report it.
  return {
    url,
    pool,
    drop: async () => {
      await pool.end();
      await administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
