import type { BookOrder, BookTrade, SymbolRules } from '../venue/bookTypes.ts';

export const isAlgo = (order: BookOrder): boolean => order.stopPrice !== null;

/** What a conditional order became has an id of its own, and one for the client. */
export function shownId(order: BookOrder): string {
  return isAlgo(order) ? `triggered-${order.orderId}` : order.clientOrderId;
}

export function algoId(order: BookOrder): string {
  return `30${order.orderId}`;
}

export function symbolInfo(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    pair: rules.symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4133404800000,
    onboardDate: 1569398400000,
    status: 'TRADING',
    baseAsset: rules.base,
    quoteAsset: rules.quote,
    marginAsset: rules.quote,
    pricePrecision: 2,
    quantityPrecision: 3,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: rules.tickSize, maxPrice: '4529764', tickSize: rules.tickSize },
      { filterType: 'LOT_SIZE', minQty: rules.minQty, maxQty: '100000', stepSize: rules.stepSize },
      { filterType: 'MARKET_LOT_SIZE', minQty: rules.minQty, maxQty: '100000', stepSize: rules.stepSize },
      { filterType: 'MIN_NOTIONAL', notional: rules.minNotional },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

export function shownOrder(order: BookOrder): unknown {
  return {
    orderId: order.orderId,
    symbol: order.symbol,
    status: order.status,
    clientOrderId: shownId(order),
    price: order.price.toFixed(),
    avgPrice: order.executedQty.isZero() ? '0.00' : order.quoteQty.div(order.executedQty).toFixed(),
    origQty: order.origQty.toFixed(),
    executedQty: order.executedQty.toFixed(),
    cumQuote: order.quoteQty.toFixed(),
    timeInForce: order.type === 'LIMIT_MAKER' ? 'GTX' : order.timeInForce,
    type: order.type.includes('LIMIT') ? 'LIMIT' : 'MARKET',
    reduceOnly: order.reduceOnly,
    closePosition: false,
    side: order.side,
    positionSide: order.positionSide ?? 'BOTH',
    stopPrice: '0',
    workingType: 'CONTRACT_PRICE',
    origType: order.type.includes('LIMIT') ? 'LIMIT' : 'MARKET',
    time: order.time,
    updateTime: order.updateTime,
  };
}

export function shownAlgo(order: BookOrder): unknown {
  return {
    algoId: Number(algoId(order)),
    clientAlgoId: order.clientOrderId,
    algoType: 'CONDITIONAL',
    orderType: order.type === 'STOP_LOSS' ? 'STOP_MARKET' : 'STOP',
    symbol: order.symbol,
    side: order.side,
    positionSide: order.positionSide ?? 'BOTH',
    timeInForce: 'GTC',
    quantity: order.origQty.toFixed(),
    algoStatus: !order.waiting ? 'FINISHED' : order.status === 'CANCELED' ? 'CANCELED' : 'NEW',
    actualOrderId: order.waiting ? '' : String(order.orderId),
    triggerPrice: order.stopPrice?.toFixed(),
    price: order.price.toFixed(),
    workingType: 'CONTRACT_PRICE',
    reduceOnly: order.reduceOnly,
    createTime: order.time,
    updateTime: order.updateTime,
  };
}

export function shownTrade(trade: BookTrade): unknown {
  return {
    symbol: trade.symbol,
    id: trade.id,
    orderId: trade.orderId,
    side: trade.side,
    price: trade.price.toFixed(),
    qty: trade.qty.toFixed(),
    realizedPnl: '0',
    quoteQty: trade.qty.mul(trade.price).toFixed(),
    commission: trade.commission.toFixed(),
    commissionAsset: trade.commissionAsset,
    time: trade.time,
    positionSide: trade.positionSide ?? 'BOTH',
    maker: trade.isMaker,
    buyer: trade.side === 'BUY',
  };
}
