import { createMemoryCommandLog } from '../../src/commandlog/memoryCommandLog.ts';
import { createPostgresCommandLog } from '../../src/commandlog/postgresCommandLog.ts';
import { createPools } from '../../src/ledger/pools.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { administer } from '../helpers/postgresServer.ts';
import { commandLogContract } from './commandLogContract.ts';

commandLogContract('memory', async () => {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const log = createMemoryCommandLog({ clock });
  return {
    log,
    other: log,
    setAvailable: async (available) => log.setAvailable(available),
    passTime: async (ms) => {
      aheadMs += ms;
    },
    dispose: () => log.close(),
  };
});

commandLogContract('Postgres', async () => {
  const database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const instances = [1, 2].map((n) => {
    const sizes = { write: 4, read: 1 };
    const pools = createPools({ url: database.url, readonlyUrl: null, sizes, instance: `log-${n}`, logger: silentLogger });
    const metrics = createMetrics(`log-${n}`);
    return { pools, log: createPostgresCommandLog({ pool: pools.writer, maxQueue: 1_000, logger: silentLogger, metrics }) };
  });
  const [first, second] = instances;
  if (!first || !second) throw new Error('two instances are needed');
  return {
    log: first.log,
    other: second.log,
    setAvailable: async (available) => {
      await administer(database.url, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${available}`);
      if (!available) await administer(database.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    },
    passTime: (ms) => systemClock.sleep(ms),
    dispose: async () => {
      for (const { pools, log } of instances) {
        await log.close();
        await pools.close();
      }
      await database.drop();
    },
  };
});
