import type { BookOrder } from '../venue/bookTypes.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';
import { BinanceError } from './binanceError.ts';
import type { SpotKlines } from './spotKlines.ts';
import * as reply from './spotReplies.ts';
import { inventedId, type Params, readNewOrder, required } from './spotRequests.ts';

export type SpotBook = MatchingBook<SpotWallet>;

export interface EndpointContext {
  readonly book: SpotBook;
  readonly klines: SpotKlines;
  readonly now: () => number;
  readonly longIds: boolean;
  /** What the API key may do, as GET /sapi/v1/account/apiRestrictions tells. */
  readonly permissions: {
    /** The account. */
    readonly canTrade: boolean;
    readonly canWithdraw: boolean;
    readonly ipRestricted: boolean;
    readonly keyMayTrade?: boolean;
  };
}

interface Endpoint {
  readonly signed: boolean;
  readonly run: (context: EndpointContext, params: Params) => unknown;
}

const publicly = (run: Endpoint['run']): Endpoint => ({ signed: false, run });
const signed = (run: Endpoint['run']): Endpoint => ({ signed: true, run });
const nothing = (): unknown => [];

/** Every endpoint the server knows, by method and path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /api/v3/ping', publicly(() => ({}))],
  ['GET /api/v3/time', publicly(({ now }) => ({ serverTime: now() }))],
  ['GET /api/v3/exchangeInfo', publicly(({ book, now }) => reply.exchangeInfo(book.symbols, now()))],
  ['GET /fapi/v1/exchangeInfo', publicly(() => ({ symbols: [] }))],
  ['GET /dapi/v1/exchangeInfo', publicly(() => ({ symbols: [] }))],
  ['GET /api/v3/ticker/24hr', publicly((context, params) => tickers(context, params, reply.ticker24hr))],
  ['GET /api/v3/ticker/price', publicly((context, params) => tickers(context, params, lastPrice))],
  ['GET /api/v3/ticker/bookTicker', publicly((context, params) => tickers(context, params, bookTicker))],
  ['GET /api/v3/depth', publicly(depth)],
  ['GET /api/v3/klines', publicly(candles)],
  ['POST /api/v3/order', signed(placeOrder)],
  ['GET /api/v3/order', signed(queryOrder)],
  ['DELETE /api/v3/order', signed(cancelOrder)],
  ['GET /api/v3/openOrders', signed(({ book }, params) => visible(book.openOrders(params.symbol)).map(reply.queriedOrder))],
  ['DELETE /api/v3/openOrders', signed(cancelAll)],
  ['GET /api/v3/allOrders', signed(allOrders)],
  ['GET /api/v3/myTrades', signed(myTrades)],
  [
    'GET /api/v3/account',
    signed(({ book, permissions }, params) => reply.account(book, permissions.canTrade, params.omitZeroBalances === 'true')),
  ],
  ['GET /sapi/v1/account/apiRestrictions', signed(restrictions)],
  ['GET /sapi/v1/capital/config/getall', signed(nothing)],
  ['GET /sapi/v1/margin/allPairs', signed(nothing)],
  ['GET /sapi/v1/margin/isolated/allPairs', signed(nothing)],
]);

function depth({ book }: EndpointContext, params: Params): unknown {
  return { lastUpdateId: 1, ...shownLevels(book.market(required(params, 'symbol')).price) };
}

type TickerView = (symbol: string, price: ReturnType<SpotBook['market']>['price'], now: number) => unknown;

function tickers({ book, now }: EndpointContext, params: Params, view: TickerView): unknown {
  const show = (symbol: string): unknown => view(symbol, book.market(symbol).price, now());
  if (params.symbol !== undefined) return show(params.symbol);
  const symbols = params.symbols === undefined ? book.symbols.map((rules) => rules.symbol) : (JSON.parse(params.symbols) as string[]);
  return symbols.map(show);
}

const lastPrice: TickerView = (symbol, price) => ({ symbol, price: reply.amount(price) });

const bookTicker: TickerView = (symbol, price) => ({
  symbol,
  bidPrice: reply.amount(price),
  bidQty: '100.00000000',
  askPrice: reply.amount(price),
  askQty: '100.00000000',
});

function candles({ book, klines }: EndpointContext, params: Params): unknown {
  const { rules } = book.market(required(params, 'symbol'));
  const time = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return klines.answer({
    symbol: rules.symbol,
    interval: required(params, 'interval'),
    startTime: time(params.startTime),
    endTime: time(params.endTime),
    limit: Number(params.limit ?? 500),
  });
}

function placeOrder({ book, permissions }: EndpointContext, params: Params): unknown {
  const { rules, price } = book.market(required(params, 'symbol'));
  const request = readNewOrder(params, rules, price);
  if (!permissions.canTrade) throw new BinanceError(-2010, 'This action is disabled on this account.');
  const order = book.place(request);
  const { fills, ...result } = reply.fullOrder(order);
  const wanted = params.newOrderRespType ?? (order.type === 'MARKET' || order.type === 'LIMIT' ? 'FULL' : 'ACK');
  if (wanted === 'FULL') return { ...result, fills };
  if (wanted === 'RESULT') return result;
  const { symbol, orderId, orderListId, clientOrderId, transactTime } = result;
  return { symbol, orderId, orderListId, clientOrderId, transactTime };
}

function findOrder(book: SpotBook, params: Params): BookOrder | undefined {
  if (params.orderId === undefined && params.origClientOrderId === undefined)
    throw new BinanceError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  const orderId = params.orderId === undefined ? null : Number(params.orderId);
  return book.find(required(params, 'symbol'), orderId, params.origClientOrderId ?? null);
}

function queryOrder({ book }: EndpointContext, params: Params): unknown {
  const order = findOrder(book, params);
  if (!order || order.hiddenPolls > 0) {
    if (order) order.hiddenPolls--;
    throw new BinanceError(-2013, 'Order does not exist.');
  }
  return reply.queriedOrder(order);
}

function cancelOrder({ book, now }: EndpointContext, params: Params): unknown {
  const order = findOrder(book, params);
  if (!order || !book.openOrders(order.symbol).includes(order)) throw new BinanceError(-2011, 'Unknown order sent.');
  book.cancel(order);
  return reply.canceledOrder(order, params.newClientOrderId ?? inventedId(), now());
}

function cancelAll({ book, now }: EndpointContext, params: Params): unknown {
  const open = book.openOrders(required(params, 'symbol'));
  if (open.length === 0) throw new BinanceError(-2011, 'Unknown order sent.');
  for (const order of open) book.cancel(order);
  return open.map((order) => reply.canceledOrder(order, inventedId(), now()));
}

function allOrders({ book }: EndpointContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const ofSymbol = book.orders.filter((order) => order.symbol === symbol && order.orderId >= Number(params.orderId ?? 0));
  return visible(ofSymbol)
    .slice(-Number(params.limit ?? 500))
    .map(reply.queriedOrder);
}

const DAY_MS = 24 * 3_600_000;

/** Newest ones, unless `fromId` or `startTime` says where to begin (rest-api.md, "Account trade list"). */
function myTrades({ book }: EndpointContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const limit = Number(params.limit ?? 500);
  if (limit > 1000) throw new BinanceError(-1130, "Data sent for parameter 'limit' is not valid.");
  const all =
    params.orderId === undefined
      ? book.trades.filter((trade) => trade.symbol === symbol)
      : (book.find(symbol, Number(params.orderId), null)?.trades ?? []);
  const { fromId, startTime, endTime } = params;
  if (fromId !== undefined && (startTime ?? endTime) !== undefined)
    throw new BinanceError(-1128, 'Combination of optional parameters invalid.');
  if (startTime !== undefined && endTime !== undefined && Number(endTime) - Number(startTime) > DAY_MS)
    throw new BinanceError(-1127, 'More than 24 hours between startTime and endTime.');
  const trades = all.filter(
    ({ id, time }) => id >= Number(fromId ?? 0) && time >= Number(startTime ?? 0) && time <= Number(endTime ?? Number.POSITIVE_INFINITY),
  );
  const page = fromId === undefined && startTime === undefined ? trades.slice(-limit) : trades.slice(0, limit);
  return page.map(reply.myTrade);
}

function restrictions({ permissions }: EndpointContext): unknown {
  return {
    ipRestrict: permissions.ipRestricted,
    createTime: 1_600_000_000_000,
    enableReading: true,
    enableSpotAndMarginTrading: permissions.keyMayTrade ?? true,
    enableWithdrawals: permissions.canWithdraw,
    enableInternalTransfer: false,
    enableFutures: permissions.keyMayTrade ?? true,
    enableMargin: false,
  };
}

function visible(orders: readonly BookOrder[]): BookOrder[] {
  return orders.filter((order) => order.hiddenPolls === 0);
}
