import type { OrderType, PriceOrPercent, TimeInForce } from '../alert/alert.ts';
import type { AccountId, OrderId, SignalId } from '../ids.ts';
import type { Decimal } from '../money.ts';

export type Side = 'buy' | 'sell';

/** What the leg is for. Exits stay allowed where entries are refused. `external`: somebody else placed it at the venue. */
export const ORDER_ROLES = ['entry', 'exit', 'take_profit', 'stop_loss', 'external'] as const;
export type OrderRole = (typeof ORDER_ROLES)[number];

export const ORDER_STATUSES = [
  'intent',
  'submitted',
  'open',
  'partially_filled',
  'filled',
  'rejected',
  'canceled',
  'expired',
  'replaced',
  'unknown',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What an order type that the leader works off needs besides price and size; null where its type has no such term. */
export interface WorkTerms {
  /** How far a trailing stop stays behind the best price since it was placed: an absolute distance in quote, or percent. */
  readonly trail: PriceOrPercent | null;
  /** Base units an iceberg shows at a time. */
  readonly display: Decimal | null;
  /** Over how long a TWAP or VWAP is spread, milliseconds. */
  readonly durationMs: number | null;
}

/** What we want: one leg of a signal on one account, before any venue has heard of it. */
export interface OrderIntent {
  readonly id: OrderId;
  readonly signalId: SignalId;
  readonly leg: number;
  readonly clientOrderId: string;
  readonly accountId: AccountId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Base units. A protective leg's quantity is a share of what its parent fills and is set when it is sent. */
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly role: OrderRole;
  /** The leg is sent only after this order filled (a reversal's entry after its exit, protection after its entry). */
  readonly parentId: OrderId | null;
  /** Orders of one group cancel each other: when one fills, the others go (one-cancels-other). */
  readonly ocoGroup: string | null;
  /** Percent of the parent's filled quantity, for protective legs; null otherwise. */
  readonly parentShare: Decimal | null;
  readonly strategy: string | null;
  readonly tag: string | null;
  /** Null: its type has none. */
  readonly terms: WorkTerms | null;
  /** The worked order this one is a step of: what this fills, that one has filled. Null: it stands for itself. */
  readonly sliceOf: OrderId | null;
}

/** An intent and what has become of it. `filledNotional` is Σ price × quantity of its fills, in quote. */
export interface Order extends OrderIntent {
  readonly venueOrderId: string | null;
  readonly status: OrderStatus;
  readonly filledQuantity: Decimal;
  readonly filledNotional: Decimal;
  /** Stable reason code of a refusal or failure, else null. */
  readonly code: string | null;
  readonly message: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the order may first have reached the venue; null while it cannot have. */
  readonly sentAt: number | null;
  /** How far the leader has come with what it does for this order, as plain JSON (decimals as text). Null: nothing yet. */
  readonly progress: Readonly<Record<string, unknown>> | null;
}

/** One execution as the venue reported it. `liquidity` is who made the price. */
export interface Fill {
  readonly venueTradeId: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker' | 'unknown';
  readonly executedAt: number;
}
