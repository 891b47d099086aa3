import { v7 as uuid } from 'uuid';
import { afterAll } from 'vitest';
import { createMemoryLimiter } from '../../src/gateway/limiter.ts';
import { createRedisLimiter } from '../../src/gateway/redisLimiter.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { haveRedisServer, startRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { limiterContract } from './limiterContract.ts';

limiterContract('in memory', async (settings, onBan) => ({
  limiter: createMemoryLimiter({ settings, clock, onBan }),
  close: () => undefined,
}));

const redis = (await haveRedisServer()) ? await startRedis() : null;
afterAll(() => redis?.stop());

if (redis) {
  const { url } = redis;
  const rest = { url, logger: silentLogger, announce: () => undefined, onAway: () => undefined };
  limiterContract('in Redis', async (settings, onBan) => {
    const limiter = createRedisLimiter({ settings, clock, onBan, ...rest, prefix: uuid() });
    await until(limiter.isShared, { what: 'Redis' });
    return { limiter, close: limiter.close };
  });
  // The same in a Redis that nobody can reach: memory is the insurance.
  limiterContract('in a Redis that is away', async (settings, onBan) => {
    const limiter = createRedisLimiter({ settings, clock, onBan, ...rest, url: 'redis://127.0.0.1:1' });
    return { limiter, close: limiter.close };
  });
}
