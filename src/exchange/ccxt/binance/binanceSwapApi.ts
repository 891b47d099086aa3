import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import { isFinal } from '../../../domain/order/transition.ts';
import type { MarginSettings, OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced, notTheCancel } from '../askAgain.ts';
import { hasStopPrice, type Params, text } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { type OrderFacts, withFills } from '../replies.ts';
import type { VenueApi } from '../venueApi.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import { BINANCE_SWAP_REFUSALS, saidBy } from './binanceRefusals.ts';
import { type KeyExchange, rightsAt } from './keyRights.ts';
import * as replies from './swapReplies.ts';
import { openSwapOrders, type SwapViewExchange, swapFunding, swapPositions, swapTrades, tradesSince } from './swapView.ts';
import { rememberTriggered } from './triggered.ts';
import { fillOf } from './viewReplies.ts';

/** ccxt's implicit methods: one per endpoint of the venue. */
interface BinanceSwapExchange extends SwapViewExchange, KeyExchange {
  fapiPrivatePostOrder(params: Params): Promise<unknown>;
  fapiPrivateGetOrder(params: Params): Promise<unknown>;
  fapiPrivateDeleteOrder(params: Params): Promise<unknown>;
  fapiPrivateGetAllOrders(params: Params): Promise<unknown>;
  fapiPrivatePostAlgoOrder(params: Params): Promise<unknown>;
  fapiPrivateGetAlgoOrder(params: Params): Promise<unknown>;
  fapiPrivateDeleteAlgoOrder(params: Params): Promise<unknown>;
  fapiPrivateV3GetBalance(): Promise<unknown>;
  fapiPrivateGetAccountConfig(): Promise<unknown>;
  fapiPrivatePostLeverage(params: Params): Promise<unknown>;
  fapiPrivatePostMarginType(params: Params): Promise<unknown>;
}

const PER_PAGE = 1_000;
/** "Account Trade List": without a time no more than the last week's are listed. */
const LISTED_MS = 7 * 24 * 3_600_000;
const RECENT_ORDERS = '500';
/** "Query Order": what ended with nothing filled is not found when it was made longer ago. */
const UNFILLED_KEPT_MS = 3 * 24 * 3_600_000;

/**
 * Binance USDⓈ-M futures (https://developers.binance.com/docs/derivatives/usds-margined-futures). Orders that wait for a
 * price are "algo orders": another endpoint, another name for the client order id, and an order of its own once triggered.
 */
export function connectBinanceSwap(link: VenueLink): VenueApi {
  const exchange = link.exchange as BinanceSwapExchange;
  return {
    place: (request, market) => (hasStopPrice(request.type) ? placeAlgo(exchange, request, market) : placeOrder(exchange, request, market)),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: async () => replies.readBalances(await exchange.fapiPrivateV3GetBalance()),
    rights: async () => rightsAt('swap', exchange, replies.readConfig(await exchange.fapiPrivateGetAccountConfig()).canTrade),
    obstacles: async () => [],
    positionMode: async () => (replies.readConfig(await exchange.fapiPrivateGetAccountConfig()).hedged ? 'hedge' : 'one_way'),
    configure: (settings, market) => configure(exchange, settings, market),
    openOrders: (market) => openSwapOrders(exchange, market),
    trades: (market, sinceMs) => swapTrades(exchange, market, sinceMs),
    positions: (marketOf) => swapPositions(exchange, marketOf),
    funding: (marketOf, sinceMs) => swapFunding(exchange, marketOf, sinceMs),
    syncClock: () => exchange.loadTimeDifference(),
  };
}

async function placeOrder(exchange: BinanceSwapExchange, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, type, side } = request;
  const params = {
    symbol: market.venueSymbol,
    side: side.toUpperCase(),
    ...(type === 'limit' ? limitTerms(request) : { type: 'MARKET' }),
    quantity: request.quantity.toFixed(),
    ...ofPosition(request),
    newClientOrderId: clientOrderId,
    newOrderRespType: 'RESULT',
  };
  const state = replies.readOrder(await exchange.fapiPrivatePostOrder(params));
  if (state.clientOrderId !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  const report = await reportOn(exchange, state, request, market);
  if (!isFinal(report.status) || report.fillsComplete) return report;
  // Its trades are listed a moment later than it ends.
  return justPlaced(request, state.orderId, () => reportOn(exchange, state, request, market));
}

/** Post-only is a time in force here: GTX. */
function limitTerms({ price, timeInForce, postOnly, expiresAt }: PlaceRequest): Params {
  const until: Params = timeInForce === 'GTD' && expiresAt !== null ? { goodTillDate: String(expiresAt) } : {};
  return { type: 'LIMIT', timeInForce: postOnly ? 'GTX' : timeInForce, price: text(price), ...until };
}

/** In hedge mode the side says what an order reduces, and reduceOnly is refused (New Order, "reduceOnly"). */
function ofPosition({ positionSide, reduceOnly }: PlaceRequest): Params {
  if (positionSide) return { positionSide: positionSide.toUpperCase() };
  return reduceOnly ? { reduceOnly: 'true' } : {};
}

/** Stops trigger on the last price, like everywhere here. */
async function placeAlgo(exchange: BinanceSwapExchange, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, type, side, timeInForce } = request;
  const terms: Params = type === 'stop' ? { type: 'STOP_MARKET' } : { type: 'STOP', price: text(request.price), timeInForce };
  const params = {
    algoType: 'CONDITIONAL',
    symbol: market.venueSymbol,
    side: side.toUpperCase(),
    ...terms,
    quantity: request.quantity.toFixed(),
    triggerPrice: text(request.stopPrice),
    workingType: 'CONTRACT_PRICE',
    ...ofPosition(request),
    clientAlgoId: clientOrderId,
  };
  const state = replies.readAlgoOrder(await exchange.fapiPrivatePostAlgoOrder(params));
  if (state.clientAlgoId !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  // It was taken: that what it may have triggered cannot be asked about is no answer to this request.
  return justPlaced(request, state.algoId, () => algoReport(exchange, state, request, market));
}

/** Where an order may be kept. */
function kindsOf({ type }: OrderRef): readonly ('order' | 'algo')[] {
  if (type === undefined) return ['order', 'algo'];
  return hasStopPrice(type) ? ['algo'] : ['order'];
}

/** The first of them that has the order; throws what the last one said. */
async function eachKind<T>(ref: OrderRef, ask: (kind: 'order' | 'algo') => Promise<T>): Promise<T> {
  const [first = 'order', second] = kindsOf(ref);
  try {
    return await ask(first);
  } catch (error) {
    if (second === undefined || judge(BINANCE_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    return ask(second);
  }
}

function cancelOrder(exchange: BinanceSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  return eachKind(ref, async (kind) => {
    if (kind === 'algo') await cancelAlgo(exchange, ref, market);
    else await exchange.fapiPrivateDeleteOrder({ symbol: market.venueSymbol, ...orderName(ref) });
    return justCanceled(() => findKind(exchange, kind, ref, market));
  });
}

/** Once triggered, it is the order it became that rests. */
async function cancelAlgo(exchange: BinanceSwapExchange, ref: OrderRef, market: Market): Promise<void> {
  try {
    await exchange.fapiPrivateDeleteAlgoOrder(algoName(ref));
  } catch (error) {
    if (!(error instanceof VenueReplyError) || judge(BINANCE_SWAP_REFUSALS, error).kind === 'rejected') throw error;
    const { actualOrderId } = await queryAlgo(exchange, ref, market).catch(notTheCancel);
    if (!actualOrderId) throw error;
    await exchange.fapiPrivateDeleteOrder({ symbol: market.venueSymbol, orderId: actualOrderId });
  }
}

function findOrder(exchange: BinanceSwapExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  return eachKind(ref, (kind) => findKind(exchange, kind, ref, market));
}

async function findKind(exchange: BinanceSwapExchange, kind: 'order' | 'algo', ref: OrderRef, market: Market): Promise<OrderReport> {
  if (kind === 'algo') return algoReport(exchange, await queryAlgo(exchange, ref, market), ref, market);
  const order = await queryOrder(exchange, orderName(ref), market, (one) => one.clientOrderId === ref.clientOrderId);
  return reportOn(exchange, order, ref, market);
}

/**
 * GET /order, which knows no order older than 90 days ("Query Order"); then those that rest, and the list of recent orders: the first and
 * the last have been seen to disagree on a young order.
 */
async function queryOrder(
  exchange: BinanceSwapExchange,
  name: Params,
  market: Market,
  isWanted: (order: replies.SwapOrder) => boolean,
): Promise<replies.SwapOrder> {
  const symbol = market.venueSymbol;
  try {
    return replies.readOrder(await exchange.fapiPrivateGetOrder({ symbol, ...name }));
  } catch (error) {
    if (judge(BINANCE_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    const sources = [
      () => exchange.fapiPrivateGetOpenOrders({ symbol }),
      () => exchange.fapiPrivateGetAllOrders({ symbol, limit: RECENT_ORDERS }),
    ];
    for (const ask of sources) {
      const found = replies.readOrders(await ask()).findLast(isWanted);
      if (found) return found;
    }
    throw error;
  }
}

/** The same for conditional orders, and the list of those that wait. */
async function queryAlgo(exchange: BinanceSwapExchange, ref: OrderRef, market: Market): Promise<replies.AlgoOrder> {
  try {
    return replies.readAlgoOrder(await exchange.fapiPrivateGetAlgoOrder(algoName(ref)));
  } catch (error) {
    if (judge(BINANCE_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    const waiting = replies.readAlgoOrders(await exchange.fapiPrivateGetOpenAlgoOrders({ symbol: market.venueSymbol }));
    const found = waiting.find((order) => order.clientAlgoId === ref.clientOrderId);
    if (!found) throw error;
    return found;
  }
}

function orderName(ref: OrderRef): Params {
  return ref.venueOrderId === null ? { origClientOrderId: ref.clientOrderId } : { orderId: ref.venueOrderId };
}

function algoName(ref: OrderRef): Params {
  return ref.venueOrderId === null ? { clientAlgoId: ref.clientOrderId } : { algoId: ref.venueOrderId };
}

function reportOn(
  exchange: BinanceSwapExchange,
  state: replies.SwapOrder,
  ref: Pick<OrderRef, 'clientOrderId'>,
  market: Market,
  algoId?: string,
): Promise<OrderReport> {
  const facts = replies.orderFacts(state, market.symbol, ref.clientOrderId, algoId);
  return withFills(facts, () => fillsOf(exchange, state, facts, market));
}

/**
 * All of them: an order whose fills are not all listed never ends. What one that has ended lacks, because it began to fill long ago or in
 * more pieces than a page holds, is looked for among everything that was traded since it was placed.
 */
async function fillsOf(
  exchange: BinanceSwapExchange,
  { orderId, time }: replies.SwapOrder,
  { status, filledQuantity }: OrderFacts,
  market: Market,
): Promise<readonly Fill[]> {
  const params = { symbol: market.venueSymbol, orderId, limit: String(PER_PAGE) };
  const recent = replies.readTrades(await exchange.fapiPrivateGetUserTrades(params));
  const listed = recent.reduce((sum, { quantity }) => sum.plus(quantity), ZERO);
  if (time === undefined || !isFinal(status) || listed.gte(filledQuantity)) return recent;
  if (recent.length < PER_PAGE && time > exchange.nonce() - LISTED_MS) return recent; // They are listed a moment later.
  return (await tradesSince(exchange, market, time)).filter((row) => row.orderId === orderId).map(fillOf);
}

/** What it triggered fills, under the name we gave the conditional order. */
async function algoReport(
  exchange: BinanceSwapExchange,
  algo: replies.AlgoOrder,
  ref: Pick<OrderRef, 'clientOrderId'>,
  market: Market,
): Promise<OrderReport> {
  const { actualOrderId } = algo;
  const facts = replies.algoFacts(algo, market.symbol, ref.clientOrderId);
  if (!actualOrderId) return withFills(facts, async () => []);
  rememberTriggered(exchange, actualOrderId, algo);
  try {
    const order = await queryOrder(exchange, { orderId: actualOrderId }, market, ({ orderId }) => orderId === actualOrderId);
    return await reportOn(exchange, order, ref, market, algo.algoId);
  } catch (error) {
    if (judge(BINANCE_SWAP_REFUSALS, error).kind !== 'absent') throw error;
    return withFills({ ...facts, ...withoutOrder(exchange, algo) }, async () => []);
  }
}

/** Triggered a moment ago, or so long ago that what it became, ended with nothing filled, is forgotten. */
function withoutOrder(exchange: BinanceSwapExchange, { triggerTime, updateTime }: replies.AlgoOrder): Pick<OrderFacts, 'status' | 'code'> {
  const triggeredAt = triggerTime || updateTime || exchange.nonce();
  return exchange.nonce() - triggeredAt > UNFILLED_KEPT_MS
    ? { status: 'canceled', code: 'VENUE_CANCELED' }
    : { status: 'open', code: null };
}

/** -4046: the margin type is what it is to be. */
const MARGIN_UNCHANGED = '-4046';

/** The margin mode first: leverage is refused for modes it does not fit. */
async function configure(exchange: BinanceSwapExchange, { leverage, marginMode }: MarginSettings, market: Market): Promise<void> {
  const symbol = market.venueSymbol;
  if (marginMode !== null) {
    const marginType = marginMode === 'cross' ? 'CROSSED' : 'ISOLATED';
    await exchange.fapiPrivatePostMarginType({ symbol, marginType }).catch((error: unknown) => {
      if (!(error instanceof VenueReplyError) || saidBy(error.body)?.code !== MARGIN_UNCHANGED) throw error;
    });
  }
  if (leverage === null) return;
  const set = replies.readLeverage(await exchange.fapiPrivatePostLeverage({ symbol, leverage: String(leverage) }));
  if (set !== leverage) throw new BrokenReplyError('another leverage is set than was asked for');
}
