import type { Redis } from 'ioredis';
import { openRedis } from '../commandlog/redisConnection.ts';
import type { Logger } from '../ops/logger.ts';

/** Redis as the limits see it: there, or not. Whoever cannot be answered goes on with what this process knows. */
export interface RedisStore {
  readonly redis: Redis;
  /** What `work` gave, or null when Redis is away, too slow or refuses. Settles within half a second; never rejects. */
  attempt<T>(work: (redis: Redis) => Promise<T>): Promise<T | null>;
  /** Whether Redis can be asked now. */
  isThere(): boolean;
  close(): void;
}

export interface RedisStoreOptions {
  readonly url: string;
  /** First part of every key. */
  readonly prefix: string;
  readonly logger: Logger;
  /** Called for each decision made without Redis. */
  readonly onAway: () => void;
}

/** TradingView waits 3 s; a Redis that takes longer than this costs one request so much, and is then done without until it is back. */
const COMMAND_TIMEOUT_MS = 500;

export function openRedisStore({ url, prefix, logger, onAway }: RedisStoreOptions): RedisStore {
  const { redis, close } = openRedis({ url, name: `${prefix}-limits`, logger, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const isThere = (): boolean => redis.status === 'ready';
  return {
    redis,
    isThere,
    attempt: async (work) => {
      if (isThere()) {
        try {
          return await work(redis);
        } catch (error) {
          const { message } = error as Error;
          // A stalled server answers late or never: the connection is given up, so that nobody else waits for it.
          if (message === 'Command timed out') redis.disconnect(true);
          logger.debug({ reason: message.split(', with args')[0] }, 'limits: Redis did not answer');
        }
      }
      onAway();
      return null;
    },
    close,
  };
}
