import type { Market } from '../../../domain/market/market.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled } from '../askAgain.ts';
import { inOurCodes } from '../currencyCodes.ts';
import { type Params, text } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import type { VenueApi } from '../venueApi.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import { BINANCE_SPOT_REFUSALS } from './binanceRefusals.ts';
import * as replies from './binanceReplies.ts';
import { type KeyExchange, rightsAt } from './keyRights.ts';
import { openSpotOrders, type SpotViewExchange, spotTrades } from './spotView.ts';

/** ccxt's implicit methods: one per endpoint of the venue. ccxt addresses, signs and sends; parameters and answers are the venue's own. */
interface BinanceExchange extends SpotViewExchange, KeyExchange {
  privatePostOrder(params: Params): Promise<unknown>;
  privateGetOrder(params: Params): Promise<unknown>;
  privateDeleteOrder(params: Params): Promise<unknown>;
  privateGetAllOrders(params: Params): Promise<unknown>;
  privateGetAccount(params: Params): Promise<unknown>;
}

const TRADES_PER_PAGE = 1_000;
/** Of one order; 50,000 trades. */
const TRADE_PAGES_MAX = 50;
const RECENT_ORDERS = '500';

/**
 * Binance spot (https://github.com/binance/binance-spot-api-docs, rest-api.md) for one account. The endpoints are called directly
 * instead of through ccxt's unified `createOrder`: that one truncates quantities, turns a market buy with a price into
 * `quoteOrderQty`, and answers in floats.
 */
export function connectBinanceSpot(link: VenueLink): VenueApi {
  const exchange = link.exchange as BinanceExchange;
  return inOurCodes(exchange, {
    place: (request, market) => postOrder(exchange, newOrderParams(request, market), market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: async () => replies.readBalances(await exchange.privateGetAccount({ omitZeroBalances: 'true' })),
    rights: async () => rightsAt('spot', exchange, replies.readCanTrade(await exchange.privateGetAccount({ omitZeroBalances: 'true' }))),
    obstacles: async () => [],
    openOrders: (market) => openSpotOrders(exchange, market),
    trades: (market, sinceMs) => spotTrades(exchange, market, sinceMs),
    syncClock: () => exchange.loadTimeDifference(),
  });
}

async function postOrder(exchange: BinanceExchange, params: Params, market: Market): Promise<OrderReport> {
  const placed = replies.readPlacedOrder(await exchange.privatePostOrder(params), market.symbol);
  if (placed.clientOrderId !== params.newClientOrderId) throw new BrokenReplyError('the answer is about another order');
  return placed;
}

/** Parameters of POST /api/v3/order, every amount as plain text with the digits it came with. */
function newOrderParams(request: PlaceRequest, market: Market): Params {
  return {
    symbol: market.venueSymbol,
    side: request.side.toUpperCase(),
    ...typeParams(request),
    quantity: request.quantity.toFixed(),
    newClientOrderId: request.clientOrderId,
    newOrderRespType: 'FULL',
  };
}

/** A buy stop waits above the market and a sell stop below it: STOP_LOSS on both sides (rest-api.md, "Other info" of new orders). */
function typeParams(request: PlaceRequest): Params {
  const { timeInForce } = request;
  switch (request.type) {
    case 'market':
      return { type: 'MARKET' };
    case 'limit':
      if (request.postOnly) return { type: 'LIMIT_MAKER', price: text(request.price) };
      return { type: 'LIMIT', timeInForce, price: text(request.price) };
    case 'stop':
      return { type: 'STOP_LOSS', stopPrice: text(request.stopPrice) };
    case 'stop_limit':
      return { type: 'STOP_LOSS_LIMIT', timeInForce, price: text(request.price), stopPrice: text(request.stopPrice) };
  }
}

/** The venue's id when we have it: a client order id may be used again once its order is filled (rest-api.md, "newClientOrderId"). */
function name(ref: OrderRef, market: Market): Params {
  const order: Params = ref.venueOrderId === null ? { origClientOrderId: ref.clientOrderId } : { orderId: ref.venueOrderId };
  return { symbol: market.venueSymbol, ...order };
}

/** The answer lists no trades: what had filled is asked for at once, or an exit that follows would sell what is gone already. */
async function cancelOrder(exchange: BinanceExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const canceled = replies.readCanceledOrder(await exchange.privateDeleteOrder(name(ref, market)), market.symbol);
  return canceled.fillsComplete ? canceled : justCanceled(() => findOrder(exchange, ref, market)).catch(() => canceled);
}

async function findOrder(exchange: BinanceExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const state = await queryOrder(exchange, ref, market);
  return withFills(replies.orderFacts(state, market.symbol), () => fillsOf(exchange, state, market));
}

/** All of them: an order whose fills are not all listed never ends. A full page is of the newest, so they are read again from the first on. */
async function fillsOf(exchange: BinanceExchange, { orderId }: replies.OrderState, market: Market): Promise<readonly Fill[]> {
  const params = { symbol: market.venueSymbol, orderId, limit: String(TRADES_PER_PAGE) };
  const ask = async (from: Params): Promise<readonly Fill[]> =>
    replies.readTrades(await exchange.privateGetMyTrades({ ...params, ...from }));
  const newest = await ask({});
  if (newest.length < TRADES_PER_PAGE) return newest;
  const fills: Fill[] = [];
  let fromId = '0';
  for (let page = 1; page <= TRADE_PAGES_MAX; page += 1) {
    const listed = await ask({ fromId });
    fills.push(...listed);
    const last = listed.at(-1);
    if (last === undefined || listed.length < TRADES_PER_PAGE) return fills;
    fromId = String(BigInt(last.venueTradeId) + 1n);
  }
  throw new BrokenReplyError('the order has more trades than are read');
}

/** GET /order, and where that knows nothing the list of recent orders: the two have been seen to disagree on a young order. */
async function queryOrder(exchange: BinanceExchange, ref: OrderRef, market: Market): Promise<replies.OrderState> {
  try {
    return replies.readOrderState(await exchange.privateGetOrder(name(ref, market)));
  } catch (error) {
    if (judge(BINANCE_SPOT_REFUSALS, error).kind !== 'absent') throw error;
    const recent = replies.readOrderStates(await exchange.privateGetAllOrders({ symbol: market.venueSymbol, limit: RECENT_ORDERS }));
    const found = recent.findLast((order) => order.clientOrderId === ref.clientOrderId);
    if (!found) throw error;
    return found;
  }
}
