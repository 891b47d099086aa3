import type { Epoch } from '../domain/ids.ts';
import type { Outbox } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';

/** Telegram keeps an update for a day at most; a week later its ids may start anew, anywhere (core.telegram.org/bots/api#update). */
const KEPT_MS = 24 * 3_600_000;
const RETRY_MS = 1_000;

export type CursorStore = Pick<Outbox, 'updateCursor' | 'markUpdate'>;

/** How far the updates of a bot were dealt with, known to every leader. */
export interface UpdateCursor {
  /** The id of the last update that was dealt with, as long as it may come again; null: none. Waits until the ledger answers. */
  last(signal: AbortSignal): Promise<number | null>;
  /** Best effort: an update that comes again finds its command made. */
  moveTo(updateId: number): Promise<void>;
}

export interface UpdateCursorOptions {
  readonly store: CursorStore;
  readonly botId: string;
  readonly epoch: Epoch;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createUpdateCursor({ store, botId, epoch, clock, logger }: UpdateCursorOptions): UpdateCursor {
  return {
    last: async (signal) => {
      while (!signal.aborted) {
        try {
          const known = await store.updateCursor(botId);
          return known && clock.now() - known.at < KEPT_MS ? known.updateId : null;
        } catch (error) {
          logger.warn({ err: error, bot: botId }, 'how far Telegram updates were read is not known yet; trying again');
          await clock.sleep(RETRY_MS, signal);
        }
      }
      return null;
    },
    moveTo: async (updateId) => {
      try {
        await store.markUpdate(epoch, botId, { updateId, at: clock.now() });
      } catch (error) {
        logger.warn({ err: error, bot: botId }, 'how far Telegram updates were read could not be stored');
      }
    },
  };
}
