import { setTimeout as delay } from 'node:timers/promises';
import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { hasStopPrice, type Params, text, unpassedStop } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import type { AccountRights, VenueApi } from '../venueApi.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import { ABSENT, isNotPermitted, ofClassic, readCanceled, readPlacedId, readRights, unifiedObstacle } from './bitgetAnswer.ts';
import { readPages } from './bitgetPages.ts';
import { BITGET_SWAP_REFUSALS } from './bitgetRefusals.ts';
import * as replies from './swapReplies.ts';
import {
  ANY_SYMBOL,
  contractOf,
  createSwapSettings,
  marginedContract,
  PRODUCT,
  type SettingsExchange,
  type SwapSettings,
} from './swapSettings.ts';
import { openSwapOrders, type SwapViewExchange, swapFunding, swapPositions, swapTrades } from './swapView.ts';

/** ccxt's implicit methods. */
interface BitgetSwapExchange extends SettingsExchange, SwapViewExchange {
  privateMixPostV2MixOrderPlaceOrder(params: Params): Promise<unknown>;
  privateMixPostV2MixOrderCancelOrder(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderOrdersHistory(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderFills(params: Params): Promise<unknown>;
  privateMixPostV2MixOrderPlacePlanOrder(params: Params): Promise<unknown>;
  privateMixPostV2MixOrderCancelPlanOrder(params: object): Promise<unknown>;
  privateMixGetV2MixAccountAccounts(params: Params): Promise<unknown>;
  privateSpotGetV2SpotAccountInfo(): Promise<unknown>;
}

/** One account's connection: what is set for each symbol is remembered for a while. */
interface Connection {
  readonly exchange: BitgetSwapExchange;
  readonly settings: SwapSettings;
  readonly quote: VenueLink['quote'];
}

/** History is kept for 90 days (api-doc/contract/plan/orders-plan-history). */
const HISTORY_MS = 89 * 24 * 60 * 60_000;

/**
 * Bitget's perpetuals margined in USDT, of a classic account (https://www.bitget.com/api-doc/contract), in one-way mode and in hedge
 * mode. New orders are answered with ids alone, so each is asked about at once. Orders that wait for a price are "plan orders": kept
 * apart, and what they trigger is another order with another id.
 */
export function connectBitgetSwap(link: VenueLink): VenueApi {
  const exchange = link.exchange as BitgetSwapExchange;
  const connection = { exchange, settings: createSwapSettings(exchange), quote: link.quote };
  const account = async (): Promise<replies.SymbolAccount> =>
    replies.readSymbolAccount(await exchange.privateMixGetV2MixAccountAccount(ANY_SYMBOL));
  return {
    place: (request, market) =>
      hasStopPrice(request.type) ? placePlan(connection, request, market) : placeOrder(connection, request, market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: async () => replies.readBalances(await exchange.privateMixGetV2MixAccountAccounts(PRODUCT)),
    rights: () => ofClassic(() => rightsOf(exchange, account)),
    obstacles: () => unifiedObstacle(account),
    positionMode: async () => ((await ofClassic(account)).posMode === 'hedge_mode' ? 'hedge' : 'one_way'),
    configure: (settings, market) => connection.settings.configure(settings, market),
    openOrders: (market) => openSwapOrders(exchange, market),
    trades: (market, sinceMs) => swapTrades(exchange, market, sinceMs),
    positions: (marketOf) => swapPositions(exchange, marketOf),
    funding: (marketOf, sinceMs) => swapFunding(exchange, marketOf, sinceMs),
    syncClock: () => exchange.loadTimeDifference(),
  };
}

/** Words for "may trade futures" (api-doc/spot/account/Get-Account-Info, "authorities"). */
const TRADE = { words: ['coow', 'trade'], lacks: 'the key may not trade: give it "Futures orders" and "Futures holdings", read and write' };

async function rightsOf(exchange: BitgetSwapExchange, account: () => Promise<unknown>): Promise<AccountRights> {
  try {
    return readRights(await exchange.privateSpotGetV2SpotAccountInfo(), TRADE);
  } catch (error) {
    if (!isNotPermitted(error)) throw error;
    await account();
    return { canTrade: null, canWithdraw: null };
  }
}

async function placeOrder({ exchange, settings }: Connection, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, type } = request;
  const params = {
    ...marginedContract(market),
    marginMode: await settings.marginModeFor(request, market),
    ...directionOf(request),
    ...(type === 'limit' ? limitTerms(request) : { orderType: 'market' }),
    size: request.quantity.toFixed(),
    clientOid: clientOrderId,
  };
  const venueOrderId = readPlacedId(await exchange.privateMixPostV2MixOrderPlaceOrder(params), clientOrderId);
  const ref = { clientOrderId, venueOrderId, symbol: market.symbol, type };
  if (venueOrderId === null) return findTaken(exchange, ref, market);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, ref, market));
}

function limitTerms({ postOnly, timeInForce, price }: PlaceRequest): Params {
  return { orderType: 'limit', force: postOnly ? 'post_only' : timeInForce.toLowerCase(), price: text(price) };
}

/**
 * In hedge mode `side` is that of the position, and `tradeSide` says whether it opens or closes it; reduce-only is a word of one-way
 * mode (api-doc/contract/trade/Place-Order).
 */
function directionOf({ side, positionSide = null, reduceOnly }: PlaceRequest): Params {
  if (positionSide === null) return { side, ...(reduceOnly ? { reduceOnly: 'YES' } : {}) };
  const opens = (side === 'buy') === (positionSide === 'long');
  return { side: positionSide === 'long' ? 'buy' : 'sell', tradeSide: opens ? 'open' : 'close' };
}

const TRIES = 5;
const EVERY_MS = 100;

/** An order that was taken and whose id is not known: it is found by ours, or it is in doubt. */
async function findTaken(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await findOrder(exchange, ref, market);
    } catch (error) {
      if (attempt === TRIES || judge(BITGET_SWAP_REFUSALS, error).kind !== 'absent')
        throw new BrokenReplyError('the order was taken without telling its id, and is not listed yet');
    }
    await delay(EVERY_MS);
  }
}

/**
 * A plan order triggers when the price comes to it from wherever it is: a stop that has been passed would become its own opposite, so
 * it is refused here. Stops trigger on the last price, like everywhere here.
 */
async function placePlan({ exchange, settings, quote }: Connection, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, type, quantity } = request;
  const stopPrice = await unpassedStop(quote, request, market);
  const params = {
    planType: 'normal_plan',
    ...marginedContract(market),
    marginMode: await settings.marginModeFor(request, market),
    ...directionOf(request),
    ...(type === 'stop_limit' ? { orderType: 'limit', price: text(request.price) } : { orderType: 'market' }),
    triggerPrice: stopPrice.toFixed(),
    triggerType: 'fill_price',
    size: quantity.toFixed(),
    clientOid: clientOrderId,
  };
  const venueOrderId = readPlacedId(await exchange.privateMixPostV2MixOrderPlacePlanOrder(params), clientOrderId);
  const ref = { clientOrderId, venueOrderId, symbol: market.symbol, type };
  if (venueOrderId === null) return findTaken(exchange, ref, market);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, ref, market));
}

async function cancelOrder(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const kinds = kindsOf(ref);
  for (const [index, kind] of kinds.entries()) {
    try {
      if (kind === 'plan') await cancelPlan(exchange, ref, market);
      else readCanceled(await exchange.privateMixPostV2MixOrderCancelOrder({ ...marginedContract(market), ...nameOf(ref) }));
      break;
    } catch (error) {
      if (index + 1 === kinds.length || judge(BITGET_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    }
  }
  return justCanceled(() => findOrder(exchange, ref, market));
}

/** The answer lists what was canceled. If that is nothing: once triggered, it is the order it became that rests. */
async function cancelPlan(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<void> {
  const params = { ...marginedContract(market), planType: 'normal_plan', orderIdList: [nameOf(ref)] };
  const canceled = await orNothing(async () => replies.readCanceledPlans(await exchange.privateMixPostV2MixOrderCancelPlanOrder(params)));
  if (canceled.length > 0) return;
  const plan = await listedPlan(exchange, ref, market);
  if (plan && PLAN_OPEN.has(plan.planStatus)) throw new BrokenReplyError('the plan order was not canceled and waits still');
  const child = plan?.planStatus === 'executed' ? plan.executeOrderId : null;
  if (!child) throw new VenueReplyError(400, ABSENT, null);
  readCanceled(await exchange.privateMixPostV2MixOrderCancelOrder({ ...marginedContract(market), orderId: child }));
}

/** Where an order may be kept. */
function kindsOf({ type }: OrderRef): readonly ('order' | 'plan')[] {
  if (type === undefined) return ['order', 'plan'];
  return hasStopPrice(type) ? ['plan'] : ['order'];
}

function nameOf(ref: OrderRef): Params {
  return ref.venueOrderId === null ? { clientOid: ref.clientOrderId } : { orderId: ref.venueOrderId };
}

async function findOrder(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  for (const kind of kindsOf(ref)) {
    const report = kind === 'plan' ? await findPlan(exchange, ref, market) : await findPlain(exchange, ref, market);
    if (report) return report;
  }
  throw new VenueReplyError(400, ABSENT, null);
}

/** By name, and where that knows nothing in the lists of open and of past orders: the three have been seen to disagree on a young order. */
async function findPlain(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const named = { ...contractOf(market), ...nameOf(ref) };
  const sources = [
    async () => [replies.readOrder(await exchange.privateMixGetV2MixOrderDetail(named))],
    async () => replies.readOrders(await exchange.privateMixGetV2MixOrderOrdersPending(named)),
    async () => replies.readOrders(await exchange.privateMixGetV2MixOrderOrdersHistory(named)),
  ];
  for (const ask of sources) {
    const state = (await orNothing(ask)).find((order) => isNamed(order, ref));
    if (state) return reportOn(exchange, state, ref, market);
  }
  return null;
}

function reportOn(
  exchange: BitgetSwapExchange,
  state: replies.SwapOrder,
  { clientOrderId }: OrderRef,
  market: Market,
  planId?: string,
): Promise<OrderReport> {
  return withFills(replies.orderFacts(state, market.symbol, clientOrderId, planId), async () => {
    const ask = async (page: Params): Promise<readonly replies.SwapFill[]> =>
      replies.readFills(await exchange.privateMixGetV2MixOrderFills({ ...contractOf(market), orderId: state.orderId, ...page }));
    return (await readPages(ask, ({ tradeId }) => tradeId)).map(replies.fillOf);
  });
}

async function listedPlan(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<replies.SwapPlan | null> {
  const named = { ...contractOf(market), planType: 'normal_plan', ...nameOf(ref) };
  const now = exchange.nonce();
  const past = { ...named, startTime: String(now - HISTORY_MS), endTime: String(now + 60_000) };
  const sources = [
    () => exchange.privateMixGetV2MixOrderOrdersPlanPending(named),
    () => exchange.privateMixGetV2MixOrderOrdersPlanHistory(past),
  ];
  for (const ask of sources) {
    const plan = (await orNothing(async () => replies.readPlans(await ask()))).find((order) => isNamed(order, ref));
    if (plan) return plan;
  }
  return null;
}

const PLAN_OPEN: ReadonlySet<string> = new Set(['live', 'not_trigger', 'executing']);
const PLAN_FAILED: ReadonlySet<string> = new Set(['fail_trigger', 'fail_execute']);

/** Nothing of a plan order fills: what it triggered does, under the name we gave the plan. */
async function findPlan(exchange: BitgetSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const plan = await listedPlan(exchange, ref, market);
  if (!plan) return null;
  const { orderId: venueOrderId, planStatus, executeOrderId } = plan;
  const facts = { clientOrderId: ref.clientOrderId, venueOrderId, symbol: market.symbol, filledQuantity: ZERO };
  const none = async (): Promise<[]> => [];
  if (planStatus === 'cancelled') return withFills({ ...facts, status: 'canceled', code: 'VENUE_CANCELED' }, none);
  if (PLAN_FAILED.has(planStatus)) return withFills({ ...facts, status: 'rejected', code: 'VENUE_REJECTED' }, none);
  if (planStatus !== 'executed' && !PLAN_OPEN.has(planStatus))
    throw new BrokenReplyError('the plan order has a status that is not in the documentation');
  const child = planStatus === 'executed' && executeOrderId ? await orderOf(exchange, executeOrderId, market) : null;
  return child ? reportOn(exchange, child, ref, market, venueOrderId) : withFills({ ...facts, status: 'open', code: null }, none);
}

/** Null while the venue does not show it yet. */
async function orderOf(exchange: BitgetSwapExchange, orderId: string, market: Market): Promise<replies.SwapOrder | null> {
  const named = { ...contractOf(market), orderId };
  const [state] = await orNothing(async () => [replies.readOrder(await exchange.privateMixGetV2MixOrderDetail(named))]);
  return state ?? null;
}

function isNamed(order: { readonly orderId: string; readonly clientOid?: string | null | undefined }, ref: OrderRef): boolean {
  return ref.venueOrderId === null ? order.clientOid === ref.clientOrderId : order.orderId === ref.venueOrderId;
}

/** An empty list where the venue says it has no such order; other errors pass. */
async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (judge(BITGET_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    return [];
  }
}
