import { readdirSync } from 'node:fs';
import pg from 'pg';
import type { Config } from '../../config/config.ts';
import { migrationsDirectory } from '../../ops/migrate.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

/** A lease is renewed by the database's clock, order times by ours: this far apart nobody is misled, milliseconds. */
const CLOCK_SKEW_MS_MAX = 2_000;

/** Whether the database answers, has this version's schema, and tells our time. An embedded one is asked by the instance it belongs to. */
export async function checkDatabase({ database }: Config): Promise<Finding[]> {
  if (database.url === null) return [fine('database', 'embedded; it runs with the instance')];
  const client = new pg.Client({ connectionString: database.url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => undefined); // The query in flight reports it.
  try {
    await client.connect();
    return [await checkSchema(client), await checkClock(client)];
  } catch (error) {
    return [fail('database', `does not answer: ${reason(error)}`, 'Check DATABASE_URL, and that this machine may connect.')];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A driver's message may quote the address; never the password. */
function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'unknown error';
}

async function checkSchema(client: pg.Client): Promise<Finding> {
  const { rows: tables } = await client.query<{ found: string | null }>("SELECT to_regclass('_prisma_migrations')::text AS found");
  const applied = tables[0]?.found ? await appliedMigrations(client) : [];
  const ours = readdirSync(migrationsDirectory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const missing = ours.filter((name) => !applied.includes(name));
  if (missing.length === 0) return fine('database', `reachable, schema up to date (${applied.length} migrations)`);
  return warn(
    'database',
    `reachable, ${missing.length} migrations not applied`,
    'The next start applies them, or run "signalman migrate".',
  );
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return rows.map(({ migration_name }) => migration_name);
}

async function checkClock(client: pg.Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ now: string }>('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now');
  const ours = (before + Date.now()) / 2;
  const skewMs = Math.round(ours - Number(rows[0]?.now ?? ours));
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX) return fine('clock', `${skewMs} ms from the database's`);
  return warn('clock', `${skewMs} ms from the database's`, 'Synchronise both machines (NTP); exchanges refuse requests off by seconds.');
}
