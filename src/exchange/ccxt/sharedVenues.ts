import type { MarketType } from '../../domain/market/market.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Breaker } from '../../ops/breaker.ts';
import type { Logger } from '../../ops/logger.ts';
import { type CcxtVenue, connectCcxtVenue } from './ccxtVenue.ts';
import type { SandboxName } from './profile.ts';
import type { VenueConfig } from './venueConfig.ts';

/** Which connection: two accounts with the same answer to this share one. */
export interface VenueKey {
  /** ccxt exchange id. */
  readonly id: string;
  /** Null: spot and swap. */
  readonly marketType: MarketType | null;
  /** Null: real money. */
  readonly sandbox: SandboxName | null;
}

/** Connections to venues (sockets, markets, quotes), each shared by all who use it and closed with the last of them. */
export interface SharedVenues {
  /** `user` is any name unique to who asks. Rejects with `VenueSetupError`. */
  join(user: string, key: VenueKey): Promise<CcxtVenue>;
  /** Gives up all connections of that user. */
  leave(user: string): Promise<void>;
}

export interface SharedVenuesOptions {
  readonly venues: Readonly<Record<string, VenueConfig>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cacheDirectory: string | null;
  readonly breakerOf?: ((name: string) => Breaker) | undefined;
  readonly onSlowDown?: ((venue: string, ms: number) => void) | undefined;
}

export function createSharedVenues({ venues, ...common }: SharedVenuesOptions): SharedVenues {
  const shared = new Map<string, { readonly venue: Promise<CcxtVenue>; readonly users: Set<string> }>();
  return {
    join: (user, key) => {
      const name = JSON.stringify([key.id, key.marketType, key.sandbox]);
      const known = shared.get(name) ?? {
        venue: connectCcxtVenue({ ...key, config: venues[key.id], ...common }),
        users: new Set<string>(),
      };
      known.users.add(user);
      shared.set(name, known);
      return known.venue;
    },
    leave: async (user) => {
      for (const [name, { venue, users }] of shared) {
        if (!users.delete(user) || users.size > 0) continue;
        shared.delete(name);
        await venue.then(
          (opened) => opened.close(),
          () => undefined, // It never opened; whoever asked was told why.
        );
      }
    },
  };
}
