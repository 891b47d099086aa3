import type { MarketType } from '../../domain/market/market.ts';
import { binanceSpot } from './binance/binanceSpot.ts';
import { binanceSwap } from './binance/binanceSwap.ts';
import { bitgetSpot } from './bitget/bitgetSpot.ts';
import { bitgetSwap } from './bitget/bitgetSwap.ts';
import { bybitSpot } from './bybit/bybitSpot.ts';
import { bybitSwap } from './bybit/bybitSwap.ts';
import { coinbaseSpot } from './coinbase/coinbaseSpot.ts';
import { krakenSpot } from './kraken/krakenSpot.ts';
import { okxSpot } from './okx/okxSpot.ts';
import { okxSwap } from './okx/okxSwap.ts';
import type { VenueProfile } from './profile.ts';

/** Every venue and market type that can be traded, in the order docs/venues.md lists them. */
export const PROFILES: readonly VenueProfile[] = [
  binanceSpot,
  binanceSwap,
  bitgetSpot,
  bitgetSwap,
  coinbaseSpot,
  okxSpot,
  okxSwap,
  bybitSpot,
  bybitSwap,
  krakenSpot,
];

export function profileOf(venue: string, market: MarketType): VenueProfile | undefined {
  return PROFILES.find((profile) => profile.venue === venue && profile.market === market);
}

/** What is known of a venue whatever is traded there, also when only its prices are wanted. */
export function anyProfileOf(venue: string, market: MarketType | null): VenueProfile | undefined {
  return (market === null ? undefined : profileOf(venue, market)) ?? PROFILES.find((profile) => profile.venue === venue);
}
