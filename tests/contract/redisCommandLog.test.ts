import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createRedisCommandLog } from '../../src/commandlog/redisCommandLog.ts';
import type { Incident } from '../../src/commandlog/redisIncident.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { haveRedisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { commandLogContract } from './commandLogContract.ts';

describe.skipIf(!(await haveRedisServer()))('on a redis-server', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  commandLogContract(
    'Redis',
    async () => {
      const prefix = `test-${randomBytes(4).toString('hex')}`;
      const incidents: Incident[] = [];
      const open = (consumer: string) =>
        createRedisCommandLog({
          ...{ url: redis.url, prefix, consumer, maxQueue: 1_000, logger: silentLogger, metrics: createMetrics(consumer) },
          onIncident: (incident) => incidents.push(incident),
        });
      const [log, other] = [open('first'), open('second')];
      return {
        log,
        other,
        setAvailable: (available) => (available ? redis.restart() : redis.signal('SIGKILL')),
        passTime: (ms) => systemClock.sleep(ms),
        dispose: async () => {
          await Promise.all([log.close(), other.close()]);
          expect(incidents).toEqual([]);
        },
      };
    },
    { sharesControl: false },
  );
});
