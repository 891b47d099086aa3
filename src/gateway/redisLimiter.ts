import type { Logger } from '../ops/logger.ts';
import { createWakeup } from '../ops/wakeup.ts';
import { HOOK_WINDOW_SEC, type Limiter, type LimiterOptions } from './limiter.ts';
import { RedisBanList } from './redisBanList.ts';
import { createRedisBudget } from './redisBudget.ts';
import { openRedisStore } from './redisStore.ts';

export interface RedisLimiter extends Limiter {
  /** Another instance told of a new ban; null: something may have been missed. */
  hear(ban: string | null): void;
  /** Keeps the bans of all instances in memory until `signal` aborts. Never rejects. */
  follow(signal: AbortSignal): Promise<void>;
  /** Whether Redis can be asked now; else this process decides alone. */
  isShared(): boolean;
  close(): void;
}

export interface RedisLimiterOptions extends LimiterOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Tells the other instances of a new ban. */
  readonly announce: (ban: string) => void;
  /** Called for each decision made without Redis. */
  readonly onAway: () => void;
  readonly prefix?: string;
}

/** Bans are never older than a second, even when no message arrives: half of that, milliseconds. */
const POLL_MS = 500;

/** Budgets and bans that all instances share through Redis, with this process's memory as insurance. */
export function createRedisLimiter(options: RedisLimiterOptions): RedisLimiter {
  const { settings, clock, prefix = 'signalman' } = options;
  const store = openRedisStore({ ...options, prefix });
  const keyPrefix = `{${prefix}}:limits`;
  const budget = (name: string, windowSec: number) => createRedisBudget(store, { keyPrefix: `${keyPrefix}:${name}`, windowSec });
  const bans = new RedisBanList({ ...options, store, keyPrefix });
  const news = createWakeup(clock);
  store.redis.on('ready', news.signal);
  return {
    address: budget('address', settings.rateWindowSec),
    hook: budget('hook', HOOK_WINDOW_SEC),
    report: budget('report', HOOK_WINDOW_SEC),
    bans,
    hear: (ban) => (ban === null ? news.signal() : bans.hear(ban)),
    async follow(signal) {
      while (!signal.aborted) {
        news.looking();
        await bans.sync();
        await news.wait(POLL_MS, signal);
      }
    },
    isShared: store.isThere,
    close: store.close,
  };
}
