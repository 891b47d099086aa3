import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { openRedis, type RedisConnection } from './redisConnection.ts';

/** `text` of a message, or null: messages may have been missed (the first time too), so look for yourself. */
export type BusListener = (text: string | null) => void;

/** Short messages to every instance that listens now. Nothing is stored: whoever was away is told so when it is back. */
export interface RedisBus {
  /** Rejects with `RedisUnavailableError` when Redis did not take it within two seconds; some may have heard it even then. */
  publish(topic: string, text: string): Promise<void>;
  /** Calls `listener` for each message and after each (re)connection. Returns what ends it. */
  subscribe(topic: string, listener: BusListener): () => void;
  close(): Promise<void>;
}

/** How often a silent connection is tried, so that one that died without a word is noticed within two seconds. */
const PING_EVERY_MS = 1_000;

export interface RedisBusOptions {
  readonly url: string;
  readonly logger: Logger;
  /** First part of every channel's name. Channels are one space for all databases of a Redis. */
  readonly prefix?: string;
  readonly clock?: Clock;
}

export function channelOf(prefix: string, topic: string): string {
  return `{${prefix}}:bus:${topic}`;
}

/** Two connections, each opened when first needed: one that publishes, one that listens. */
export function createRedisBus({ url, logger, prefix = 'signalman', clock = systemClock }: RedisBusOptions): RedisBus {
  const listeners = new Map<string, Set<BusListener>>();
  const closing = new AbortController();
  let publisher: RedisConnection | null = null;
  let subscriber: RedisConnection | null = null;
  let tending: Promise<void> = Promise.resolve();

  function tell(channel: string, text: string | null): void {
    for (const listener of listeners.get(channel) ?? []) {
      try {
        listener(text);
      } catch (error) {
        logger.error({ err: error, channel }, 'a listener failed');
      }
    }
  }

  /** A connection that cannot subscribe is given up; the next one tries again. */
  async function listenOn({ redis }: RedisConnection, channels: readonly string[]): Promise<void> {
    if (channels.length === 0) return;
    try {
      await redis.subscribe(...channels);
      for (const channel of channels) tell(channel, null);
    } catch (error) {
      logger.warn({ err: error, channels }, 'not subscribed to Redis; trying again');
      redis.disconnect(true);
    }
  }

  function openSubscriber(): RedisConnection {
    const opened = openRedis({ url, name: `${prefix}-bus-subscriber`, logger });
    opened.redis.on('message', tell);
    opened.redis.on('ready', () => void listenOn(opened, [...listeners.keys()]));
    tending = keepAlive(opened);
    return opened;
  }

  async function keepAlive({ redis }: RedisConnection): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(PING_EVERY_MS, closing.signal);
      if (closing.signal.aborted || redis.status !== 'ready') continue;
      await redis.ping().catch(() => redis.disconnect(true));
    }
  }

  return {
    publish: async (topic, text) => {
      publisher ??= openRedis({ url, name: `${prefix}-bus-publisher`, logger });
      await publisher.call((redis) => redis.publish(channelOf(prefix, topic), text));
    },
    subscribe: (topic, listener) => {
      const channel = channelOf(prefix, topic);
      const known = listeners.get(channel);
      const all = known ?? new Set();
      listeners.set(channel, all.add(listener));
      subscriber ??= openSubscriber();
      if (subscriber.redis.status === 'ready') void listenOn(subscriber, [channel]);
      // The channel stays subscribed: topics are few and fixed.
      return () => void all.delete(listener);
    },
    close: async () => {
      closing.abort();
      publisher?.close();
      subscriber?.close();
      await tending;
    },
  };
}
