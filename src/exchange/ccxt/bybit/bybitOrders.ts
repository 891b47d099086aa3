import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { hasLimitPrice, hasStopPrice, text, unpassedStop } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import { RefusedHereError, VenueReplyError } from '../venueErrors.ts';
import { allPages, type BybitExchange, categoryOf, marketTerms, type Terms } from './bybitExchange.ts';
import { BYBIT_REFUSALS } from './bybitRefusals.ts';
import * as replies from './bybitReplies.ts';
import { executionsSince } from './bybitView.ts';
import { fillOf, readExecutions } from './bybitViewReplies.ts';

const FILLS_PER_PAGE = 100;
const FILL_PAGES_MAX = 50;
/** docs/v5/order/execution, "startTime": what is listed by itself. */
const LISTED_MS = 7 * 24 * 3_600_000;

/**
 * Orders of either market (https://bybit-exchange.github.io/docs/v5/order/create-order). A new order is answered with its id as soon as it is
 * queued: it may still be rejected, so it is asked about at once. One that waits for a price keeps its id when the price has come.
 */
export async function placeOrder(link: VenueLink, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const exchange = link.exchange as BybitExchange;
  const { clientOrderId, type } = request;
  const own = market.type === 'spot' ? await spotTerms(link, request, market) : swapTerms(request, market);
  const terms: Terms = {
    ...marketTerms(market),
    side: request.side === 'buy' ? 'Buy' : 'Sell',
    ...priceTerms(request),
    qty: request.quantity.toFixed(),
    ...own,
    orderLinkId: clientOrderId,
  };
  const venueOrderId = replies.readTaken(await exchange.privatePostV5OrderCreate(terms), clientOrderId);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, { clientOrderId, venueOrderId, symbol: market.symbol, type }, market));
}

/** A market order has no time in force of its own: it is IOC. */
function priceTerms({ type, price, timeInForce, postOnly }: PlaceRequest): Terms {
  if (!hasLimitPrice(type)) return { orderType: 'Market' };
  return { orderType: 'Limit', price: text(price), timeInForce: postOnly ? 'PostOnly' : timeInForce };
}

/**
 * `marketUnit`: else a market buy would be counted in money. A spot order that waits for a price holds what it needs from the start
 * (`tpslOrder`). It triggers when the price comes to it from wherever it is: a stop that has been passed would become its own opposite, so
 * it is refused here.
 */
async function spotTerms({ quote }: VenueLink, request: PlaceRequest, market: Market): Promise<Terms> {
  const unit: Terms = hasLimitPrice(request.type) ? {} : { marketUnit: 'baseCoin' };
  if (!hasStopPrice(request.type)) return unit;
  const stopPrice = await unpassedStop(quote, request, market);
  return { ...unit, orderFilter: 'tpslOrder', triggerPrice: stopPrice.toFixed() };
}

/** `triggerDirection`, "positionIdx" and the rest of what only perpetuals know. Stops trigger on the last price, like everywhere here. */
function swapTerms(request: PlaceRequest, market: Market): Terms {
  const { side, type, positionSide = null } = request;
  if (positionSide !== null && market.quote !== 'USDT')
    throw new RefusedHereError('FEATURE_NOT_SUPPORTED', 'only perpetuals paid in USDT have a hedge mode; use an account in one-way mode.');
  const closes = positionSide !== null && (side === 'buy') === (positionSide === 'short');
  return {
    positionIdx: positionSide === null ? 0 : positionSide === 'long' ? 1 : 2,
    ...(request.reduceOnly || closes ? { reduceOnly: true } : {}),
    ...(hasStopPrice(type)
      ? { triggerPrice: text(request.stopPrice), triggerDirection: side === 'buy' ? 1 : 2, triggerBy: 'LastPrice' }
      : {}),
  };
}

export async function cancelOrder(exchange: BybitExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const shelves = shelvesOf(ref, market);
  for (const [index, shelf] of shelves.entries()) {
    try {
      replies.readTaken(await exchange.privatePostV5OrderCancel({ ...marketTerms(market), ...nameOf(ref), ...shelf }), ref.clientOrderId);
      break;
    } catch (error) {
      if (index + 1 === shelves.length || judge(BYBIT_REFUSALS, error).kind !== 'absent') throw error;
    }
  }
  return justCanceled(() => findOrder(exchange, ref, market));
}

/** Spot must be told where an order is kept (docs/v5/order/cancel-order, "orderFilter"); once triggered it stands with the others. */
function shelvesOf({ type }: OrderRef, market: Market): readonly Terms[] {
  if (categoryOf(market) === 'linear') return [{}];
  const plain = { orderFilter: 'Order' };
  const waiting = { orderFilter: 'tpslOrder' };
  if (type === undefined) return [plain, waiting];
  return hasStopPrice(type) ? [waiting, plain] : [plain];
}

function nameOf(ref: OrderRef): Terms {
  return ref.venueOrderId === null ? { orderLinkId: ref.clientOrderId } : { orderId: ref.venueOrderId };
}

/** What the venue says of an order it does not have. */
const ABSENT = JSON.stringify({ retCode: 110001, retMsg: 'Order does not exist' });

/** Asked by name both answer for orders of every kind; ended ones leave the first when the venue restarts, and reach the second late. */
export async function findOrder(exchange: BybitExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const terms = { ...marketTerms(market), ...nameOf(ref) };
  const sources = [() => exchange.privateGetV5OrderRealtime(terms), () => exchange.privateGetV5OrderHistory(terms)];
  for (const ask of sources) {
    const state = replies.readOrders(await ask()).rows.find((order) => isNamed(order, ref));
    if (state) return withFills(replies.orderFacts(state, market.symbol, ref.clientOrderId), () => fillsOf(exchange, state, market));
  }
  throw new VenueReplyError(200, ABSENT, null);
}

function isNamed(order: replies.BybitOrder, ref: OrderRef): boolean {
  return ref.venueOrderId === null ? order.orderLinkId === ref.clientOrderId : order.orderId === ref.venueOrderId;
}

/**
 * All of them, page by page: an order whose fills are not all listed never ends. Asked without a time the venue may tell of the last week
 * alone, so what an older order lacks is looked for from its beginning on.
 */
async function fillsOf(exchange: BybitExchange, state: replies.BybitOrder, market: Market): Promise<readonly Fill[]> {
  const { orderId, createdTime } = state;
  const terms = { ...marketTerms(market), orderId, limit: FILLS_PER_PAGE };
  const recent = await allPages(FILL_PAGES_MAX, async (cursor) => {
    const page = readExecutions(await exchange.privateGetV5ExecutionList({ ...terms, ...cursor }));
    return page.rows.length < FILLS_PER_PAGE ? { ...page, cursor: '' } : page;
  });
  const listed = recent.reduce((sum, { execQty }) => sum.plus(execQty), ZERO);
  const lacks = listed.lt(state.cumExecQty) && createdTime < exchange.nonce() - LISTED_MS;
  const rows = lacks ? await executionsSince(exchange, market, createdTime) : recent;
  return rows.filter((row) => row.orderId === orderId).map((row) => fillOf(row, market));
}
