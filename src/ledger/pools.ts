import pg from 'pg';
import type { Logger } from '../ops/logger.ts';

export interface PoolsOptions {
  readonly url: string;
  /** A connection string whose role may only read; null: the session alone is read-only. */
  readonly readonlyUrl: string | null;
  readonly sizes: { readonly write: number; readonly read: number };
  /** Shown in `pg_stat_activity`. */
  readonly instance: string;
  readonly logger: Logger;
}

export interface Pools {
  /** For leader, ledger and command log. Pipelined: statements of one connection go out without waiting for each other's answers. */
  readonly writer: pg.Pool;
  /** For everything people see: Postgres refuses whatever would change something. */
  readonly reader: pg.Pool;
  close(): Promise<void>;
}

const CONNECT_MS_MAX = 3_000;
const IDLE_MS_MAX = 30_000;

/**
 * No session waits or holds a lock for long. Milliseconds; all but the last are the server's own limits, the last is for a server
 * that no longer answers (on the writer it leaves the ledger time to load).
 */
const WRITER_LIMITS = { statement_timeout: 5_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 2_000, query_timeout: 35_000 };
const READER_LIMITS = { statement_timeout: 3_000, lock_timeout: 1_000, idle_in_transaction_session_timeout: 5_000, query_timeout: 5_000 };

/** Connections of one instance. They are opened when first needed; a lost one is replaced when next needed. */
export function createPools({ url, readonlyUrl, sizes, instance, logger }: PoolsOptions): Pools {
  const common = { connectionTimeoutMillis: CONNECT_MS_MAX, idleTimeoutMillis: IDLE_MS_MAX, keepAlive: true };
  const writer = new pg.Pool({
    ...common,
    ...WRITER_LIMITS,
    connectionString: url,
    max: sizes.write,
    application_name: `signalman ${instance} writer`,
    options: '-c synchronous_commit=on',
    pipeline: true,
  });
  const reader = new pg.Pool({
    ...common,
    ...READER_LIMITS,
    connectionString: readonlyUrl ?? url,
    max: sizes.read,
    application_name: `signalman ${instance} reader`,
    options: '-c default_transaction_read_only=on',
  });
  for (const [name, pool] of Object.entries({ writer, reader })) {
    // A connection may be lost in use or idle; without a listener each would end the process. Whoever uses it hears of it by itself.
    pool.on('connect', (client) => {
      client.on('error', (error) => logger.warn({ err: error, pool: name }, 'a database connection was lost'));
    });
    pool.on('error', () => undefined);
  }
  const close = async (): Promise<void> => {
    await Promise.all([writer.end(), reader.end()]);
  };
  return { writer, reader, close };
}
