import type { Decimal } from '../../../src/domain/money.ts';
import { type BookOrder, type BookTrade, ORDER_TYPES, type SymbolRules } from '../venue/bookTypes.ts';
import type { SpotBook } from './spotEndpoints.ts';

/** Binance writes at least eight decimals. */
export function amount(value: Decimal): string {
  return value.toFixed(Math.max(8, value.decimalPlaces()));
}

export function exchangeInfo(symbols: readonly SymbolRules[], serverTime: number): unknown {
  return {
    timezone: 'UTC',
    serverTime,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
    ],
    exchangeFilters: [],
    symbols: symbols.map(symbolInfo),
  };
}

function symbolInfo(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    status: 'TRADING',
    baseAsset: rules.base,
    baseAssetPrecision: rules.basePrecision,
    quoteAsset: rules.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: rules.tickSize, maxPrice: '1000000.00000000', tickSize: rules.tickSize },
      { filterType: 'LOT_SIZE', minQty: rules.minQty, maxQty: '9000000.00000000', stepSize: rules.stepSize },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '1000000.00000000', stepSize: '0.00000000' },
      {
        filterType: 'NOTIONAL',
        minNotional: rules.minNotional,
        applyMinToMarket: true,
        maxNotional: '900000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
      { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  };
}

/** Answer of POST /order with newOrderRespType FULL. */
export function fullOrder(order: BookOrder): Record<string, unknown> {
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.time,
    ...terms(order),
    workingTime: order.waiting ? -1 : order.time,
    fills: order.trades.map((trade) => ({
      price: amount(trade.price),
      qty: amount(trade.qty),
      commission: amount(trade.commission),
      commissionAsset: trade.commissionAsset,
      tradeId: trade.id,
    })),
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

/** An order as GET /order, /openOrders and /allOrders show it. */
export function queriedOrder(order: BookOrder): Record<string, unknown> {
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...terms(order),
    icebergQty: '0.00000000',
    time: order.time,
    updateTime: order.updateTime,
    isWorking: !order.waiting,
    workingTime: order.waiting ? -1 : order.time,
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

/** Answer of DELETE /order: the cancel request has a client id of its own. */
export function canceledOrder(order: BookOrder, cancelId: string, transactTime: number): Record<string, unknown> {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: cancelId,
    transactTime,
    ...terms(order),
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

function terms(order: BookOrder): Record<string, unknown> {
  return {
    price: amount(order.price),
    origQty: amount(order.origQty),
    executedQty: amount(order.executedQty),
    origQuoteOrderQty: '0.00000000',
    cummulativeQuoteQty: amount(order.quoteQty),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    ...(order.stopPrice ? { stopPrice: amount(order.stopPrice) } : {}),
  };
}

export function myTrade(trade: BookTrade): unknown {
  return {
    symbol: trade.symbol,
    id: trade.id,
    orderId: trade.orderId,
    orderListId: -1,
    price: amount(trade.price),
    qty: amount(trade.qty),
    quoteQty: amount(trade.qty.mul(trade.price)),
    commission: amount(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.time,
    isBuyer: trade.side === 'BUY',
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

export function account(book: SpotBook, canTrade: boolean, omitZero: boolean): unknown {
  const balances = book.wallet.assets().map((asset) => ({
    asset,
    free: amount(book.wallet.free(asset)),
    locked: amount(book.wallet.locked(asset)),
  }));
  return {
    makerCommission: 10,
    takerCommission: 10,
    canTrade,
    canWithdraw: true,
    canDeposit: true,
    accountType: 'SPOT',
    balances: omitZero ? balances.filter((balance) => Number(balance.free) !== 0 || Number(balance.locked) !== 0) : balances,
    permissions: ['SPOT'],
    uid: 354937868,
  };
}

export function ticker24hr(symbol: string, price: Decimal, now: number): unknown {
  const text = amount(price);
  return {
    symbol,
    priceChange: '0.00000000',
    priceChangePercent: '0.000',
    weightedAvgPrice: text,
    prevClosePrice: text,
    lastPrice: text,
    lastQty: '1.00000000',
    bidPrice: text,
    bidQty: '100.00000000',
    askPrice: text,
    askQty: '100.00000000',
    openPrice: text,
    highPrice: text,
    lowPrice: text,
    volume: '1000.00000000',
    quoteVolume: '1000.00000000',
    openTime: now - 86_400_000,
    closeTime: now,
    firstId: 0,
    lastId: 1,
    count: 2,
  };
}
