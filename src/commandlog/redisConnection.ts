import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from '../ops/logger.ts';

/** Redis is away, stalled or refuses to work. What was asked for may or may not have been done. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

const CONNECT_TIMEOUT_MS = 1_000;
const COMMAND_TIMEOUT_MS = 1_000;
/** How long a call waits for a connection that is being made: a restart of Redis takes less. */
const READY_WAIT_MS = 500;
/** A peer that is stopped never confirms the end of a connection. */
const DISCONNECT_TIMEOUT_MS = 50;
const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 1_000;

export type RedisCall = <T>(work: (redis: Redis) => Promise<T>) => Promise<T>;

export interface RedisConnection {
  readonly redis: Redis;
  /** Runs `work` on a live connection. Settles within two seconds; rejects with `RedisUnavailableError` only. */
  readonly call: RedisCall;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly url: string;
  readonly name: string;
  readonly logger: Logger;
  readonly commandTimeoutMs?: number;
}

/**
 * A connection that comes back by itself and never queues, resends or waits for ever. The client's defaults would repeat a
 * command whose reply was lost and store it twice (`autoResendUnfulfilledCommands`), or hang. A command that was not answered
 * in time costs the connection: what follows is refused at once instead of piling up, half done, in front of a stalled server.
 */
export function openRedis({ url, name, logger, commandTimeoutMs = COMMAND_TIMEOUT_MS }: RedisConnectionOptions): RedisConnection {
  const redis = new Redis(url, {
    connectionName: name,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    maxLoadingRetryTime: READY_WAIT_MS,
    retryStrategy: (attempt) => Math.min(RECONNECT_MS_MIN * 2 ** (attempt - 1), RECONNECT_MS_MAX),
    // A replica that was a primary: the name may lead elsewhere by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  logChanges(redis, name, logger);

  return {
    redis,
    call: async (work) => {
      await whenReady(redis);
      try {
        return await work(redis);
      } catch (error) {
        const { message } = error as Error;
        if (message === 'Command timed out') redis.disconnect(true);
        // Neither the client's error as a cause nor all of Redis's words: both can carry what was to be stored.
        throw new RedisUnavailableError(`Redis did not do as asked: ${message.split(', with args')[0]}`);
      }
    },
    close: () => redis.disconnect(),
  };
}

/** One line when Redis is lost and one when it is back, not one per attempt. */
function logChanges(redis: Redis, name: string, logger: Logger): void {
  let lost = false;
  redis.on('error', (error: Error) => {
    if (!lost) logger.warn({ err: error, connection: name }, 'Redis is away; trying again until it is back');
    lost = true;
  });
  redis.on('close', () => {
    if (!lost && redis.status !== 'end') logger.warn({ connection: name }, 'the connection to Redis was lost');
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) logger.info({ connection: name }, 'Redis is back');
    lost = false;
  });
}

function whenReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  if (redis.status === 'end') return Promise.reject(new RedisUnavailableError('the connection to Redis is closed'));
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('end', onEnd);
      outcome();
    };
    const onReady = () => settle(resolve);
    const onEnd = () => settle(() => reject(new RedisUnavailableError('the connection to Redis is closed')));
    const timer = setTimeout(() => settle(() => reject(new RedisUnavailableError('Redis is away'))), READY_WAIT_MS);
    redis.on('ready', onReady);
    redis.on('end', onEnd);
  });
}

/** A Lua script, sent whole only to a server that does not know it yet. The first `keyCount` of `args` are KEYS. */
export interface RedisScript {
  run(redis: Redis, keyCount: number, args: readonly (string | number)[]): Promise<unknown>;
}

export function createScript(lua: string): RedisScript {
  const sha1 = createHash('sha1').update(lua).digest('hex');
  return {
    run: async (redis, keyCount, args) => {
      try {
        return await redis.evalsha(sha1, keyCount, ...args);
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        return redis.eval(lua, keyCount, ...args);
      }
    },
  };
}
