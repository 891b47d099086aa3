import pg from 'pg';
import type { Logger } from '../ops/logger.ts';

/**
 * writer  the ledger's; only while leading. Pipelined: statements of one connection go out without waiting for each other's answers
 * log     the command log's, on every instance
 * lease   for the lease and the table of instances, on every instance
 * reader  for everything people see: Postgres refuses whatever would change something
 */
export type PoolKind = 'writer' | 'log' | 'lease' | 'reader';

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** Shown in `pg_stat_activity`, with the kind. */
  readonly instance: string;
  readonly logger: Logger;
}

/** Connections of one kind. They are opened when first needed; a lost one is replaced when next needed. */
export interface OpenPool {
  readonly pool: pg.Pool;
  /** How many connections there may be from now on. Above it, they are closed as they fall idle; nothing under way is cut. */
  resize(size: number): void;
  /** Resolves when nobody uses one any more; what is still under way after `CLOSE_MS_MAX` is cut. */
  close(): Promise<void>;
}

const CONNECT_MS_MAX = 3_000;
const IDLE_MS_MAX = 30_000;
const CLOSE_MS_MAX = 1_000;

/**
 * No session waits or holds a lock for long. Milliseconds; all but the last are the server's own limits, the last is for a server
 * that no longer answers (on the writer it leaves the ledger time to load).
 */
const WRITER_LIMITS = { statement_timeout: 5_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 2_000, query_timeout: 35_000 };
const READER_LIMITS = { statement_timeout: 3_000, lock_timeout: 1_000, idle_in_transaction_session_timeout: 5_000, query_timeout: 5_000 };

const KINDS = {
  writer: { ...WRITER_LIMITS, options: '-c synchronous_commit=on', pipeline: true },
  log: { ...WRITER_LIMITS, options: '-c synchronous_commit=on', pipeline: true },
  lease: { ...WRITER_LIMITS, options: '-c synchronous_commit=on' },
  reader: { ...READER_LIMITS, options: '-c default_transaction_read_only=on' },
} as const satisfies Record<PoolKind, pg.PoolConfig>;

export function openPool(kind: PoolKind, { url, size, instance, logger }: PoolOptions): OpenPool {
  const pool = new pg.Pool({
    ...KINDS[kind],
    connectionString: url,
    max: size,
    application_name: `signalman ${instance} ${kind}`,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    idleTimeoutMillis: IDLE_MS_MAX,
    keepAlive: true,
  });
  const clients = new Set<pg.PoolClient & Partial<Pick<pg.Client, 'connection'>>>();
  pool.on('connect', (client) => {
    clients.add(client);
    // A connection may be lost in use or idle; without a listener each would end the process. Whoever uses it hears of it by itself.
    client.on('error', (error) => logger.warn({ err: error, pool: kind }, 'a database connection was lost'));
  });
  pool.on('remove', (client) => clients.delete(client));
  pool.on('error', () => undefined);
  return {
    pool,
    resize: (next) => {
      pool.options.max = next; // Looked at with every request for a connection.
    },
    close: async () => {
      const cut = (): void => {
        for (const { connection } of clients) connection?.stream.destroy();
      };
      setTimeout(cut, CLOSE_MS_MAX).unref();
      await pool.end();
    },
  };
}

export interface PoolsOptions {
  readonly url: string;
  /** A connection string whose role may only read; null: the session alone is read-only. */
  readonly readonlyUrl: string | null;
  readonly sizes: { readonly write: number; readonly read: number };
  readonly instance: string;
  readonly logger: Logger;
}

export interface Pools {
  readonly writer: pg.Pool;
  readonly reader: pg.Pool;
  close(): Promise<void>;
}

/** The connections of a process that leads all its life. (An instance, which may stop leading, has `Connections`.) */
export function createPools({ url, readonlyUrl, sizes, instance, logger }: PoolsOptions): Pools {
  const writer = openPool('writer', { url, size: sizes.write, instance, logger });
  const reader = openPool('reader', { url: readonlyUrl ?? url, size: sizes.read, instance, logger });
  return {
    writer: writer.pool,
    reader: reader.pool,
    close: async () => {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
