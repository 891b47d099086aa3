import type { AccountId } from '../domain/ids.ts';
import type { Market, Quote } from '../domain/market/market.ts';
import type { Engine } from './engine.ts';

/** A price for people to look at may be this old, milliseconds. */
const SHOWN_MAX_AGE_MS = 10_000;

/** Prices of the accounts this instance is connected to; null where it is not, which is no error. */
export function enginePrices(engine: Engine) {
  const ticker = async (accountId: AccountId, symbol: string): Promise<Quote | null> =>
    (await engine.venueOf(accountId)?.session.feed.quote(symbol, SHOWN_MAX_AGE_MS)) ?? null;
  return {
    ticker,
    markPrice: async (accountId: AccountId, symbol: string): Promise<string | null> =>
      (await ticker(accountId, symbol))?.last.toFixed() ?? null,
    symbols: async (accountId: AccountId): Promise<readonly Market[] | null> =>
      (await engine.venueOf(accountId)?.session.feed.markets()) ?? null,
  };
}
