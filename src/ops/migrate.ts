import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { sha256Hex } from '../lib/hash.ts';
import type { Logger } from './logger.ts';

/** The database cannot be brought to this build's schema; the message says what a person has to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** `prisma/migrations` of this package, from `src/` and from `dist/` alike. */
export const migrationsDirectory = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** The advisory lock `prisma migrate` takes itself (schema-engine, sql-schema-connector/src/flavour/postgres): the two exclude each other. */
const PRISMA_LOCK = 72707369;
const LOCK_TIMEOUT_MS = 60_000;

/** Prisma's own table, column by column (schema-engine, sql-schema-connector/src/sql_migration_persistence.rs). */
const HISTORY_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Recorded {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Brings the database to this build's schema, as `prisma migrate deploy` would, without its engine; `prisma migrate` reads the
 * history as its own. Instances starting together take turns, `lockTimeoutMs` at most. Every migration is one transaction with
 * its row of history, so a killed process leaves nothing half done; a migration must therefore not commit by itself.
 *
 * A database that a newer version has already moved on is left as it is: during a rolling upgrade old and new run side by
 * side, and migrations keep the previous version working. Returns the names applied. Throws `MigrationError`.
 */
export async function deployMigrations(options: {
  url: string;
  logger: Logger;
  directory?: string;
  lockTimeoutMs?: number;
}): Promise<string[]> {
  const { url, logger, directory = migrationsDirectory, lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  const migrations = readMigrations(directory);
  const db = new pg.Client({ connectionString: url, application_name: 'signalman-migrate', connectionTimeoutMillis: 10_000 });
  db.on('error', (error) => logger.warn({ err: error }, 'connection lost while migrating'));
  await db.connect();
  try {
    await lock(db, lockTimeoutMs);
    await ensureHistory(db);
    const pending = pendingMigrations(migrations, await history(db), logger);
    for (const migration of pending) await apply(db, migration);
    return pending.map(({ name }) => name);
  } finally {
    await db.end(); // Ends the session, which frees the lock.
  }
}

function readMigrations(directory: string): Migration[] {
  if (!existsSync(directory)) throw new MigrationError(`There are no migrations in ${directory}; the installation is incomplete.`);
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: sha256Hex(sql) };
    });
}

async function lock(db: pg.Client, timeoutMs: number): Promise<void> {
  await db.query(`SET lock_timeout = ${timeoutMs}`);
  try {
    await db.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '55P03') throw error;
    throw new MigrationError(
      `Another process has been migrating the database for more than ${timeoutMs / 1000} s. Wait for it, or end its session ` +
        `(pg_locks, advisory lock ${PRISMA_LOCK}), and start again.`,
      { cause: error },
    );
  }
}

/** Asks first, so that an instance whose role may not create anything starts on a database that is up to date. */
async function ensureHistory(db: pg.Client): Promise<void> {
  const { rows } = await db.query<{ exists: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists");
  if (!rows[0]?.exists) await db.query(HISTORY_TABLE);
}

async function history(db: pg.Client): Promise<Recorded[]> {
  const { rows } = await db.query<Recorded>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  return rows;
}

function pendingMigrations(migrations: readonly Migration[], recorded: readonly Recorded[], logger: Logger): Migration[] {
  const failed = recorded.find((row) => row.finished_at === null);
  if (failed) {
    throw new MigrationError(
      `Migration ${failed.migration_name} failed earlier and may be half done. Repair the database, then run ` +
        `"npx prisma migrate resolve --applied ${failed.migration_name}" or "--rolled-back ${failed.migration_name}".`,
    );
  }
  const checksums = new Map(recorded.map((row) => [row.migration_name, row.checksum]));
  const pending = migrations.filter(({ name }) => !checksums.has(name));
  const ours = new Set(migrations.map(({ name }) => name));
  const newer = [...checksums.keys()].filter((name) => !ours.has(name));
  if (newer.length > 0 && pending.length > 0) {
    throw new MigrationError(
      `The database and this build have parted ways: it has ${newer.join(', ')}, this build would add ` +
        `${pending.map(({ name }) => name).join(', ')}. Start the newest version.`,
    );
  }
  if (newer.length > 0) logger.warn({ newer }, 'the database was migrated by a newer version; going on without changes');
  const edited = migrations.filter(({ name, checksum }) => checksums.has(name) && checksums.get(name) !== checksum);
  if (edited.length > 0) logger.warn({ edited: edited.map(({ name }) => name) }, 'migrations were edited after they were applied');
  return pending;
}

async function apply(db: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await db.query('BEGIN');
    await db.query(sql); // Without parameters the whole text goes as one, so functions with semicolons inside are fine.
    await db.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, transaction_timestamp(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await db.query('COMMIT');
  } catch (error) {
    throw new MigrationError(`Migration ${name} failed and was rolled back: ${(error as Error).message}`, { cause: error });
  }
}
