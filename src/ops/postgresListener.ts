import pg from 'pg';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from './logger.ts';

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;
const END_TIMEOUT_MS = 1_000;

export type Channel =
  | 'signalman_command'
  | 'signalman_lease'
  | 'signalman_config'
  | 'signalman_reply'
  | 'signalman_quote_ask'
  | 'signalman_quote_tell'
  | 'signalman_ask'
  | 'signalman_tell';

export interface News {
  readonly channel: Channel;
  readonly payload: string;
}

export interface PostgresListener {
  close(): Promise<void>;
}

/**
 * Listens through a connection of its own, made like those of `pool`, and reconnects for as long as it takes. `onNews` is called
 * for each notification, and with null after each (re)connection, because notifications sent meanwhile were missed.
 */
export function listen(options: {
  pool: pg.Pool;
  channel: Channel | readonly Channel[];
  onNews: (news: News | null) => void;
  logger: Logger;
  clock?: Clock;
}): PostgresListener {
  const { pool, channel, onNews, logger, clock = systemClock } = options;
  const closing = new AbortController();
  const listening = [channel].flat().map((name) => `LISTEN ${name}`);

  async function keepListening(): Promise<void> {
    let retryMs = RETRY_MS_MIN;
    while (!closing.signal.aborted) {
      try {
        await listenOnce(() => {
          retryMs = RETRY_MS_MIN;
        });
      } catch (error) {
        logger.warn({ err: error, channel }, 'not listening for notifications; trying again');
      }
      await clock.sleep(retryMs, closing.signal);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    }
  }

  /** Until the connection is lost or we are closed. */
  async function listenOnce(onConnected: () => void): Promise<void> {
    const client = new pg.Client(pool.options);
    const lost = new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('end', resolve);
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ channel: from, payload = '' }) => onNews({ channel: from as Channel, payload }));
    try {
      await Promise.race([client.connect().then(() => client.query(listening.join('; '))), lost]);
      if (closing.signal.aborted) return;
      onConnected();
      onNews(null);
      await lost;
    } finally {
      // A paused server never confirms the end.
      await Promise.race([client.end(), clock.sleep(END_TIMEOUT_MS)]);
    }
  }

  const done = keepListening();
  return {
    close: () => {
      closing.abort();
      return done;
    },
  };
}
