import { Decimal, floorToStep } from '../../../src/domain/money.ts';
import type { BookOrder, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import { accountInfo, BitgetError, checkParams, type Endpoint, oneOf, type Params, page, required, within } from './bitgetProtocol.ts';
import {
  asset,
  isPlan,
  planId,
  type SpotBook,
  shownFill,
  shownId,
  shownOpenOrder,
  shownOrder,
  shownPlan,
  symbolInfo,
} from './spotReplies.ts';

export interface EndpointContext {
  readonly book: SpotBook;
  readonly now: () => number;
  readonly authorities: readonly string[];
}

const publicly = (run: Endpoint<EndpointContext>['run']): Endpoint<EndpointContext> => ({ signed: false, run });
const signed = (run: Endpoint<EndpointContext>['run']): Endpoint<EndpointContext> => ({ signed: true, run });

/** Every endpoint the server knows, by method and path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint<EndpointContext>> = new Map([
  ['GET /api/v2/public/time', publicly(({ now }) => ({ serverTime: String(now()) }))],
  ['GET /api/v2/spot/public/symbols', publicly(({ book }) => book.symbols.map(symbolInfo))],
  ['GET /api/v2/spot/public/coins', publicly(() => [])],
  ['GET /api/v2/margin/currencies', publicly(() => [])],
  ['GET /api/v2/spot/market/tickers', publicly(tickers)],
  [
    'GET /api/v2/spot/market/orderbook',
    publicly(({ book, now }, params) => ({ ...shownLevels(book.market(required(params, 'symbol')).price), ts: String(now()) })),
  ],
  ['GET /api/v3/account/settings', signed(notUnified)],
  ['POST /api/v2/spot/trade/place-order', signed(placeOrder)],
  ['POST /api/v2/spot/trade/cancel-order', signed(cancelOrder)],
  ['GET /api/v2/spot/trade/orderInfo', signed(orderInfo)],
  [
    'GET /api/v2/spot/trade/unfilled-orders',
    signed(({ book }, params) =>
      page(visible(book.openOrders(params.symbol)).filter(isPlain), ({ orderId }) => orderId, params).rows.map(shownOpenOrder),
    ),
  ],
  [
    'GET /api/v2/spot/trade/history-orders',
    signed(({ book }, params) =>
      ofSymbol(book, params)
        .filter((order) => !isOpen(book, order))
        .filter(isPlain)
        .map(shownOrder),
    ),
  ],
  ['GET /api/v2/spot/trade/fills', signed(fills)],
  ['POST /api/v2/spot/trade/place-plan-order', signed(placePlan)],
  ['POST /api/v2/spot/trade/cancel-plan-order', signed(cancelPlan)],
  [
    'GET /api/v2/spot/trade/current-plan-order',
    signed(({ book }, params) =>
      planList(
        ofSymbol(book, params).filter((order) => order.waiting && isOpen(book, order)),
        params,
      ),
    ),
  ],
  ['GET /api/v2/spot/trade/history-plan-order', signed(planHistory)],
  [
    'GET /api/v2/spot/trade/plan-sub-order',
    signed(({ book }, params) =>
      book.orders
        .filter((order) => planId(order) === params.planOrderId)
        .map((order) => ({ orderId: String(order.orderId), price: order.price.toFixed(), type: 'limit', status: 'success' })),
    ),
  ],
  ['GET /api/v2/spot/account/assets', signed(({ book, now }) => book.wallet.assets().map((coin) => asset(book, coin, now())))],
  ['GET /api/v2/spot/account/info', signed(({ authorities }) => accountInfo(authorities))],
]);

function notUnified(): never {
  throw new BitgetError('40084', 'You are in classic account mode');
}

function tickers({ book, now }: EndpointContext, params: Params): unknown {
  const symbols = params.symbol === undefined ? book.symbols.map(({ symbol }) => symbol) : [params.symbol];
  return symbols.map((symbol) => {
    const price = book.market(symbol).price.toFixed();
    return {
      symbol,
      open: price,
      high24h: price,
      low24h: price,
      lastPr: price,
      bidPr: price,
      askPr: price,
      bidSz: '1',
      askSz: '1',
      baseVolume: '1',
      quoteVolume: '1',
      usdtVolume: '1',
      openUtc: price,
      changeUtc24h: '0',
      change24h: '0',
      ts: String(now()),
    };
  });
}

const FORCES = { gtc: 'GTC', ioc: 'IOC', fok: 'FOK', post_only: 'GTC' } as const;
const ORDER_PARAMS = new Set(['symbol', 'side', 'orderType', 'force', 'price', 'size', 'clientOid']);
const PLAN_PARAMS = new Set([
  'symbol',
  'side',
  'orderType',
  'triggerPrice',
  'triggerType',
  'planType',
  'executePrice',
  'size',
  'clientOid',
]);

function placeOrder({ book }: EndpointContext, params: Params): unknown {
  const { rules, price: last } = book.market(required(params, 'symbol'));
  checkParams(params, ORDER_PARAMS);
  const orderType = oneOf(params, 'orderType', ['limit', 'market']);
  const force = oneOf({ force: (params.force ?? 'gtc').toLowerCase() }, 'force', ['gtc', 'ioc', 'fok', 'post_only']);
  const side = oneOf(params, 'side', ['buy', 'sell']) === 'buy' ? 'BUY' : 'SELL';
  // A market buy is counted in money.
  const size = new Decimal(required(params, 'size'));
  const quantity = orderType === 'market' && side === 'BUY' ? floorToStep(size.div(last), new Decimal(rules.stepSize)) : size;
  const price = orderType === 'limit' ? new Decimal(required(params, 'price')) : null;
  const type = orderType === 'market' ? 'MARKET' : force === 'post_only' ? 'LIMIT_MAKER' : 'LIMIT';
  const order = accept(book, params, { side, type, timeInForce: FORCES[force], quantity, price, stopPrice: null }, last);
  return { orderId: String(order.orderId), clientOid: order.clientOrderId };
}

/** A plan order triggers when the price comes to it from wherever it is now, up or down. */
function placePlan({ book }: EndpointContext, params: Params): unknown {
  const { price: last } = book.market(required(params, 'symbol'));
  checkParams(params, PLAN_PARAMS);
  const side = oneOf(params, 'side', ['buy', 'sell']) === 'buy' ? 'BUY' : 'SELL';
  const stopPrice = new Decimal(required(params, 'triggerPrice'));
  const limited = oneOf(params, 'orderType', ['limit', 'market']) === 'limit';
  oneOf(params, 'planType', ['amount']);
  oneOf(params, 'triggerType', ['fill_price', 'mark_price']);
  const rising = stopPrice.gt(last);
  const name = rising === (side === 'BUY') ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const price = limited ? new Decimal(required(params, 'executePrice')) : null;
  const type = limited ? (`${name}_LIMIT` as const) : name;
  const order = accept(
    book,
    params,
    { side, type, timeInForce: 'GTC', quantity: new Decimal(required(params, 'size')), price, stopPrice },
    last,
  );
  return { orderId: planId(order), clientOid: order.clientOrderId };
}

function accept(book: SpotBook, params: Params, terms: Omit<NewOrder, 'clientOrderId' | 'symbol'>, last: Decimal): BookOrder {
  const { rules } = book.market(required(params, 'symbol'));
  const clientOid = params.clientOid ?? `bg${book.orders.length + 1}`;
  if (!/^[\w-]{1,50}$/.test(clientOid))
    throw new BitgetError('40305', 'Client_oid length is not greater than 50, and cannot be Martian characters');
  if (book.accepted(clientOid).length > 0) throw new BitgetError('40786', 'Duplicate clientOid');
  checkRules(rules, terms, last);
  return book.place({ ...terms, clientOrderId: clientOid, symbol: rules.symbol });
}

function checkRules(rules: SymbolRules, { quantity, price, stopPrice }: Omit<NewOrder, 'clientOrderId' | 'symbol'>, last: Decimal): void {
  const scale = (name: string, value: Decimal, digits: number): void => {
    if (value.decimalPlaces() > digits)
      throw new BitgetError(
        '40808',
        `Parameter verification exception ${name} checkBDScale error value=${value.toFixed()} checkScale=${digits}`,
      );
  };
  scale('size', quantity, new Decimal(rules.stepSize).decimalPlaces());
  for (const value of [price, stopPrice]) if (value) scale('price', value, new Decimal(rules.tickSize).decimalPlaces());
  if (quantity.mul(price ?? stopPrice ?? last).lt(rules.minNotional))
    throw new BitgetError('45110', `less than the minimum amount ${rules.minNotional} USDT`);
}

const isOpen = (book: SpotBook, order: BookOrder): boolean => book.openOrders(order.symbol).includes(order);
/** What the lists of orders show: plan orders only once they have become one. */
const isPlain = (order: BookOrder): boolean => !isPlan(order) || !order.waiting;
const visible = (orders: readonly BookOrder[]): BookOrder[] => orders.filter((order) => order.hiddenPolls === 0);
const ofSymbol = (book: SpotBook, params: Params): BookOrder[] =>
  visible(book.orders.filter((order) => params.symbol === undefined || order.symbol === params.symbol));

function findPlain(book: SpotBook, params: Params): BookOrder | undefined {
  return book.orders
    .filter(isPlain)
    .find((order) => (params.orderId === undefined ? shownId(order) === params.clientOid : String(order.orderId) === params.orderId));
}

function findPlan(book: SpotBook, params: Params): BookOrder | undefined {
  return book.orders
    .filter(isPlan)
    .find((order) => (params.orderId === undefined ? order.clientOrderId === params.clientOid : planId(order) === params.orderId));
}

function orderInfo({ book }: EndpointContext, params: Params): unknown {
  const order = findPlain(book, params);
  if (order && order.hiddenPolls > 0) {
    order.hiddenPolls--;
    return [];
  }
  return order ? [shownOrder(order)] : [];
}

function cancelOrder({ book }: EndpointContext, params: Params): unknown {
  const order = findPlain(book, params);
  if (!order || !isOpen(book, order)) throw new BitgetError('43001', 'The order does not exist');
  book.cancel(order);
  return { orderId: String(order.orderId), clientOid: shownId(order) };
}

function cancelPlan({ book }: EndpointContext, params: Params): unknown {
  const order = findPlan(book, params);
  if (!order?.waiting || !isOpen(book, order)) throw new BitgetError('43025', 'Plan order does not exist');
  book.cancel(order);
  return { result: 'success' };
}

function planList(orders: readonly BookOrder[], params: Params): unknown {
  const { rows, endId } = page(orders.filter(isPlan), (order) => Number(planId(order)), params);
  return { nextFlag: false, idLessThan: endId, orderList: rows.map(shownPlan) };
}

function planHistory({ book }: EndpointContext, params: Params): unknown {
  const inTime = within({ ...params, startTime: required(params, 'startTime'), endTime: required(params, 'endTime') }, 90);
  return planList(
    ofSymbol(book, params).filter((order) => (!order.waiting || !isOpen(book, order)) && inTime(order.time)),
    params,
  );
}

function fills({ book }: EndpointContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const inTime = within(params, 90);
  const trades = book.trades.filter(
    (trade) => trade.symbol === symbol && (params.orderId === undefined || String(trade.orderId) === params.orderId) && inTime(trade.time),
  );
  return page(trades, ({ id }) => id, params).rows.map(shownFill);
}
