import type pg from 'pg';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { listen, type PostgresListener } from '../ops/postgresListener.ts';
import { createWakeup } from '../ops/wakeup.ts';
import type { HandoverWatch } from './leadership.ts';
import type { Lease } from './lease.ts';

/** The database did not answer; nothing is known of the lease. */
export class LeaseUnavailableError extends Error {
  override readonly name = 'LeaseUnavailableError';
}

export interface PostgresLease extends Lease, HandoverWatch {
  /** Gives up the lease of a holder whose process is known to be dead, so that nobody waits for it to run out. */
  releaseFor(holder: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The lease as the one row of `leader_lease` (the migration says who locks it how). All times are the database's. `pool` must
 * be allowed to write; it stays the caller's. Throws `LeaseUnavailableError` after `ttlMs` at the latest.
 */
export function createPostgresLease(options: {
  pool: pg.Pool;
  holder: string;
  ttlMs: number;
  logger: Logger;
  clock?: Clock;
}): PostgresLease {
  const { pool, holder, ttlMs, logger, clock = systemClock } = options;
  const handover = createWakeup(clock);
  let listener: PostgresListener | null = null;

  async function query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      const config = { text, values: [...values], query_timeout: ttlMs };
      return (await pool.query<Row>(config)).rows;
    } catch (error) {
      throw new LeaseUnavailableError(`Postgres did not answer for the lease: ${(error as Error).message}`, { cause: error });
    }
  }

  return {
    acquire: async () => {
      handover.looking();
      const [row] = await query<{ epoch: string | null }>('SELECT acquire_lease($1, $2) AS epoch', [holder, ttlMs]);
      return row && row.epoch !== null ? { epoch: Number(row.epoch), ttlMs } : null;
    },
    renew: async (epoch) => {
      const rows = await query(
        `UPDATE leader_lease SET expires_at = clock_timestamp() + $3 * INTERVAL '1 millisecond'
         WHERE id = 1 AND holder = $1 AND epoch = $2 AND expires_at > clock_timestamp() RETURNING epoch`,
        [holder, epoch, ttlMs],
      );
      return rows.length > 0 ? { epoch, ttlMs } : null;
    },
    release: async (epoch) => {
      await query(
        `WITH released AS (
           UPDATE leader_lease SET expires_at = '-infinity' WHERE id = 1 AND holder = $1 AND epoch = $2 RETURNING id
         ) SELECT pg_notify('signalman_lease', '') FROM released`,
        [holder, epoch],
      );
    },
    releaseFor: async (dead) => {
      await query("UPDATE leader_lease SET expires_at = '-infinity' WHERE id = 1 AND holder = $1", [dead]);
    },
    current: async () => {
      const [row] = await query<{ holder: string; epoch: string; expires_at: string }>(
        `SELECT holder, epoch, trunc(extract(epoch FROM expires_at) * 1000) AS expires_at
         FROM leader_lease WHERE expires_at > clock_timestamp()`,
        [],
      );
      return row ? { holder: row.holder, epoch: Number(row.epoch), expiresAt: Number(row.expires_at) } : null;
    },
    waitForRelease: async (timeoutMs, signal) => {
      listener ??= listen({ pool, channel: 'signalman_lease', onNews: handover.signal, logger, clock });
      await handover.wait(timeoutMs, signal);
    },
    close: async () => {
      await listener?.close();
    },
  };
}
