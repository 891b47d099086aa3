import type { Logger } from '../../ops/logger.ts';
import type { Backoff } from './backoff.ts';
import { judge, type Refusals, type Verdict } from './outcomes.ts';
import type { VenueApi } from './venueApi.ts';

/** How one account and its venue get along: when to be quiet, and whose clock is right. */
export interface VenueLine {
  /** Milliseconds in which nothing may be sent; 0: go ahead. */
  quietMs(): number;
  /** What a failed call proves; does what the venue asked for with it. */
  settle(error: unknown): Verdict;
  /** Resolves when no clock is being taken over (any more). Never rejects. */
  synced(): Promise<void>;
}

export interface VenueLineOptions {
  readonly api: Pick<VenueApi, 'syncClock'>;
  readonly refusals: Refusals;
  /** Pauses asked for by the venue (shared by all its accounts) and for this account. */
  readonly quiet: { readonly venue: Backoff; readonly account: Backoff };
  readonly logger: Logger;
}

export function createVenueLine({ api, refusals, quiet, logger }: VenueLineOptions): VenueLine {
  let syncing: Promise<void> | null = null;

  const syncClock = async (): Promise<void> => {
    try {
      const aheadMs = await api.syncClock();
      logger.warn({ venue: refusals.venue, aheadMs }, 'took over the clock of the venue');
    } catch (error) {
      logger.warn({ venue: refusals.venue, code: judge(refusals, error).code }, 'could not read the clock of the venue');
    } finally {
      syncing = null;
    }
  };

  return {
    quietMs: () => Math.max(quiet.venue.remainingMs(), quiet.account.remainingMs()),
    settle: (error) => {
      const verdict = judge(refusals, error);
      if (verdict.backOff) quiet[verdict.backOff.scope].begin(verdict.backOff.ms);
      if (verdict.resyncClock) syncing ??= syncClock();
      return verdict;
    },
    synced: async () => {
      await syncing;
    },
  };
}
