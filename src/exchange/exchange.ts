import type { MarginMode, TimeInForce, VenueOrderType } from '../domain/alert/alert.ts';
import type { AccountId } from '../domain/ids.ts';
import type { RawCandle } from '../domain/market/candle.ts';
import type { Capabilities } from '../domain/market/capabilities.ts';
import type { BookSnapshot, Market, MarketType, Quote } from '../domain/market/market.ts';
import type { Timeframe } from '../domain/market/timeframe.ts';
import type { Decimal } from '../domain/money.ts';
import type { Fill, Order, Side } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import type { Account } from '../domain/portfolio/account.ts';

/** What a venue is told. Everything it needs and nothing of ours beyond the client order id. */
export interface PlaceRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: VenueOrderType;
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce;
  /** Epoch milliseconds, for GTD. */
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** It is to reduce a position, whether or not the venue is told so: in hedge mode that says which side it is of. */
  readonly reduces?: boolean;
  /** In hedge mode the side of the position it is of; absent or null in one-way mode. Set by the adapter, from `side` and `reduces`. */
  readonly positionSide?: PositionSide | null;
  readonly ocoGroup: string | null;
}

export type PositionSide = 'long' | 'short';

/** How to name an order when asking a venue about it. */
export interface OrderRef {
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  readonly symbol: string;
  /** Says where to look: venues keep orders that wait for a price apart. Absent: everywhere. */
  readonly type?: VenueOrderType;
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

/** An order that rests at the venue, whoever placed it. */
export interface RestingOrder {
  /** As the venue has it; null or another's where it was not placed by us. */
  readonly clientOrderId: string | null;
  readonly venueOrderId: string;
  /** The unified symbol. */
  readonly symbol: string;
  readonly side: Side;
  /** `other`: a kind of order that is not placed here. */
  readonly type: VenueOrderType | 'other';
  /** Base units, also where the venue counts in contracts. */
  readonly quantity: Decimal;
  readonly filledQuantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly reduceOnly: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** One execution of the account, whoever placed its order. */
export interface VenueTrade extends Fill {
  readonly venueOrderId: string;
  /** Null where the venue does not list it with trades. */
  readonly clientOrderId: string | null;
  readonly symbol: string;
  readonly side: Side;
}

/** A position as the venue holds it; in hedge mode one for each side that is held. */
export interface PositionReport {
  readonly symbol: string;
  /** Signed base units: negative is short. */
  readonly quantity: Decimal;
  readonly entryPrice: Decimal | null;
  readonly markPrice: Decimal | null;
  /** Null: none, or the venue does not tell. */
  readonly liquidationPrice: Decimal | null;
  readonly leverage: Decimal | null;
  readonly marginMode: MarginMode | null;
}

/** What holding a perpetual has cost (negative) or brought (positive). */
export interface FundingPayment {
  /** The venue's id of it; unique within the account. */
  readonly id: string;
  readonly symbol: string;
  readonly asset: string;
  readonly amount: Decimal;
  /** Epoch ms. */
  readonly at: number;
}

/** Something about the account changed at the venue: a reason to ask, and no more than that. All null: anything may have. */
export interface VenueHint {
  readonly clientOrderId: string | null;
  readonly venueOrderId: string | null;
  readonly symbol: string | null;
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
  /** Orders resting for a symbol, conditional ones too; null when it could not be learned. Absent where the venue is not asked for it. */
  openOrders?(symbol: string): Promise<readonly RestingOrder[] | null>;
  /** Executions of a symbol since `sinceMs` (epoch ms), oldest first; null when it could not be learned. */
  trades?(symbol: string, sinceMs: number): Promise<readonly VenueTrade[] | null>;
  /** Of every symbol in which something is held; derivatives only. */
  positions?(): Promise<readonly PositionReport[] | null>;
  /** Since `sinceMs`, oldest first; derivatives only. */
  funding?(sinceMs: number): Promise<readonly FundingPayment[] | null>;
  /** Told when the venue pushes that something changed; one listener. Absent where it does not push. */
  onHint?(listener: (hint: VenueHint) => void): void;
  /** Whether hints arrive now; absent or false: the venue must be polled. */
  isPushing?(): boolean;
  /** Reports pushed by the venue without being asked; one listener. */
  onReport(listener: (report: OrderReport) => void): void;
  close(): Promise<void>;
}

/** The data half. `quote` answers from a cache not older than `maxAgeMs`, else asks; null when no price is to be had. */
export interface MarketFeed {
  markets(): Promise<readonly Market[]>;
  quote(symbol: string, maxAgeMs: number): Promise<Quote | null>;
  /** What rests there now, at most `limit` levels a side; null when it could not be learned. Absent where there is no book. */
  orderBook?(symbol: string, limit: number): Promise<BookSnapshot | null>;
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
  /** What this account pays as a taker, as a fraction; null or absent: nobody says. */
  readonly takerFee?: (market: Market) => Decimal | null;
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
  /** What people are to be told about an account that has no problem, in words; null when nothing is. */
  cautionAbout?(account: Account): Promise<string | null>;
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
