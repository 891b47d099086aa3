import type { AccountId } from '../domain/ids.ts';
import type { Market, Quote } from '../domain/market/market.ts';
import { resolveSymbol } from '../domain/market/symbolIndex.ts';
import type { PositionMargin } from '../domain/portfolio/position.ts';
import type { Engine } from './engine.ts';

/** A price for people to look at may be this old, milliseconds. */
const SHOWN_MAX_AGE_MS = 10_000;

/** Prices of the accounts this instance is connected to; null where it is not, which is no error. */
export function enginePrices(engine: Engine) {
  return {
    /** `name` is written in any way an alert may write a symbol. */
    ticker: async (accountId: AccountId, name: string): Promise<Quote | null> => {
      const venue = engine.venueOf(accountId);
      if (!venue) return null;
      const resolved = resolveSymbol(venue.index, name, venue.session.account.market);
      return resolved.ok ? venue.session.feed.quote(resolved.market.symbol, SHOWN_MAX_AGE_MS) : null;
    },
    margin: (accountId: AccountId, symbol: string): PositionMargin | null => engine.marginOf(accountId, symbol),
    symbols: async (accountId: AccountId): Promise<readonly Market[] | null> =>
      (await engine.venueOf(accountId)?.session.feed.markets()) ?? null,
  };
}
