import { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder, BookOrderType, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import { BinanceError } from './binanceError.ts';
import { LISTEN_KEY } from './binanceStreams.ts';
import { inventedId, type Params, required } from './spotRequests.ts';
import * as account from './swapAccount.ts';
import { oneOf, type SwapBook, type SwapContext } from './swapContext.ts';
import { algoId, isAlgo, shownAlgo, shownId, shownOrder, symbolInfo } from './swapShown.ts';

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
  [
    'GET /fapi/v1/depth',
    publicly(({ book, now }, params) => {
      const { price } = book.market(required(params, 'symbol'));
      return { lastUpdateId: 1, E: now(), T: now(), ...shownLevels(price) };
    }),
  ],
  ['POST /fapi/v1/order', signed(placeOrder)],
  ['GET /fapi/v1/order', signed(queryOrder)],
  ['DELETE /fapi/v1/order', signed(cancelOrder)],
  ['GET /fapi/v1/openOrders', signed(({ book }, params) => visible(book.openOrders(params.symbol)).filter(isPlain).map(shownOrder))],
  [
    'GET /fapi/v1/allOrders',
    signed(({ book, now }, params) =>
      visible(ofSymbol(book, params))
        .filter(isPlain)
        .filter(({ time }) => time >= now() - LISTED_MS)
        .slice(-Number(params.limit ?? 500))
        .map(shownOrder),
    ),
  ],
  ['GET /fapi/v1/userTrades', signed(account.userTrades)],
  ['POST /fapi/v1/listenKey', { signed: false, run: () => ({ listenKey: LISTEN_KEY }) }],
  ['PUT /fapi/v1/listenKey', { signed: false, run: () => ({ listenKey: LISTEN_KEY }) }],
  ['POST /fapi/v1/algoOrder', signed(placeAlgo)],
  ['GET /fapi/v1/algoOrder', signed(queryAlgo)],
  ['DELETE /fapi/v1/algoOrder', signed(cancelAlgo)],
  ['GET /fapi/v1/openAlgoOrders', signed(account.openAlgoOrders)],
  ['GET /fapi/v1/allAlgoOrders', signed(account.allAlgoOrders)],
  ['GET /fapi/v3/balance', signed(({ book }) => [account.balance(book.wallet)])],
  ['GET /fapi/v3/positionRisk', signed(account.positionRisk)],
  ['GET /fapi/v1/symbolConfig', signed(account.symbolConfig)],
  ['GET /fapi/v1/leverageBracket', signed(account.leverageBrackets)],
  ['GET /fapi/v1/income', signed(account.income)],
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
  ['POST /fapi/v1/leverage', signed(account.setLeverage)],
  ['POST /fapi/v1/marginType', signed(account.setMarginType)],
  ['GET /sapi/v1/account/apiRestrictions', signed(({ key }) => key)],
]);

function bookTicker({ book, now }: SwapContext, params: Params): unknown {
  const shown = ofMarkets(book, params).map(({ symbol }) => {
    const price = book.market(symbol).price.toFixed();
    return { symbol, bidPrice: price, bidQty: '1', askPrice: price, askQty: '1', time: now() };
  });
  return params.symbol === undefined ? shown : shown[0];
}

const COMMON = [
  'symbol',
  'side',
  'positionSide',
  'type',
  'timeInForce',
  'quantity',
  'price',
  'reduceOnly',
  'recvWindow',
  'timestamp',
  'signature',
];
const ORDER_PARAMS = new Set([...COMMON, 'newClientOrderId', 'newOrderRespType', 'goodTillDate']);
const ALGO_PARAMS = new Set([...COMMON, 'algoType', 'clientAlgoId', 'newOrderRespType', 'triggerPrice', 'workingType']);
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
  const named = params.positionSide === undefined ? 'BOTH' : oneOf(params, 'positionSide', ['BOTH', 'LONG', 'SHORT']);
  const positionSide = named === 'BOTH' ? null : named;
  return book.place({ clientOrderId, symbol: rules.symbol, side, quantity, reduceOnly, positionSide, ...terms });
}

function checkParams({ hedgeMode, canTrade }: SwapContext, params: Params, known: ReadonlySet<string>): void {
  const unread = Object.keys(params).find((name) => !known.has(name));
  if (unread !== undefined) throw new BinanceError(-1104, `Not all sent parameters were read: ${unread}`);
  const sided = params.positionSide !== undefined && params.positionSide !== 'BOTH';
  if (hedgeMode !== sided) throw new BinanceError(-4061, "Order's position side does not match user's setting.");
  if (hedgeMode && params.reduceOnly !== undefined) throw new BinanceError(-1106, "Parameter 'reduceonly' sent when not required.");
  if (!canTrade) throw new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
}

function checkFilters(rules: SymbolRules, quantity: Decimal, prices: readonly (Decimal | null)[]): void {
  if (quantity.lte(0)) throw new BinanceError(-4003, 'Quantity less than or equal to zero.');
  if (!quantity.mod(rules.stepSize).isZero()) throw new BinanceError(-1111, 'Precision is over the maximum defined for this asset.');
  for (const price of prices)
    if (price && !price.mod(rules.tickSize).isZero()) throw new BinanceError(-4014, 'Price not increased by tick size.');
}

const isPlain = (order: BookOrder): boolean => !isAlgo(order) || !order.waiting;
const isOpen = (book: SwapBook, order: BookOrder): boolean => book.openOrders(order.symbol).includes(order);
const visible = (orders: readonly BookOrder[]): BookOrder[] => orders.filter((order) => order.hiddenPolls === 0);
const ofSymbol = (book: SwapBook, params: Params): BookOrder[] => book.orders.filter((order) => order.symbol === params.symbol);
const ofMarkets = (book: SwapBook, params: Params): SymbolRules[] =>
  params.symbol === undefined ? [...book.symbols] : [book.market(params.symbol).rules];

const DAY_MS = 24 * 3_600_000;
/** "All Orders", without times. */
const LISTED_MS = 7 * DAY_MS;

/** "Query Order": what ended without a trade is forgotten soonest. */
function isKept({ time, status, trades }: BookOrder, now: number): boolean {
  const forNothing = (status === 'CANCELED' || status === 'EXPIRED') && trades.length === 0;
  return time >= now - (forNothing ? 3 : 90) * DAY_MS;
}

function findPlain({ book, now }: SwapContext, params: Params): BookOrder {
  const order = ofSymbol(book, params)
    .filter(isPlain)
    .findLast((candidate) =>
      params.orderId === undefined ? shownId(candidate) === params.origClientOrderId : String(candidate.orderId) === params.orderId,
    );
  if (order && order.hiddenPolls === 0 && isKept(order, now())) return order;
  if (order && order.hiddenPolls > 0) order.hiddenPolls--;
  throw new BinanceError(-2013, 'Order does not exist.');
}

function findAlgo(book: SwapBook, params: Params): BookOrder {
  const order = book.orders
    .filter(isAlgo)
    .findLast((candidate) =>
      params.algoId === undefined ? candidate.clientOrderId === params.clientAlgoId : algoId(candidate) === params.algoId,
    );
  if (order && account.seen(book)(order)) return order;
  if (order && order.hiddenPolls > 0) order.hiddenPolls--;
  throw new BinanceError(-2013, 'Order does not exist.');
}

function queryOrder(context: SwapContext, params: Params): unknown {
  return shownOrder(findPlain(context, params));
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
