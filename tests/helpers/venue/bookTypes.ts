import type { Decimal } from '../../../src/domain/money.ts';

/** Why a book takes no order; each venue's server says it with a code and words of its own. */
export type BookRefusalReason = 'unknown_symbol' | 'duplicate' | 'would_match' | 'would_trigger' | 'insufficient_funds' | 'would_open';

export class BookRefusal extends Error {
  override readonly name = 'BookRefusal';
  readonly reason: BookRefusalReason;
  constructor(reason: BookRefusalReason) {
    super(reason);
    this.reason = reason;
  }
}

export interface SymbolRules {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Filters, as decimal text. */
  readonly tickSize: string;
  readonly stepSize: string;
  readonly minQty: string;
  readonly minNotional: string;
  /** Digits a quantity may carry before it is `-1111 too much precision`. */
  readonly basePrecision: number;
  readonly price: string;
}

export type BookSide = 'BUY' | 'SELL';

/** In hedge mode the side of the position an order is of; null in one-way mode and on spot. */
export type BookPositionSide = 'LONG' | 'SHORT' | null;

/** Order types in Binance's words; other venues' servers translate. */
export const ORDER_TYPES = ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'] as const;
export type BookOrderType = (typeof ORDER_TYPES)[number];

export interface BookTrade {
  readonly id: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: BookSide;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: string;
  readonly positionSide: BookPositionSide;
  readonly isMaker: boolean;
  readonly time: number;
}

export interface BookOrder {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: BookSide;
  readonly type: BookOrderType;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK';
  readonly origQty: Decimal;
  readonly price: Decimal;
  readonly stopPrice: Decimal | null;
  readonly reduceOnly: boolean;
  readonly positionSide: BookPositionSide;
  readonly time: number;
  status: 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'REJECTED';
  executedQty: Decimal;
  quoteQty: Decimal;
  updateTime: number;
  /** A stop that has not triggered yet waits outside the book. */
  waiting: boolean;
  trades: BookTrade[];
  /** How often GET /order still answers -2013 for it. */
  hiddenPolls: number;
}

export interface NewOrder {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: BookSide;
  readonly type: BookOrderType;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK';
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly reduceOnly?: boolean;
  readonly positionSide?: BookPositionSide;
}
