import { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder, BookOrderType, BookTrade, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import type { MarginWallet } from '../venue/marginWallet.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import { BinanceError } from './binanceError.ts';
import { inventedId, type Params, required } from './spotRequests.ts';

export type SwapBook = MatchingBook<MarginWallet>;

export interface SwapContext {
  readonly book: SwapBook;
  readonly now: () => number;
  readonly hedgeMode: boolean;
  readonly canTrade: boolean;
}

interface Endpoint {
  readonly signed: boolean;
  readonly run: (context: SwapContext, params: Params) => unknown;
}

const publicly = (run: Endpoint['run']): Endpoint => ({ signed: false, run });
const signed = (run: Endpoint['run']): Endpoint => ({ signed: true, run });

/** Every endpoint the server knows, by method and path. */
export const SWAP_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /fapi/v1/time', publicly(({ now }) => ({ serverTime: now() }))],
  [
    'GET /fapi/v1/exchangeInfo',
    publicly(({ book, now }) => ({ timezone: 'UTC', serverTime: now(), symbols: book.symbols.map(symbolInfo) })),
  ],
  ['GET /fapi/v1/ticker/bookTicker', publicly(bookTicker)],
  ['POST /fapi/v1/order', signed(placeOrder)],
  ['GET /fapi/v1/order', signed(queryOrder)],
  ['DELETE /fapi/v1/order', signed(cancelOrder)],
  ['GET /fapi/v1/openOrders', signed(({ book }, params) => visible(book.openOrders(params.symbol)).filter(isPlain).map(shownOrder))],
  [
    'GET /fapi/v1/allOrders',
    signed(({ book }, params) =>
      visible(ofSymbol(book, params))
        .filter(isPlain)
        .slice(-Number(params.limit ?? 500))
        .map(shownOrder),
    ),
  ],
  ['GET /fapi/v1/userTrades', signed(userTrades)],
  ['POST /fapi/v1/algoOrder', signed(placeAlgo)],
  ['GET /fapi/v1/algoOrder', signed(queryAlgo)],
  ['DELETE /fapi/v1/algoOrder', signed(cancelAlgo)],
  [
    'GET /fapi/v1/openAlgoOrders',
    signed(({ book }, params) =>
      book
        .openOrders(params.symbol)
        .filter((order) => order.waiting)
        .map(shownAlgo),
    ),
  ],
  ['GET /fapi/v3/balance', signed(({ book }) => [balance(book.wallet)])],
  ['GET /fapi/v3/positionRisk', signed(({ book }, params) => ofMarkets(book, params).map((rules) => positionRisk(book, rules)))],
  [
    'GET /fapi/v1/accountConfig',
    signed(({ hedgeMode, canTrade }) => ({
      feeTier: 0,
      canTrade,
      canDeposit: true,
      canWithdraw: true,
      dualSidePosition: hedgeMode,
      multiAssetsMargin: false,
    })),
  ],
  ['GET /fapi/v1/positionSide/dual', signed(({ hedgeMode }) => ({ dualSidePosition: hedgeMode }))],
  ['POST /fapi/v1/leverage', signed(setLeverage)],
  ['POST /fapi/v1/marginType', signed(setMarginType)],
  [
    'GET /sapi/v1/account/apiRestrictions',
    signed(() => ({ ipRestrict: true, enableReading: true, enableFutures: true, enableWithdrawals: false })),
  ],
]);

function symbolInfo(rules: SymbolRules): unknown {
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

function bookTicker({ book, now }: SwapContext, params: Params): unknown {
  const shown = ofMarkets(book, params).map(({ symbol }) => {
    const price = book.market(symbol).price.toFixed();
    return { symbol, bidPrice: price, bidQty: '1', askPrice: price, askQty: '1', time: now() };
  });
  return params.symbol === undefined ? shown : shown[0];
}

const COMMON = ['symbol', 'side', 'type', 'timeInForce', 'quantity', 'price', 'reduceOnly', 'recvWindow', 'timestamp', 'signature'];
const ORDER_PARAMS = new Set([...COMMON, 'newClientOrderId', 'newOrderRespType', 'goodTillDate']);
const ALGO_PARAMS = new Set([...COMMON, 'algoType', 'clientAlgoId', 'triggerPrice', 'workingType']);
/** goodTillDate must lie further ahead than this (New Order, "goodTillDate"). */
const GTD_MS_MIN = 600_000;

function placeOrder(context: SwapContext, params: Params): unknown {
  checkParams(context, params, ORDER_PARAMS);
  const type = oneOf(params, 'type', ['LIMIT', 'MARKET']);
  const lifetime = type === 'MARKET' ? 'GTC' : oneOf(params, 'timeInForce', ['GTC', 'IOC', 'FOK', 'GTX', 'GTD']);
  if (lifetime === 'GTD' && Number(required(params, 'goodTillDate')) < context.now() + GTD_MS_MIN)
    throw new BinanceError(-4015, 'goodTillDate is too early.');
  const kind: BookOrderType = type === 'MARKET' ? 'MARKET' : lifetime === 'GTX' ? 'LIMIT_MAKER' : 'LIMIT';
  const timeInForce = lifetime === 'IOC' || lifetime === 'FOK' ? lifetime : 'GTC';
  const price = type === 'LIMIT' ? new Decimal(required(params, 'price')) : null;
  const order = accept(context, params, params.newClientOrderId, { type: kind, timeInForce, price, stopPrice: null });
  return shownOrder(order);
}

function placeAlgo(context: SwapContext, params: Params): unknown {
  checkParams(context, params, ALGO_PARAMS);
  oneOf(params, 'algoType', ['CONDITIONAL']);
  const type = oneOf(params, 'type', ['STOP_MARKET', 'STOP']);
  if (type === 'STOP') oneOf(params, 'timeInForce', ['GTC', 'IOC', 'FOK']);
  const price = type === 'STOP' ? new Decimal(required(params, 'price')) : null;
  const kind = type === 'STOP' ? 'STOP_LOSS_LIMIT' : 'STOP_LOSS';
  const stopPrice = new Decimal(required(params, 'triggerPrice'));
  return shownAlgo(accept(context, params, params.clientAlgoId, { type: kind, timeInForce: 'GTC', price, stopPrice }));
}

function accept(
  { book }: SwapContext,
  params: Params,
  id: string | undefined,
  terms: Pick<NewOrder, 'type' | 'timeInForce' | 'price' | 'stopPrice'>,
): BookOrder {
  const { rules, price: last } = book.market(required(params, 'symbol'));
  const clientOrderId = id ?? inventedId();
  if (clientOrderId.length > 36) throw new BinanceError(-4015, 'Client order id length should not be more than 36 chars');
  const quantity = new Decimal(required(params, 'quantity'));
  const reduceOnly = params.reduceOnly === 'true';
  checkFilters(rules, quantity, [terms.price, terms.stopPrice]);
  const notional = quantity.mul(terms.price ?? terms.stopPrice ?? last);
  if (!reduceOnly && notional.lt(rules.minNotional))
    throw new BinanceError(-4164, `Order's notional must be no smaller than ${rules.minNotional} (unless you choose reduce only).`);
  const side = oneOf(params, 'side', ['BUY', 'SELL']);
  return book.place({ clientOrderId, symbol: rules.symbol, side, quantity, reduceOnly, ...terms });
}

function checkParams({ hedgeMode, canTrade }: SwapContext, params: Params, known: ReadonlySet<string>): void {
  const unread = Object.keys(params).find((name) => !known.has(name));
  if (unread !== undefined) throw new BinanceError(-1104, `Not all sent parameters were read: ${unread}`);
  if (hedgeMode) throw new BinanceError(-4061, "Order's position side does not match user's setting.");
  if (!canTrade) throw new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
}

function checkFilters(rules: SymbolRules, quantity: Decimal, prices: readonly (Decimal | null)[]): void {
  if (quantity.lte(0)) throw new BinanceError(-4003, 'Quantity less than or equal to zero.');
  if (!quantity.mod(rules.stepSize).isZero()) throw new BinanceError(-1111, 'Precision is over the maximum defined for this asset.');
  for (const price of prices)
    if (price && !price.mod(rules.tickSize).isZero()) throw new BinanceError(-4014, 'Price not increased by tick size.');
}

function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === required(params, name));
  if (found === undefined) throw new BinanceError(-1102, `Mandatory parameter '${name}' was malformed.`);
  return found;
}

const isAlgo = (order: BookOrder): boolean => order.stopPrice !== null;
const isPlain = (order: BookOrder): boolean => !isAlgo(order) || !order.waiting;
const isOpen = (book: SwapBook, order: BookOrder): boolean => book.openOrders(order.symbol).includes(order);
const visible = (orders: readonly BookOrder[]): BookOrder[] => orders.filter((order) => order.hiddenPolls === 0);
const ofSymbol = (book: SwapBook, params: Params): BookOrder[] => book.orders.filter((order) => order.symbol === params.symbol);
const ofMarkets = (book: SwapBook, params: Params): SymbolRules[] =>
  params.symbol === undefined ? [...book.symbols] : [book.market(params.symbol).rules];

/** What a conditional order became has an id of its own, and one for the client. */
function shownId(order: BookOrder): string {
  return isAlgo(order) ? `autoclose-${order.orderId}` : order.clientOrderId;
}

function algoId(order: BookOrder): string {
  return `30${order.orderId}`;
}

function findPlain(book: SwapBook, params: Params): BookOrder {
  const order = ofSymbol(book, params)
    .filter(isPlain)
    .findLast((candidate) =>
      params.orderId === undefined ? shownId(candidate) === params.origClientOrderId : String(candidate.orderId) === params.orderId,
    );
  if (order && order.hiddenPolls === 0) return order;
  if (order) order.hiddenPolls--;
  throw new BinanceError(-2013, 'Order does not exist.');
}

function findAlgo(book: SwapBook, params: Params): BookOrder {
  const order = book.orders
    .filter(isAlgo)
    .findLast((candidate) =>
      params.algoId === undefined ? candidate.clientOrderId === params.clientAlgoId : algoId(candidate) === params.algoId,
    );
  if (!order) throw new BinanceError(-2013, 'Order does not exist.');
  return order;
}

function queryOrder({ book }: SwapContext, params: Params): unknown {
  return shownOrder(findPlain(book, params));
}

function cancelOrder({ book }: SwapContext, params: Params): unknown {
  const order = ofSymbol(book, params)
    .filter(isPlain)
    .findLast((candidate) =>
      params.orderId === undefined ? shownId(candidate) === params.origClientOrderId : String(candidate.orderId) === params.orderId,
    );
  if (!order || !isOpen(book, order)) throw new BinanceError(-2011, 'Unknown order sent.');
  book.cancel(order);
  return shownOrder(order);
}

function queryAlgo({ book }: SwapContext, params: Params): unknown {
  return shownAlgo(findAlgo(book, params));
}

function cancelAlgo({ book }: SwapContext, params: Params): unknown {
  const order = findAlgo(book, params);
  if (!order.waiting || !isOpen(book, order)) throw new BinanceError(-2011, 'Unknown order sent.');
  book.cancel(order);
  return { algoId: Number(algoId(order)), clientAlgoId: order.clientOrderId, code: '200', msg: 'success' };
}

function shownOrder(order: BookOrder): unknown {
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
    positionSide: 'BOTH',
    stopPrice: '0',
    workingType: 'CONTRACT_PRICE',
    origType: order.type.includes('LIMIT') ? 'LIMIT' : 'MARKET',
    time: order.time,
    updateTime: order.updateTime,
  };
}

function shownAlgo(order: BookOrder): unknown {
  return {
    algoId: Number(algoId(order)),
    clientAlgoId: order.clientOrderId,
    algoType: 'CONDITIONAL',
    orderType: order.type === 'STOP_LOSS' ? 'STOP_MARKET' : 'STOP',
    symbol: order.symbol,
    side: order.side,
    positionSide: 'BOTH',
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

function userTrades({ book }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const trades = book.trades.filter(
    (trade) => trade.symbol === symbol && (params.orderId === undefined || String(trade.orderId) === params.orderId),
  );
  return trades.slice(-Number(params.limit ?? 500)).map(shownTrade);
}

function shownTrade(trade: BookTrade): unknown {
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
    positionSide: 'BOTH',
    maker: trade.isMaker,
    buyer: trade.side === 'BUY',
  };
}

function balance(wallet: MarginWallet): unknown {
  return {
    accountAlias: 'a',
    asset: wallet.asset,
    balance: wallet.balance.toFixed(),
    crossWalletBalance: wallet.balance.toFixed(),
    crossUnPnl: '0',
    availableBalance: wallet.available.toFixed(),
    maxWithdrawAmount: wallet.available.toFixed(),
    marginAvailable: true,
    updateTime: 1,
  };
}

function positionRisk(book: SwapBook, { symbol }: SymbolRules): unknown {
  const { quantity, cost } = book.wallet.position(symbol);
  return {
    symbol,
    positionSide: 'BOTH',
    positionAmt: quantity.toFixed(),
    entryPrice: quantity.isZero() ? '0' : cost.div(quantity).toFixed(),
    markPrice: book.market(symbol).price.toFixed(),
    unRealizedProfit: '0',
    liquidationPrice: '0',
    notional: cost.toFixed(),
    marginAsset: 'USDT',
  };
}

function setLeverage({ book }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const leverage = Number(required(params, 'leverage'));
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > 125) throw new BinanceError(-4028, `Leverage ${leverage} is not valid`);
  book.market(symbol);
  book.wallet.setLeverage(symbol, leverage);
  return { leverage, maxNotionalValue: '1000000', symbol };
}

function setMarginType({ book }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const isolated = oneOf(params, 'marginType', ['ISOLATED', 'CROSSED']) === 'ISOLATED';
  if (book.wallet.isIsolated(symbol) === isolated) throw new BinanceError(-4046, 'No need to change margin type.');
  if (book.openOrders(symbol).length > 0) throw new BinanceError(-4047, 'Margin type cannot be changed if there exists open orders.');
  if (!book.wallet.position(symbol).quantity.isZero())
    throw new BinanceError(-4048, 'Margin type cannot be changed if there exists position.');
  book.wallet.setIsolated(symbol, isolated);
  return { code: 200, msg: 'success' };
}
