import type pg from 'pg';
import type { Config } from '../../config/config.ts';
import { openPool } from '../../ledger/pools.ts';
import type { Logger } from '../../ops/logger.ts';

/** A renewal must not wait for the heartbeat beside it. */
const LEASE_CONNECTIONS = 2;
const WRITER_CONNECTIONS_MIN = 2;

/** An instance's connections to Postgres, by role: only a leader has any that may write more than a command, the lease or a heartbeat. */
export interface Connections {
  readonly log: pg.Pool;
  readonly lease: pg.Pool;
  readonly reader: pg.Pool;
  /** Opens what a leader has; `close` makes a follower of the instance again. */
  promote(): { readonly writer: pg.Pool; close(): Promise<void> };
  close(): Promise<void>;
}

/** `POOL_LEADER`'s writing connections are the log's, which a follower has too, and the ledger's. */
export function openConnections(options: {
  readonly database: Config['database'];
  readonly url: string;
  readonly instance: string;
  readonly logger: Logger;
}): Connections {
  const { database, url, instance, logger } = options;
  const { poolLeader, poolFollower, readonlyUrl } = database;
  const common = { url, instance, logger };
  const log = openPool('log', { ...common, size: poolFollower.write });
  const lease = openPool('lease', { ...common, size: LEASE_CONNECTIONS });
  const reader = openPool('reader', { ...common, url: readonlyUrl ?? url, size: poolFollower.read });
  return {
    log: log.pool,
    lease: lease.pool,
    reader: reader.pool,
    promote: () => {
      const writer = openPool('writer', { ...common, size: Math.max(poolLeader.write - poolFollower.write, WRITER_CONNECTIONS_MIN) });
      reader.resize(poolLeader.read);
      return {
        writer: writer.pool,
        close: async () => {
          reader.resize(poolFollower.read);
          await writer.close();
        },
      };
    },
    close: async () => {
      await Promise.all([log.close(), lease.close(), reader.close()]);
    },
  };
}
