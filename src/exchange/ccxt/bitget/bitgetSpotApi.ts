import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { BalanceReport, OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { inOurCodes } from '../currencyCodes.ts';
import { boundOfMarketBuy, hasStopPrice, type Params, text, unpassedStop } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import type { VenueApi } from '../venueApi.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import { ABSENT, ofClassic, readCanceled, readPlacedId, readRights, unifiedObstacle } from './bitgetAnswer.ts';
import { PER_PAGE, readPages } from './bitgetPages.ts';
import { BITGET_SPOT_REFUSALS } from './bitgetRefusals.ts';
import * as replies from './bitgetReplies.ts';
import { createSpotView, type SpotViewExchange } from './spotView.ts';

/** ccxt's implicit methods. */
interface BitgetExchange extends SpotViewExchange {
  privateSpotPostV2SpotTradePlaceOrder(params: Params): Promise<unknown>;
  privateSpotPostV2SpotTradeCancelOrder(params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeOrderInfo(params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeHistoryOrders(params: Params): Promise<unknown>;
  privateSpotPostV2SpotTradePlacePlanOrder(params: Params): Promise<unknown>;
  privateSpotPostV2SpotTradeCancelPlanOrder(params: Params): Promise<unknown>;
  privateSpotGetV2SpotAccountAssets(params: Params): Promise<unknown>;
  privateSpotGetV2SpotAccountInfo(): Promise<unknown>;
}

/** History is kept for 90 days (api-doc/spot/plan/Get-History-Plan-Order). */
const HISTORY_MS = 89 * 24 * 60 * 60_000;

/**
 * Bitget spot of a classic account (https://www.bitget.com/api-doc/spot). New orders are answered with ids alone, so each is asked about
 * at once. Orders that wait for a price are "plan orders": kept apart, and what they trigger is another order with another id.
 */
export function connectBitgetSpot(link: VenueLink): VenueApi {
  const exchange = link.exchange as BitgetExchange;
  const balances = async (): Promise<readonly BalanceReport[]> =>
    replies.readBalances(await exchange.privateSpotGetV2SpotAccountAssets({ assetType: 'hold_only' }));
  return inOurCodes(exchange, {
    place: (request, market) =>
      hasStopPrice(request.type) ? placePlan(exchange, link, request, market) : placeOrder(exchange, link, request, market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances,
    rights: () => ofClassic(async () => readRights(await exchange.privateSpotGetV2SpotAccountInfo(), TRADE)),
    obstacles: () => unifiedObstacle(() => balances()),
    ...createSpotView(exchange),
    syncClock: () => exchange.loadTimeDifference(),
  });
}

async function placeOrder(exchange: BitgetExchange, { quote }: VenueLink, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, side, type } = request;
  const terms = type === 'limit' ? limitTerms(request) : side === 'sell' ? { orderType: 'market', force: 'gtc' } : await boundedBuy();
  const params = { symbol: market.venueSymbol, side, ...terms, size: request.quantity.toFixed(), clientOid: clientOrderId };
  const venueOrderId = placedId(await exchange.privateSpotPostV2SpotTradePlaceOrder(params), clientOrderId);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, { clientOrderId, venueOrderId, symbol: market.symbol, type }, market));

  async function boundedBuy(): Promise<Params> {
    const bound = boundOfMarketBuy((await quote(market.symbol))?.ask, market);
    return { orderType: 'limit', force: 'ioc', price: bound.toFixed() };
  }
}

function placedId(reply: unknown, clientOrderId: string): string {
  const id = readPlacedId(reply, clientOrderId);
  if (id === null) throw new BrokenReplyError('the answer names no order');
  return id;
}

function limitTerms({ postOnly, timeInForce, price }: PlaceRequest): Params {
  return { orderType: 'limit', force: postOnly ? 'post_only' : timeInForce.toLowerCase(), price: text(price) };
}

/**
 * A plan order triggers when the price comes to it from wherever it is: a stop that has been passed would become its own opposite, so
 * it is refused here. A triggered market buy would be counted in money; it becomes a limit above its trigger (docs/adr/0022).
 */
async function placePlan(exchange: BitgetExchange, { quote }: VenueLink, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, side, type, price, quantity } = request;
  const stopPrice = await unpassedStop(quote, request, market);
  const bound = type === 'stop_limit' ? price : side === 'buy' ? boundOfMarketBuy(stopPrice, market) : null;
  const terms: Params = bound === null ? { orderType: 'market' } : { orderType: 'limit', executePrice: bound.toFixed() };
  const params = {
    symbol: market.venueSymbol,
    side,
    ...terms,
    triggerPrice: stopPrice.toFixed(),
    triggerType: 'fill_price',
    planType: 'amount',
    size: quantity.toFixed(),
    clientOid: clientOrderId,
  };
  const venueOrderId = placedId(await exchange.privateSpotPostV2SpotTradePlacePlanOrder(params), clientOrderId);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, { clientOrderId, venueOrderId, symbol: market.symbol, type }, market));
}

async function cancelOrder(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const params = { symbol: market.venueSymbol, ...nameOf(ref) };
  const kinds = kindsOf(ref);
  for (const [index, kind] of kinds.entries()) {
    try {
      if (kind === 'plan') await cancelPlan(exchange, ref, market);
      else readCanceled(await exchange.privateSpotPostV2SpotTradeCancelOrder(params));
      break;
    } catch (error) {
      if (index + 1 === kinds.length || judge(BITGET_SPOT_REFUSALS, error).kind !== 'absent') throw error;
    }
  }
  return justCanceled(() => findOrder(exchange, ref, market));
}

/** Once triggered, it is the order it became that rests. */
async function cancelPlan(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<void> {
  let refusal: unknown = new BrokenReplyError('the plan order was not canceled');
  try {
    if (replies.readPlanCanceled(await exchange.privateSpotPostV2SpotTradeCancelPlanOrder(nameOf(ref)))) return;
  } catch (error) {
    if (judge(BITGET_SPOT_REFUSALS, error).kind !== 'absent') throw error;
    refusal = error;
  }
  const plan = await listedPlan(exchange, ref, market);
  const child = plan && (await childOf(exchange, plan));
  if (!child) throw refusal;
  readCanceled(await exchange.privateSpotPostV2SpotTradeCancelOrder({ symbol: market.venueSymbol, orderId: child }));
}

/** Where an order may be kept. */
function kindsOf({ type }: OrderRef): readonly ('order' | 'plan')[] {
  if (type === undefined) return ['order', 'plan'];
  return hasStopPrice(type) ? ['plan'] : ['order'];
}

function nameOf(ref: OrderRef): Params {
  return ref.venueOrderId === null ? { clientOid: ref.clientOrderId } : { orderId: ref.venueOrderId };
}

async function findOrder(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  for (const kind of kindsOf(ref)) {
    const report = kind === 'plan' ? await findPlan(exchange, ref, market) : await findPlain(exchange, ref, market);
    if (report) return report;
  }
  throw new VenueReplyError(400, ABSENT, null);
}

/** By name, and where that knows nothing in the lists of open and of past orders: the three have been seen to disagree on a young order. */
async function findPlain(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const listed = { symbol: market.venueSymbol, limit: String(PER_PAGE) };
  const sources = [
    () => exchange.privateSpotGetV2SpotTradeOrderInfo(nameOf(ref)),
    () => exchange.privateSpotGetV2SpotTradeUnfilledOrders(listed),
    () => exchange.privateSpotGetV2SpotTradeHistoryOrders(listed),
  ];
  for (const ask of sources) {
    const state = (await orNothing(async () => replies.readOrders(await ask()))).find((order) => isNamed(order, ref));
    if (state)
      return withFills(replies.orderFacts(state, market.symbol, ref.clientOrderId), () => fillsOf(exchange, state.orderId, market));
  }
  return null;
}

async function findPlan(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const plan = await listedPlan(exchange, ref, market);
  return plan && planReport(exchange, plan, ref, market);
}

/** Neither list can be asked for one of them by its name, and a stop that is moved often leaves many behind it: page by page, until it is met. */
async function listedPlan(exchange: BitgetExchange, ref: OrderRef, market: Market): Promise<replies.BitgetPlanOrder | null> {
  const symbol = market.venueSymbol;
  const now = exchange.nonce();
  const past = { symbol, startTime: String(now - HISTORY_MS), endTime: String(now + 60_000) };
  const sources = [
    (page: Params) => exchange.privateSpotGetV2SpotTradeCurrentPlanOrder({ symbol, ...page }),
    (page: Params) => exchange.privateSpotGetV2SpotTradeHistoryPlanOrder({ ...past, ...page }),
  ];
  const isWanted = (order: replies.BitgetPlanOrder): boolean => isNamed(order, ref);
  const idOf = ({ orderId }: replies.BitgetPlanOrder): string => orderId;
  for (const ask of sources) {
    const read = async (page: Params): Promise<readonly replies.BitgetPlanOrder[]> => replies.readPlanOrders(await ask(page));
    const plan = (await orNothing(() => readPages(read, idOf, isWanted))).find(isWanted);
    if (plan) return plan;
  }
  return null;
}

/** Nothing of a plan order fills: what it triggered does, under the name we gave the plan. */
async function planReport(exchange: BitgetExchange, plan: replies.BitgetPlanOrder, ref: OrderRef, market: Market): Promise<OrderReport> {
  const facts = { clientOrderId: ref.clientOrderId, venueOrderId: plan.orderId, symbol: market.symbol, filledQuantity: ZERO };
  if (plan.status === 'cancelled') return withFills({ ...facts, status: 'canceled', code: 'VENUE_CANCELED' }, async () => []);
  if (plan.status === 'fail_trigger' || plan.status === 'fail_execute')
    return withFills({ ...facts, status: 'rejected', code: 'VENUE_REJECTED' }, async () => []);
  const child = await childOf(exchange, plan);
  if (child === undefined) return withFills({ ...facts, status: 'open', code: null }, async () => []);
  const [state] = await orNothing(async () => replies.readOrders(await exchange.privateSpotGetV2SpotTradeOrderInfo({ orderId: child })));
  if (!state) return withFills({ ...facts, status: 'open', code: null }, async () => []);
  return withFills(replies.orderFacts(state, market.symbol, ref.clientOrderId, plan.orderId), () => fillsOf(exchange, child, market));
}

/** Id of the order that a plan order has become; undefined while the venue does not tell it. */
async function childOf(exchange: BitgetExchange, { status, orderId: planOrderId }: replies.BitgetPlanOrder): Promise<string | undefined> {
  if (status !== 'executed') return undefined;
  const [child] = await orNothing(async () =>
    replies.readSubOrderIds(await exchange.request('v2/spot/trade/plan-sub-order', ['private', 'spot'], 'GET', { planOrderId })),
  );
  return child;
}

/** All of them, page by page: an order whose fills are not all listed never ends. */
function fillsOf(exchange: BitgetExchange, orderId: string, market: Market): Promise<readonly Fill[]> {
  return readPages(
    async (page) => replies.readFills(await exchange.privateSpotGetV2SpotTradeFills({ symbol: market.venueSymbol, orderId, ...page })),
    ({ venueTradeId }) => venueTradeId,
  );
}

function isNamed(order: { readonly orderId: string; readonly clientOid: string }, ref: OrderRef): boolean {
  return ref.venueOrderId === null ? order.clientOid === ref.clientOrderId : order.orderId === ref.venueOrderId;
}

/** An empty list where the venue says it has no such order; other errors pass. */
async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (judge(BITGET_SPOT_REFUSALS, error).kind !== 'absent') throw error;
    return [];
  }
}

/** Words for "may trade on spot" (api-doc/spot/account/Get-Account-Info, "authorities"). */
const TRADE = { words: ['stow', 'trade'], lacks: 'the key may not trade: give it "Spot trade", read and write' };
