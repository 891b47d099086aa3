import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { createWakeup } from '../ops/wakeup.ts';
import type { ReadModel } from './readModel.ts';

/** Something kept in memory of the database. `read` asks for it anew and gives back what puts it in force. */
export interface ConfigPart {
  read(): Promise<() => void>;
}

export interface ConfigFollowerOptions {
  readonly readModel: Pick<ReadModel, 'configVersion'>;
  /** Put in force together, in this order. */
  readonly parts: readonly ConfigPart[];
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Keeps parts of the settings in memory on every instance, so that no request waits for Postgres to be let in. */
export interface ConfigFollower {
  /** Reads everything anew. Rejects when the database is not there; what was known stays. */
  refresh(): Promise<void>;
  /** Reads anew if anything changed; many who ask at the same time share one look. Rejects like `refresh`. */
  catchUp(): Promise<void>;
  /** Something may have changed: `follow` looks at once instead of at its next turn. */
  hint(): void;
  /** Follows the database until `signal` aborts. Never rejects: while the database is away, what was known last stays in force. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Settings are never older than a second, even when no hint arrives: half of that, milliseconds. */
const POLL_MS = 500;

export function createConfigFollower({ readModel, parts, logger, clock }: ConfigFollowerOptions): ConfigFollower {
  let version = -1;
  let looking: Promise<void> | null = null;
  const news = createWakeup(clock);

  const refresh = async (): Promise<void> => {
    // The version first: a change between the reads makes the next look at it read again.
    const seen = await readModel.configVersion();
    const apply = await Promise.all(parts.map((part) => part.read()));
    if (seen < version) return;
    for (const putInForce of apply) putInForce();
    version = seen;
  };

  const look = async (): Promise<void> => {
    if ((await readModel.configVersion()) !== version) await refresh();
  };

  const catchUp = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    let reachable = true;
    while (!signal.aborted) {
      news.looking();
      try {
        await look();
        if (!reachable) logger.info('settings are followed again');
        reachable = true;
      } catch (error) {
        if (reachable) logger.warn({ err: error }, 'settings cannot be followed, the last known ones stay in force');
        reachable = false;
      }
      await news.wait(POLL_MS, signal);
    }
  };

  return { refresh, catchUp, hint: news.signal, follow };
}
