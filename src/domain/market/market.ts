import type { Decimal } from '../money.ts';

export type MarketType = 'spot' | 'swap';

/** One tradable instrument of a venue. `symbol` is the unified form: `BTC/USDT` (spot) or `BTC/USDT:USDT` (linear swap). */
export interface Market {
  readonly symbol: string;
  /** The venue's own id, as it appears in its API and mostly in TradingView's ticker: `BTCUSDT`. */
  readonly venueSymbol: string;
  /** Another name the venue and its users have for it: Kraken's `XXBTZUSD` is its `XBTUSD`. */
  readonly altName?: string;
  readonly type: MarketType;
  readonly base: string;
  readonly quote: string;
  /** Prices are multiples of this, in quote. */
  readonly tickSize: Decimal;
  /** Quantities are multiples of this, in base. */
  readonly stepSize: Decimal;
  /** Base units in one contract, where the venue counts contracts; absent: it counts base units. */
  readonly contractSize?: Decimal;
  readonly minQuantity: Decimal;
  /** Smallest price × quantity in quote; zero where the venue has none. */
  readonly minNotional: Decimal;
  /** What the venue says it charges a taker, as a fraction; absent: it does not say. */
  readonly takerFee?: Decimal;
}

/** What stands at one price. `quantity` is in base; null: nobody says how much. */
export interface BookLevel {
  readonly price: Decimal;
  readonly quantity: Decimal | null;
}

/** What rests at a venue, best first. */
export interface BookSnapshot {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** When it was read, epoch ms. */
  readonly at: number;
}

/** A price observed at a time. Prices in quote per base; `at` is epoch milliseconds. */
export interface Quote {
  readonly symbol: string;
  readonly bid: Decimal;
  readonly ask: Decimal;
  readonly last: Decimal;
  readonly at: number;
  /** Where it came from: `synthetic` or a venue's name. */
  readonly source: string;
}
