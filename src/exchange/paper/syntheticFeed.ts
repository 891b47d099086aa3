import type { Market, Quote } from '../../domain/market/market.ts';
import { type Decimal, decimal } from '../../domain/money.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MarketFeed } from '../exchange.ts';
import { anchorPrice, SYNTHETIC_MARKETS } from './syntheticMarkets.ts';
import { noise, seedOf, walk } from './syntheticWalk.ts';

/** Largest distance of a swap's price from its spot price, as a fraction, and how long it takes to change. */
const SWAP_BASIS = 0.0004;
const SWAP_BASIS_PERIOD_MS = 8 * 3_600_000;
/** How long a spread and the side of the last trade stay as they are. */
const BOOK_PERIOD_MS = 1000;

/** A synthetic market and what its price is made of. */
export interface Instrument {
  readonly market: Market;
  /** The anchor price in ticks: the walk moves it, so a price is always a whole number of ticks. */
  readonly anchorTicks: number;
  readonly seed: number;
  readonly baseSeed: number;
  /** Null when the quote asset is a dollar. */
  readonly quoteSeed: number | null;
}

/**
 * Invented prices, labelled `synthetic`: a smooth pseudo-random walk that is a pure function of symbol and time, so every
 * instance and every restart sees the same market. It reaches nothing outside this process.
 */
export function createSyntheticFeed(clock: Clock): MarketFeed {
  const instruments = new Map(SYNTHETIC_MARKETS.map((market) => [market.symbol, instrumentOf(market)]));
  return {
    name: 'synthetic',
    markets: async () => SYNTHETIC_MARKETS,
    quote: async (symbol) => {
      const instrument = instruments.get(symbol);
      return instrument ? quoteAt(instrument, clock.now()) : null;
    },
  };
}

export function instrumentOf(market: Market): Instrument {
  return {
    market,
    anchorTicks: anchorPrice(market.base, market.quote).div(market.tickSize).toNumber(),
    seed: seedOf(market.symbol),
    baseSeed: seedOf(market.base),
    quoteSeed: market.quote.startsWith('USD') ? null : seedOf(market.quote),
  };
}

function quoteAt(instrument: Instrument, at: number): Quote {
  const { market } = instrument;
  const { bid, ask, last } = ticksAt(instrument, at);
  const price = (ticks: number): Decimal => market.tickSize.mul(decimal(ticks));
  return { symbol: market.symbol, bid: price(bid), ask: price(ask), last: price(last), at, source: 'synthetic' };
}

/** Prices at a time as whole numbers of ticks: floats say how far the walk has gone, the price itself is exact. */
export function ticksAt(instrument: Instrument, at: number): { readonly bid: number; readonly ask: number; readonly last: number } {
  const { market, anchorTicks, seed, baseSeed, quoteSeed } = instrument;
  const basis = market.type === 'swap' ? SWAP_BASIS * noise(seed, at / SWAP_BASIS_PERIOD_MS) : 0;
  const drift = walk(baseSeed, at) - (quoteSeed === null ? 0 : walk(quoteSeed, at)) + basis;
  const bid = Math.max(1, Math.round(anchorTicks * Math.exp(drift)));
  const book = noise(seed + 1, Math.floor(at / BOOK_PERIOD_MS));
  const ask = bid + (book > 0.5 ? 2 : 1);
  return { bid, ask, last: book > 0 ? ask : bid };
}
