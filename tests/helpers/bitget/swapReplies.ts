import { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade, SymbolRules } from '../venue/bookTypes.ts';
import type { MarginWallet } from '../venue/marginWallet.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';

export type SwapBook = MatchingBook<MarginWallet>;

/** How Bitget's futures write what the book knows. */

export const isPlan = (order: BookOrder): boolean => order.stopPrice !== null;

export function planId(order: BookOrder): string {
  return `9${order.orderId}`;
}

/** What a plan order became carries an id of the venue's own, not the plan's. */
export function shownId(order: BookOrder): string {
  return isPlan(order) ? `plan-${order.orderId}` : order.clientOrderId;
}

export function contract(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    baseCoin: rules.base,
    quoteCoin: rules.quote,
    makerFeeRate: '0.0002',
    takerFeeRate: '0.0006',
    supportMarginCoins: ['USDT'],
    minTradeNum: rules.minQty,
    priceEndStep: String(new Decimal(rules.tickSize).mul(new Decimal(10).pow(new Decimal(rules.tickSize).decimalPlaces()))),
    volumePlace: String(new Decimal(rules.stepSize).decimalPlaces()),
    pricePlace: String(new Decimal(rules.tickSize).decimalPlaces()),
    sizeMultiplier: rules.stepSize,
    symbolType: 'perpetual',
    minTradeUSDT: rules.minNotional,
    symbolStatus: 'normal',
    offTime: '-1',
    limitOpenTime: '-1',
    fundInterval: '8',
    minLever: '1',
    maxLever: '125',
  };
}

export function ticker(book: SwapBook, symbol: string, now: number): unknown {
  const price = book.market(symbol).price.toFixed();
  return {
    symbol,
    lastPr: price,
    askPr: price,
    bidPr: price,
    bidSz: '1',
    askSz: '1',
    high24h: price,
    low24h: price,
    ts: String(now),
    change24h: '0',
    baseVolume: '1',
    quoteVolume: '1',
    usdtVolume: '1',
    openUtc: price,
    changeUtc24h: '0',
    indexPrice: price,
    fundingRate: '0.0001',
    holdingAmount: '1',
    markPrice: price,
  };
}

const STATUS = {
  NEW: 'live',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'canceled',
  REJECTED: 'canceled',
} as const;

/** In hedge mode `side` is the side of the position. */
function direction({ side, positionSide }: BookOrder): object {
  if (positionSide === null)
    return { side: side.toLowerCase(), posSide: 'net', posMode: 'one_way_mode', tradeSide: `${side.toLowerCase()}_single` };
  const opens = (side === 'BUY') === (positionSide === 'LONG');
  return {
    side: positionSide === 'LONG' ? 'buy' : 'sell',
    posSide: positionSide.toLowerCase(),
    posMode: 'hedge_mode',
    tradeSide: opens ? 'open' : 'close',
  };
}

/** `word`: what the status is called there. */
export function shownOrder(order: BookOrder, word: 'state' | 'status'): unknown {
  const limited = order.type.includes('LIMIT');
  return {
    symbol: order.symbol,
    size: order.origQty.toFixed(),
    orderId: String(order.orderId),
    clientOid: shownId(order),
    baseVolume: order.executedQty.toFixed(),
    priceAvg: order.executedQty.isZero() ? '' : order.quoteQty.div(order.executedQty).toFixed(),
    fee: '',
    price: limited ? order.price.toFixed() : '',
    [word]: STATUS[order.status],
    force: order.type === 'LIMIT_MAKER' ? 'post_only' : order.timeInForce.toLowerCase(),
    totalProfits: '0',
    marginCoin: 'USDT',
    quoteVolume: order.quoteQty.toFixed(),
    leverage: '20',
    marginMode: 'crossed',
    reduceOnly: order.reduceOnly ? 'YES' : 'NO',
    enterPointSource: 'API',
    orderType: limited ? 'limit' : 'market',
    orderSource: isPlan(order) ? (limited ? 'plan_limit' : 'plan_market') : limited ? 'normal' : 'market',
    ...direction(order),
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

export function shownPlan(order: BookOrder): unknown {
  const limited = order.type.endsWith('LIMIT');
  return {
    planType: 'normal_plan',
    symbol: order.symbol,
    size: order.origQty.toFixed(),
    orderId: planId(order),
    executeOrderId: order.waiting ? '' : String(order.orderId),
    clientOid: order.clientOrderId,
    price: limited ? order.price.toFixed() : '',
    callbackRatio: '',
    triggerPrice: order.stopPrice?.toFixed(),
    triggerType: 'fill_price',
    planStatus: !order.waiting ? 'executed' : order.status === 'CANCELED' ? 'cancelled' : 'live',
    marginCoin: 'USDT',
    marginMode: 'crossed',
    enterPointSource: 'API',
    orderType: limited ? 'limit' : 'market',
    reduceOnly: order.reduceOnly ? 'YES' : 'NO',
    ...direction(order),
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

/** A fill of an order that closes says the trade's own side, whatever the order says; which position it was of it does not say. */
export function shownFill(trade: BookTrade, order: BookOrder | undefined): unknown {
  const hedged = order !== undefined && order.positionSide !== null;
  const opens = (trade.side === 'BUY') === (order?.positionSide === 'LONG');
  return {
    tradeId: String(trade.id),
    symbol: trade.symbol,
    orderId: String(trade.orderId),
    price: trade.price.toFixed(),
    baseVolume: trade.qty.toFixed(),
    feeDetail: [{ deduction: 'no', feeCoin: trade.commissionAsset, totalDeductionFee: '', totalFee: trade.commission.neg().toFixed() }],
    side: trade.side.toLowerCase(),
    quoteVolume: trade.qty.mul(trade.price).toFixed(),
    profit: '0',
    enterPointSource: 'api',
    tradeSide: hedged ? (opens ? 'open' : 'close') : `${trade.side.toLowerCase()}_single`,
    posMode: hedged ? 'hedge_mode' : 'one_way_mode',
    tradeScope: trade.isMaker ? 'maker' : 'taker',
    cTime: String(trade.time),
  };
}

export function shownAccount(wallet: MarginWallet): object {
  const { balance, available } = wallet;
  return {
    marginCoin: wallet.asset,
    locked: '0',
    available: balance.toFixed(),
    crossedMaxAvailable: available.toFixed(),
    isolatedMaxAvailable: available.toFixed(),
    maxTransferOut: available.toFixed(),
    accountEquity: balance.toFixed(),
    usdtEquity: balance.toFixed(),
    btcEquity: '0',
    crossedRiskRate: '0',
    unrealizedPL: '',
    coupon: '0',
    assetMode: 'single',
  };
}

export function shownSettings(wallet: MarginWallet, symbol: string): object {
  const leverage = wallet.leverage(symbol);
  return {
    crossedMarginLeverage: leverage,
    isolatedLongLever: leverage,
    isolatedShortLever: leverage,
    marginMode: wallet.isIsolated(symbol) ? 'isolated' : 'crossed',
  };
}

/** One row for each side that is held. */
export function shownPositions(book: SwapBook, { symbol }: SymbolRules): readonly unknown[] {
  return ([null, 'LONG', 'SHORT'] as const).flatMap((positionSide) => {
    const { quantity, cost } = book.wallet.position(symbol, positionSide);
    if (quantity.isZero()) return [];
    return [
      {
        marginCoin: 'USDT',
        symbol,
        holdSide: quantity.gt(0) ? 'long' : 'short',
        openDelegateSize: '0',
        marginSize: cost.abs().div(book.wallet.leverage(symbol)).toFixed(8),
        available: quantity.abs().toFixed(),
        locked: '0',
        total: quantity.abs().toFixed(),
        leverage: String(book.wallet.leverage(symbol)),
        achievedProfits: '0',
        openPriceAvg: cost.div(quantity).toFixed(),
        marginMode: book.wallet.isIsolated(symbol) ? 'isolated' : 'crossed',
        posMode: positionSide === null ? 'one_way_mode' : 'hedge_mode',
        unrealizedPL: quantity.mul(book.market(symbol).price).sub(cost).toFixed(),
        liquidationPrice: (book.wallet.liquidationPrice(symbol, positionSide) ?? new Decimal(-1)).toDecimalPlaces(8).toFixed(),
        keepMarginRate: '0.004',
        markPrice: book.market(symbol).price.toFixed(),
        cTime: '1695649246169',
        uTime: '1695649246169',
      },
    ];
  });
}
