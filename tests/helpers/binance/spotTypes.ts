import type { Decimal } from '../../../src/domain/money.ts';

/** A Binance error as its REST API answers it: `{"code":-2010,"msg":"…"}` with an HTTP status of 4xx or 5xx. */
export class BinanceError extends Error {
  override readonly name = 'BinanceError';
  readonly code: number;
  readonly status: number;
  constructor(code: number, msg: string, status = 400) {
    super(msg);
    this.code = code;
    this.status = status;
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

export type BinanceSide = 'BUY' | 'SELL';

export const ORDER_TYPES = ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'] as const;
export type BinanceOrderType = (typeof ORDER_TYPES)[number];

export interface BookTrade {
  readonly id: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: BinanceSide;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: string;
  readonly isMaker: boolean;
  readonly time: number;
}

export interface BookOrder {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: BinanceSide;
  readonly type: BinanceOrderType;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK';
  readonly origQty: Decimal;
  readonly price: Decimal;
  readonly stopPrice: Decimal | null;
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
  readonly side: BinanceSide;
  readonly type: BinanceOrderType;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK';
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
}
