import { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade, SymbolRules } from '../venue/bookTypes.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';

export type SpotBook = MatchingBook<SpotWallet>;

export function symbolInfo(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    baseCoin: rules.base,
    quoteCoin: rules.quote,
    minTradeAmount: rules.minQty,
    maxTradeAmount: '900000000000000000000',
    takerFeeRate: '0.001',
    makerFeeRate: '0.001',
    pricePrecision: String(new Decimal(rules.tickSize).decimalPlaces()),
    quantityPrecision: String(new Decimal(rules.stepSize).decimalPlaces()),
    quotePrecision: '8',
    minTradeUSDT: rules.minNotional,
    status: 'online',
    buyLimitPriceRatio: '0.05',
    sellLimitPriceRatio: '0.05',
    areaSymbol: 'no',
  };
}

export const isPlan = (order: BookOrder): boolean => order.stopPrice !== null;

export function planId(order: BookOrder): string {
  return isPlan(order) ? `9${order.orderId}` : '';
}

/** What a plan order became carries an id of the venue's own, not the plan's. */
export function shownId(order: BookOrder): string {
  return isPlan(order) ? `plan-${order.orderId}` : order.clientOrderId;
}

export function shownPlan(order: BookOrder): unknown {
  return {
    orderId: planId(order),
    clientOid: order.clientOrderId,
    symbol: order.symbol,
    triggerPrice: order.stopPrice?.toFixed(),
    orderType: order.type.endsWith('LIMIT') ? 'limit' : 'market',
    executePrice: order.price.toFixed(),
    planType: 'amount',
    size: order.origQty.toFixed(),
    status: !order.waiting ? 'executed' : order.status === 'CANCELED' ? 'cancelled' : 'live',
    side: order.side.toLowerCase(),
    triggerType: 'fill_price',
    enterPointSource: 'API',
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

const STATUS = {
  NEW: 'live',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'cancelled',
  EXPIRED: 'cancelled',
  REJECTED: 'cancelled',
} as const;

export function shownOrder(order: BookOrder) {
  const force = order.type === 'LIMIT_MAKER' ? 'post_only' : order.timeInForce.toLowerCase();
  return {
    userId: '1',
    symbol: order.symbol,
    orderId: String(order.orderId),
    clientOid: shownId(order),
    price: order.price.toFixed(),
    size: order.origQty.toFixed(),
    orderType: order.type.includes('LIMIT') ? 'limit' : 'market',
    side: order.side.toLowerCase(),
    status: STATUS[order.status],
    priceAvg: order.executedQty.isZero() ? '0' : order.quoteQty.div(order.executedQty).toFixed(),
    baseVolume: order.executedQty.toFixed(),
    quoteVolume: order.quoteQty.toFixed(),
    enterPointSource: 'API',
    orderSource: 'normal',
    force,
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

/** GET unfilled-orders: the price of the order is in `priceAvg`, that of what has filled in `basePrice`. */
export function shownOpenOrder(order: BookOrder): unknown {
  const { price, priceAvg, ...rest } = shownOrder(order);
  return { ...rest, priceAvg: price, basePrice: priceAvg };
}

export function shownFill(trade: BookTrade): unknown {
  return {
    userId: '1',
    symbol: trade.symbol,
    orderId: String(trade.orderId),
    tradeId: String(trade.id),
    orderType: 'limit',
    side: trade.side.toLowerCase(),
    priceAvg: trade.price.toFixed(),
    size: trade.qty.toFixed(),
    amount: trade.qty.mul(trade.price).toFixed(),
    feeDetail: { deduction: 'no', feeCoin: trade.commissionAsset, totalDeductionFee: '', totalFee: trade.commission.neg().toFixed() },
    tradeScope: trade.isMaker ? 'maker' : 'taker',
    cTime: String(trade.time),
    uTime: String(trade.time),
  };
}

export function asset(book: SpotBook, coin: string, now: number): unknown {
  return {
    coin,
    available: book.wallet.free(coin).toFixed(),
    frozen: book.wallet.locked(coin).toFixed(),
    locked: '0',
    limitAvailable: '0',
    uTime: String(now),
  };
}
