import type { BookLevel, Market } from '../../domain/market/market.ts';
import type { MarketFeed } from '../exchange.ts';
import { slippedPrice } from './matching.ts';
import type { PaperSettings } from './paperSettings.ts';

/** A book is made of a quote at most this old, milliseconds. */
const QUOTE_MAX_AGE_MS = 1_000;

/** The feed with the order book that a paper account trades on: on each side what one order gets at once, at the price it pays. */
export function withPaperBook(feed: MarketFeed, settings: PaperSettings, markets: ReadonlyMap<string, Market>): MarketFeed {
  return {
    name: feed.name,
    markets: () => feed.markets(),
    quote: (symbol, maxAgeMs) => feed.quote(symbol, maxAgeMs),
    orderBook: async (symbol) => {
      const market = markets.get(symbol);
      const quote = market ? await feed.quote(symbol, QUOTE_MAX_AGE_MS) : null;
      if (!market || !quote) return null;
      const level = (side: 'buy' | 'sell'): BookLevel => {
        const price = slippedPrice(side, quote, market, settings);
        return { price, quantity: settings.depthNotional.div(price) };
      };
      return { bids: [level('sell')], asks: [level('buy')], at: quote.at };
    },
  };
}
