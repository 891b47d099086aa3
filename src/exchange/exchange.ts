import type { MarginMode, OrderType, TimeInForce } from '../domain/alert/alert.ts';
import type { AccountId } from '../domain/ids.ts';
import type { RawCandle } from '../domain/market/candle.ts';
import type { Capabilities } from '../domain/market/capabilities.ts';
import type { Market, MarketType, Quote } from '../domain/market/market.ts';
import type { Timeframe } from '../domain/market/timeframe.ts';
import type { Decimal } from '../domain/money.ts';
import type { Order, Side } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import type { Account } from '../domain/portfolio/account.ts';

/** What a venue is told. Everything it needs and nothing of ours beyond the client order id. */
export interface PlaceRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce;
  /** Epoch milliseconds, for GTD. */
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly ocoGroup: string | null;
}

/** How to name an order when asking a venue about it. */
export interface OrderRef {
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  readonly symbol: string;
  /** Says where to look: venues keep orders that wait for a price apart. Absent: everywhere. */
  readonly type?: OrderType;
}

/** Three-valued. `rejected` is proof that the venue said no; everything else that is not `accepted` is `unknown`. */
export type PlaceOutcome =
  | { readonly kind: 'accepted'; readonly report: OrderReport }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly code: string; readonly message: string };

export type CancelOutcome =
  | { readonly kind: 'canceled'; readonly report: OrderReport | null }
  /** The venue has no such open order: ask what became of it. */
  | { readonly kind: 'not_open' }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly code: string; readonly message: string };

export type LookupOutcome =
  | { readonly kind: 'found'; readonly report: OrderReport }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown'; readonly code: string; readonly message: string };

/** New values of an open order; null keeps the old one. */
export interface AmendRequest {
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
}

/** What an alert may ask of a derivatives market before its order; null keeps what is set. */
export interface MarginSettings {
  readonly leverage: number | null;
  readonly marginMode: MarginMode | null;
}

/** `rejected`: the settings are not as asked, and no order must rely on them. */
export type ConfigureOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'rejected' | 'unknown'; readonly code: string; readonly message: string };

export interface BalanceReport {
  readonly asset: string;
  readonly free: Decimal;
  readonly total: Decimal;
}

/** ⑦ The trading half of a venue, for one account. No method throws for what a venue or a network may do; they throw only for bugs. */
export interface OrderEntry {
  capabilities(market: Market): Capabilities;
  place(request: PlaceRequest): Promise<PlaceOutcome>;
  cancel(ref: OrderRef): Promise<CancelOutcome>;
  amend(ref: OrderRef, request: AmendRequest): Promise<PlaceOutcome>;
  lookup(ref: OrderRef): Promise<LookupOutcome>;
  /** Leverage and margin mode of a market; only where `capabilities` say so. Asking again for what is set is done, too. */
  configure?(symbol: string, settings: MarginSettings): Promise<ConfigureOutcome>;
  /** Null when it could not be learned. */
  balances(): Promise<readonly BalanceReport[] | null>;
  /** Reports pushed by the venue without being asked; one listener. */
  onReport(listener: (report: OrderReport) => void): void;
  close(): Promise<void>;
}

/** The data half. `quote` answers from a cache not older than `maxAgeMs`, else asks; null when no price is to be had. */
export interface MarketFeed {
  markets(): Promise<readonly Market[]>;
  quote(symbol: string, maxAgeMs: number): Promise<Quote | null>;
  readonly name: string;
}

/** What a venue answered when asked for candles. */
export type CandlePage =
  /** Ascending; may be fewer than asked for, and begin later when the venue has nothing before. */
  | { readonly kind: 'page'; readonly candles: readonly RawCandle[] }
  /** It wants to be left alone for so long, milliseconds. */
  | { readonly kind: 'slow_down'; readonly waitMs: number }
  /** No answer that can be used; another try may get one. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** It has no such symbol, or no candles of that timeframe. */
  | { readonly kind: 'not_offered'; readonly code: string; readonly message: string };

/** The history half. Throws nothing for what a venue or a network may do; an aborted `signal` cuts the request and rejects with its reason. */
export interface CandleSource {
  readonly name: string;
  /** Candles from the one that opens at `fromMs` (epoch ms) on, at most `limit`; the newest may still be open. */
  candles(symbol: string, timeframe: Timeframe, fromMs: number, limit: number, signal: AbortSignal): Promise<CandlePage>;
}

/** Opens histories: `synthetic`, or any exchange of ccxt. Connections are shared with the accounts there. */
export interface CandleSources {
  /** Rejects with `VenueSetupError`. */
  open(venue: string, marketType: MarketType): Promise<CandleSource>;
  /** Gives up whatever was opened. */
  close(): Promise<void>;
}

/** An open connection to one account. */
export interface VenueSession {
  readonly account: Account;
  readonly orders: OrderEntry;
  readonly feed: MarketFeed;
}

/** What a simulated venue must be told about an account when a leader's term starts: its book is rebuilt from the ledger. */
export interface OpeningState {
  readonly balances: readonly BalanceReport[];
  readonly openOrders: readonly Order[];
  readonly positions: readonly { readonly symbol: string; readonly quantity: Decimal; readonly cost: Decimal }[];
}

export interface AccountCheck {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** Opens sessions. Throws `UnknownVenueError` / `VenueSetupError` with words for a person. */
export interface Exchanges {
  open(account: Account, opening: OpeningState): Promise<VenueSession>;
  /** Credentials, clock, permissions: what `account test` shows. */
  test(account: Account): Promise<AccountCheck>;
  /** What is wrong with how the account is set up, as far as can be told without asking the venue; null when nothing is. */
  problemWith(account: Account): Promise<{ readonly code: string; readonly message: string } | null>;
  /** Venue names that can be opened. */
  readonly venues: readonly string[];
  closeAccount(accountId: AccountId): Promise<void>;
}

export class VenueSetupError extends Error {
  override readonly name = 'VenueSetupError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
