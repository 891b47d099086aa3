import { createMemoryLeases } from '../../src/leader/memoryLease.ts';
import { createPostgresLease, type PostgresLease } from '../../src/leader/postgresLease.ts';
import { createPools } from '../../src/ledger/pools.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { leaseContract } from './leaseContract.ts';

leaseContract('memory', async () => {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const candidate = createMemoryLeases(clock);
  return {
    candidate: (holder, ttlMs = 60_000) => candidate(holder, ttlMs),
    passTime: async (ms) => {
      aheadMs += ms;
    },
    dispose: async () => undefined,
  };
});

leaseContract('Postgres', async () => {
  const database = await createTestDatabase();
  const sizes = { write: 10, read: 1 };
  const pools = createPools({ url: database.url, readonlyUrl: null, sizes, instance: 'lease', logger: silentLogger });
  const opened: PostgresLease[] = [];
  return {
    candidate: (holder, ttlMs = 60_000) => {
      const lease = createPostgresLease({ pool: pools.writer, holder, ttlMs, logger: silentLogger });
      opened.push(lease);
      return lease;
    },
    passTime: (ms) => systemClock.sleep(ms),
    dispose: async () => {
      await Promise.all(opened.map((lease) => lease.close()));
      await pools.close();
      await database.drop();
    },
  };
});
