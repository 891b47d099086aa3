import type { Market } from '../../../domain/market/market.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { BalanceReport, OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { inOurCodes } from '../currencyCodes.ts';
import { boundOfMarketBuy, boundOfStop, text } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import type { VenueApi } from '../venueApi.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import type { CoinbaseExchange, Params } from './coinbaseExchange.ts';
import { COINBASE_REFUSALS } from './coinbaseRefusals.ts';
import * as replies from './coinbaseReplies.ts';
import * as view from './coinbaseView.ts';

const ORDERS_PER_PAGE = 100;
const FILLS_PER_PAGE = 250;
const FILL_PAGES_MAX = 40;
const ACCOUNTS_PER_PAGE = 250;
/** Further back an order is not looked for by its client order id: that it is not there is then not said either. */
const PAGES_MAX = 5;

/** 32 hex digits as the UUID Coinbase likes best. */
export function asUuid(clientOrderId: string): string {
  return clientOrderId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Coinbase Advanced spot (https://docs.cdp.coinbase.com/api-reference/advanced-trade-api). New orders are answered with ids alone, so each
 * is asked about at once. There is no look-up by client order id: the newest orders are gone through.
 */
export function connectCoinbase(link: VenueLink): VenueApi {
  const exchange = link.exchange as CoinbaseExchange;
  return inOurCodes(exchange, {
    place: (request, market) => placeOrder(exchange, link, request, market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: async (ref, market) => reportOn(exchange, await findOrder(exchange, ref, market), ref, market),
    balances: () => readAllBalances(exchange),
    rights: async () => replies.readRights(await exchange.v3PrivateGetBrokerageKeyPermissions()),
    obstacles: async () => [],
    openOrders: (market) => view.openOrders(exchange, market),
    trades: (market, sinceMs) => view.trades(exchange, market, sinceMs),
    syncClock: () => syncClock(exchange),
  });
}

async function placeOrder(exchange: CoinbaseExchange, { quote }: VenueLink, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, side, type } = request;
  const boundedBuy = type === 'market' && side === 'buy';
  const bound = boundedBuy ? boundOfMarketBuy((await quote(market.symbol))?.ask, market).toFixed() : null;
  const client_order_id = asUuid(clientOrderId);
  const order_configuration = configurationOf(type === 'stop' ? boundedStop(request, market) : request, bound);
  const params = { client_order_id, product_id: market.venueSymbol, side: side.toUpperCase(), order_configuration };
  const venueOrderId = replies.readPlacedId(await exchange.v3PrivatePostBrokerageOrders(params), client_order_id);
  const ref = { clientOrderId, venueOrderId, symbol: market.symbol };
  return justPlaced(request, venueOrderId, async () => reportOn(exchange, await findOrder(exchange, ref, market), ref, market));
}

/** There are no stops that become market orders. */
function boundedStop(request: PlaceRequest, market: Market): PlaceRequest {
  if (request.stopPrice === null) throw new TypeError('a stop needs its price');
  return { ...request, type: 'stop_limit', price: boundOfStop(request.side, request.stopPrice, market) };
}

/** Create Order, "order_configuration": each kind of order has a form of its own. */
function configurationOf(
  { type, side, timeInForce, quantity, price, stopPrice, postOnly, expiresAt }: PlaceRequest,
  bound: string | null,
): Params {
  const base_size = quantity.toFixed();
  if (bound !== null) return { sor_limit_ioc: { base_size, limit_price: bound } };
  if (type === 'market') return { market_market_ioc: { base_size } };
  const limit = { base_size, limit_price: text(price) };
  const until = expiresAt === null ? {} : { end_time: new Date(expiresAt).toISOString() };
  if (type === 'stop_limit') {
    // Left out, ccxt's default is the opposite: a buy that waits below the market.
    const stop_direction = side === 'buy' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN';
    const stop = { ...limit, stop_price: text(stopPrice), stop_direction };
    return timeInForce === 'GTD' ? { stop_limit_stop_limit_gtd: { ...stop, ...until } } : { stop_limit_stop_limit_gtc: stop };
  }
  if (timeInForce === 'IOC') return { sor_limit_ioc: limit };
  if (timeInForce === 'FOK') return { limit_limit_fok: limit };
  const resting = { ...limit, post_only: postOnly };
  return timeInForce === 'GTD' ? { limit_limit_gtd: { ...resting, ...until } } : { limit_limit_gtc: resting };
}

async function cancelOrder(exchange: CoinbaseExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const order_id = ref.venueOrderId ?? (await findOrder(exchange, ref, market)).order_id;
  replies.readCanceled(await exchange.v3PrivatePostBrokerageOrdersBatchCancel({ order_ids: [order_id] }));
  const named = { ...ref, venueOrderId: order_id };
  return justCanceled(async () => reportOn(exchange, await findOrder(exchange, named, market), ref, market));
}

async function findOrder(exchange: CoinbaseExchange, ref: OrderRef, market: Market): Promise<replies.CoinbaseOrder> {
  if (ref.venueOrderId === null) return searchOrder(exchange, ref, market);
  try {
    return replies.readOrder(await exchange.v3PrivateGetBrokerageOrdersHistoricalOrderId({ order_id: ref.venueOrderId }));
  } catch (error) {
    if (judge(COINBASE_REFUSALS, error).kind !== 'absent') throw error;
    return searchOrder(exchange, ref, market); // A young order has been seen in one place before the other.
  }
}

/** What the venue says of an order it does not have. */
const ABSENT = JSON.stringify({ error: 'NOT_FOUND', message: 'order with this orderID was not found' });

/** By our own id, newest first, of every status: asked for open ones alone the venue leaves out those that are on their way to the book. */
async function searchOrder(exchange: CoinbaseExchange, ref: OrderRef, market: Market): Promise<replies.CoinbaseOrder> {
  const wanted = asUuid(ref.clientOrderId);
  let cursor: string | null = null;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const params: Params = { product_ids: [market.venueSymbol], limit: ORDERS_PER_PAGE, ...(cursor === null ? {} : { cursor }) };
    const listed = replies.readOrders(await exchange.v3PrivateGetBrokerageOrdersHistoricalBatch(params));
    const found = listed.orders.find((order) => order.client_order_id === wanted);
    if (found) return found;
    cursor = listed.cursor;
    if (cursor === null) throw new VenueReplyError(404, ABSENT, null);
  }
  throw new BrokenReplyError('the order is not among the newest, and older ones are not gone through');
}

function reportOn(exchange: CoinbaseExchange, state: replies.CoinbaseOrder, ref: OrderRef, market: Market): Promise<OrderReport> {
  return withFills(replies.orderFacts(state, market.symbol, ref.clientOrderId), () => fillsOf(exchange, state.order_id, market));
}

/** All of them, page by page: an order whose fills are not all listed never ends. */
async function fillsOf(exchange: CoinbaseExchange, orderId: string, market: Market): Promise<readonly Fill[]> {
  const fills: Fill[] = [];
  let cursor: string | null = null;
  for (let page = 1; page <= FILL_PAGES_MAX; page += 1) {
    const params: Params = { order_ids: [orderId], limit: FILLS_PER_PAGE, ...(cursor === null ? {} : { cursor }) };
    const listed = replies.readFills(await exchange.v3PrivateGetBrokerageOrdersHistoricalFills(params));
    if (listed.fills.some(({ size_in_quote }) => size_in_quote)) throw new BrokenReplyError('fills are told in money');
    fills.push(...listed.fills.map((row) => replies.fillOf(row, market.quote)));
    cursor = listed.cursor;
    if (cursor === null || listed.fills.length === 0) break;
  }
  return fills;
}

/** Accounts of one currency are taken together. */
async function readAllBalances(exchange: CoinbaseExchange): Promise<readonly BalanceReport[]> {
  const sums = new Map<string, BalanceReport>();
  let cursor: string | null = null;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const params: Params = { limit: ACCOUNTS_PER_PAGE, ...(cursor === null ? {} : { cursor }) };
    const listed = replies.readBalances(await exchange.v3PrivateGetBrokerageAccounts(params));
    for (const { asset, free, total } of listed.balances) {
      const known = sums.get(asset);
      sums.set(asset, { asset, free: known ? known.free.plus(free) : free, total: known ? known.total.plus(total) : total });
    }
    cursor = listed.cursor;
    if (cursor === null) return [...sums.values()];
  }
  throw new BrokenReplyError('there are too many accounts to be read');
}

/** Tokens carry the time they are signed at; from here on it is the venue's. */
async function syncClock(exchange: CoinbaseExchange): Promise<number> {
  const venueTime = replies.readTime(await exchange.v3PublicGetBrokerageTime());
  const aheadMs = exchange.milliseconds() - venueTime;
  exchange.seconds = () => Math.floor((exchange.milliseconds() - aheadMs) / 1000);
  return aheadMs;
}
