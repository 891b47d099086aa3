import type pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';

const HEARTBEAT_MS = 2_000;
/** Instances silent for longer are forgotten. */
const FORGET_MS = 3_600_000;
const QUERY_TIMEOUT_MS = 2_000;

/**
 * Keeps this process, under its holder's name, in the table of instances (for `/cluster`) until `signal` aborts, and takes it out
 * then. Never rejects: without a database nobody can look anyway. Times are the database's.
 */
export async function announceInstance(options: {
  pool: pg.Pool;
  /** See ops/holder.ts. */
  id: string;
  version: string;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { pool, id, version, clock, logger, signal } = options;
  const query = async (text: string, values: unknown[]): Promise<void> => {
    const config = { text, values, query_timeout: QUERY_TIMEOUT_MS };
    try {
      await pool.query(config);
    } catch (error) {
      logger.debug({ err: error }, 'the table of instances could not be written');
    }
  };
  const startedAt = clock.monotonic();
  while (!signal.aborted) {
    await query(
      `INSERT INTO instances AS i (id, version, started_at, last_seen_at)
       VALUES ($1, $2, clock_timestamp() - $3 * INTERVAL '1 millisecond', clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, last_seen_at = excluded.last_seen_at, started_at = excluded.started_at`,
      [id, version, clock.monotonic() - startedAt],
    );
    await query("DELETE FROM instances WHERE last_seen_at < clock_timestamp() - $1 * INTERVAL '1 millisecond'", [FORGET_MS]);
    await clock.sleep(HEARTBEAT_MS, signal);
  }
  await query('DELETE FROM instances WHERE id = $1', [id]);
}
