import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisStore } from './redisStore.ts';
import { createMemoryBudget, type RequestBudget } from './requestBudget.ts';

/**
 * A budget that all instances share. What Redis answered last is kept in memory: it answers looks, turns away without asking
 * whoever is known to have nothing left, and takes over while Redis is away, so that an outage gives nobody a second budget
 * on an instance that has seen them.
 */
export function createRedisBudget(store: RedisStore, options: { readonly keyPrefix: string; readonly windowSec: number }): RequestBudget {
  const { keyPrefix, windowSec } = options;
  const shared = new RateLimiterRedis({
    storeClient: store.redis,
    keyPrefix,
    points: Number.MAX_SAFE_INTEGER,
    duration: windowSec,
  });
  const mirror = createMemoryBudget(windowSec);
  return {
    check: (key, limit) => mirror.check(key, limit),
    async spend(key, limit) {
      const seen = await mirror.check(key, limit);
      if (!seen.allowed) return seen;
      const spent = await store.attempt(() => shared.penalty(key, 1));
      if (spent === null) return mirror.spend(key, limit);
      const { consumedPoints, msBeforeNext } = spent;
      await mirror.learn(key, consumedPoints, msBeforeNext);
      return { allowed: consumedPoints <= limit, limit, remaining: Math.max(0, limit - consumedPoints), resetMs: msBeforeNext };
    },
    async forget(key) {
      await mirror.forget(key);
      await store.attempt(() => shared.delete(key));
    },
  };
}
