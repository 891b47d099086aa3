import type { Decimal } from '../money.ts';

export const ALERT_ACTIONS = ['buy', 'sell', 'long', 'short', 'close', 'target', 'cancel'] as const;
export type AlertAction = (typeof ALERT_ACTIONS)[number];

/** What a venue is asked for. */
export const VENUE_ORDER_TYPES = ['market', 'limit', 'stop', 'stop_limit'] as const;
export type VenueOrderType = (typeof VENUE_ORDER_TYPES)[number];

/** What the leader carries out step by step, with orders of the types above. */
export const WORKED_ORDER_TYPES = ['trailing_stop', 'iceberg', 'twap', 'vwap'] as const;
export type WorkedOrderType = (typeof WORKED_ORDER_TYPES)[number];

export const ORDER_TYPES = [...VENUE_ORDER_TYPES, ...WORKED_ORDER_TYPES] as const;
export type OrderType = VenueOrderType | WorkedOrderType;

export const MARGIN_MODES = ['cross', 'isolated'] as const;
export type MarginMode = (typeof MARGIN_MODES)[number];

export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTD'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What several accounts of one alert each do: the whole, or their share of one whole, where it costs least. */
export const ROUTES = ['all', 'best'] as const;
export type Route = (typeof ROUTES)[number];

/** How much: base units, quote notional, a share of equity (of the position when closing), or risk against the stop. `percent` is 10 for 10 %. */
export type AlertQuantity =
  | { readonly kind: 'base'; readonly amount: Decimal }
  | { readonly kind: 'quote'; readonly amount: Decimal; readonly asset: string }
  | { readonly kind: 'percent'; readonly percent: Decimal }
  | { readonly kind: 'risk'; readonly percent: Decimal };

/** An absolute price, or a distance from the entry in percent (2 for 2 %). */
export type PriceOrPercent = { readonly kind: 'price'; readonly price: Decimal } | { readonly kind: 'percent'; readonly percent: Decimal };

/** One take-profit step: `share` in percent of the filled quantity. */
export interface TakeProfitStep {
  readonly at: PriceOrPercent;
  readonly share: Decimal;
}

/** What one alert asks for, in our words: the parsed, validated, secret-free form of a body. Times are epoch milliseconds. */
export interface Alert {
  readonly action: AlertAction;
  readonly symbol: string;
  readonly quantity: AlertQuantity | null;
  readonly type: OrderType;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  /** Of a trailing stop: how far it stays behind the best price, in percent or as a distance in quote. */
  readonly trail: PriceOrPercent | null;
  /** Of an iceberg: base units shown at a time. */
  readonly display: Decimal | null;
  /** Of a TWAP or VWAP: over how long it is spread, whole seconds in milliseconds. */
  readonly durationMs: number | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** Of the derivatives market, set before its order; a whole number. Null keeps what is set at the venue. */
  readonly leverage: number | null;
  readonly marginMode: MarginMode | null;
  readonly takeProfit: readonly TakeProfitStep[];
  /** Where the loss is taken at first; null with `stopLossTrail`: so far from the entry as it trails. */
  readonly stopLoss: PriceOrPercent | null;
  /** How far behind the best price the stop loss follows; null: it stays where it is. */
  readonly stopLossTrail: PriceOrPercent | null;
  /** Signed position the sender wants (`target`) or claims to have now, in base. */
  readonly position: Decimal | null;
  readonly prevPosition: Decimal | null;
  /** Account names; empty: the hook's accounts. */
  readonly accounts: readonly string[];
  readonly route: Route;
  /** Sender's idempotency key. */
  readonly id: string | null;
  readonly time: number | null;
  /** For `cancel`: one order only. */
  readonly orderId: string | null;
  readonly strategy: string | null;
  readonly tag: string | null;
  readonly note: string | null;
}

/** One mistake in a body. `pointer` is an RFC 6901 JSON pointer ('' for the whole body). */
export interface AlertMistake {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export type AlertParse =
  | { readonly ok: true; readonly alert: Alert; readonly secret: string | null; readonly fingerprint: string; readonly payload: string }
  | { readonly ok: false; readonly secret: string | null; readonly mistakes: readonly AlertMistake[] };
