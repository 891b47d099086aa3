import type { Market } from '../../../domain/market/market.ts';
import type { Side } from '../../../domain/order/order.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import type { Params } from '../orderParams.ts';
import { readByTime } from '../timeWindows.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import { PER_PAGE, readPages } from './bitgetPages.ts';
import { readFills, readOrder, readOrders, readPlans, type SwapFill, type SwapPlan, sideOf } from './swapReplies.ts';
import { contractOf, PRODUCT } from './swapSettings.ts';
import * as replies from './viewReplies.ts';

/** The endpoints that show the account, whoever acted on it. */
export interface SwapViewExchange extends CcxtExchange {
  nonce(): number;
  privateMixGetV2MixOrderDetail(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderOrdersPending(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderOrdersPlanPending(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderOrdersPlanHistory(params: Params): Promise<unknown>;
  privateMixGetV2MixOrderFillHistory(params: Params): Promise<unknown>;
  privateMixGetV2MixPositionAllPosition(params: Params): Promise<unknown>;
  privateMixGetV2MixAccountBill(params: Params): Promise<unknown>;
}

type MarketOf = (venueSymbol: string) => Market | undefined;

const DAY_MS = 24 * 3_600_000;
/** Fills and bills are kept for 90 days; bills are told of 30 at once (api-doc/contract/account/Get-Account-Bill), fills of 7. */
const KEPT_MS = 89 * DAY_MS;
const FILLS_WINDOW_MS = 7 * DAY_MS;
const BILLS_WINDOW_MS = 30 * DAY_MS;
const REQUESTS_MAX = 100;
/** What the venue's clock may be ahead of what we take for its time. */
const AHEAD_MS = 60_000;
/** Every kind of order that waits for a price; the last two are none of ours. */
const PLAN_TYPES = ['normal_plan', 'track_plan', 'profit_loss'];

/** What waits for a price is listed apart; what it has become is listed as an order, and is still known by the name it had. */
export async function openSwapOrders(exchange: SwapViewExchange, market: Market): Promise<readonly RestingOrder[]> {
  const contract = contractOf(market);
  const waiting: SwapPlan[] = [];
  for (const planType of PLAN_TYPES)
    waiting.push(
      ...(await readPages(
        async (page) => readPlans(await exchange.privateMixGetV2MixOrderOrdersPlanPending({ ...contract, planType, ...page })),
        ({ orderId }) => orderId,
      )),
    );
  // After them: one that triggers in between is listed twice rather than not at all, and once when it was found by its first name.
  const orders = await readPages(
    async (page) => readOrders(await exchange.privateMixGetV2MixOrderOrdersPending({ ...contract, ...page })),
    ({ orderId }) => orderId,
  );
  const triggers = await triggersOf(exchange, market, orders.length > 0);
  const placed = orders.map((order) => {
    const resting = replies.restingSwapOrder(order, market.symbol);
    const trigger = triggers.get(order.orderId);
    return trigger ? replies.triggeredOrder(resting, trigger) : resting;
  });
  const known = new Set(placed.map(({ venueOrderId }) => venueOrderId));
  return [...placed, ...waiting.filter(({ orderId }) => !known.has(orderId)).map((plan) => replies.waitingSwapPlan(plan, market.symbol))];
}

/** The plan orders by the order each has become; of the last hundred. */
async function triggersOf(exchange: SwapViewExchange, market: Market, needed: boolean): Promise<ReadonlyMap<string, SwapPlan>> {
  if (!needed) return new Map();
  const now = exchange.nonce();
  const times = { startTime: String(now - KEPT_MS), endTime: String(now + AHEAD_MS), limit: String(PER_PAGE) };
  const params = { ...contractOf(market), planType: 'normal_plan', planStatus: 'executed', ...times };
  const plans = readPlans(await exchange.privateMixGetV2MixOrderOrdersPlanHistory(params));
  return new Map(plans.flatMap((plan) => (plan.executeOrderId ? [[plan.executeOrderId, plan] as const] : [])));
}

export async function swapTrades(exchange: SwapViewExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const ask = async (times: Params, page: Params): Promise<readonly SwapFill[]> =>
    readFills(await exchange.privateMixGetV2MixOrderFillHistory({ ...contractOf(market), ...times, ...page }));
  const rows = await rowsSince(exchange, { sinceMs, windowMs: FILLS_WINDOW_MS, ask, idOf: ({ tradeId }) => tradeId });
  const triggers = await triggersOf(exchange, market, rows.length > 0);
  const sides = await closingSides(exchange, market, rows);
  return rows.map((row) => {
    const trade = replies.swapTradeOf(row, market.symbol, sides.get(row.orderId) ?? row.side);
    const trigger = triggers.get(row.orderId);
    return trigger ? replies.triggeredTrade(trade, trigger) : trade;
  });
}

/**
 * In hedge mode the side of a fill that closes is that of the position for some fills and that of the trade for others, and which is
 * not documented: the order knows its position. A fill that opens is of the same side either way.
 */
async function closingSides(exchange: SwapViewExchange, market: Market, rows: readonly SwapFill[]): Promise<ReadonlyMap<string, Side>> {
  const sides = new Map<string, Side>();
  for (const { orderId, posMode, tradeSide } of rows) {
    if (posMode !== 'hedge_mode' || sides.has(orderId) || !tradeSide?.includes('close')) continue;
    if (sides.size >= REQUESTS_MAX) throw new BrokenReplyError('more orders closed positions than are asked about at once');
    sides.set(orderId, sideOf(readOrder(await exchange.privateMixGetV2MixOrderDetail({ ...contractOf(market), orderId }))));
  }
  return sides;
}

export async function swapPositions(exchange: SwapViewExchange, marketOf: MarketOf): Promise<readonly PositionReport[]> {
  const held = replies.readPositions(await exchange.privateMixGetV2MixPositionAllPosition({ ...PRODUCT, marginCoin: 'USDT' }));
  return held.flatMap((row) => {
    const market = marketOf(row.symbol);
    return market ? [{ ...row, symbol: market.symbol }] : [];
  });
}

export async function swapFunding(exchange: SwapViewExchange, marketOf: MarketOf, sinceMs: number): Promise<readonly FundingPayment[]> {
  const ask = async (times: Params, page: Params): Promise<readonly replies.Bill[]> =>
    replies.readBills(await exchange.privateMixGetV2MixAccountBill({ ...PRODUCT, businessType: 'contract_settle_fee', ...times, ...page }));
  const rows = await rowsSince(exchange, { sinceMs, windowMs: BILLS_WINDOW_MS, ask, idOf: ({ billId }) => billId });
  return rows.flatMap((row) => {
    const market = marketOf(row.symbol);
    return market ? [replies.fundingOf(row, market.symbol)] : [];
  });
}

interface Rows<T> {
  readonly sinceMs: number;
  readonly windowMs: number;
  readonly ask: (times: Params, page: Params) => Promise<readonly T[]>;
  readonly idOf: (row: T) => string;
}

/** All of them, oldest first; within a window the venue lists the newest first. */
async function rowsSince<T extends { readonly cTime: number }>(
  exchange: SwapViewExchange,
  { sinceMs, windowMs, ask, idOf }: Rows<T>,
): Promise<readonly T[]> {
  const now = exchange.nonce();
  const rows = await readByTime({
    fromMs: Math.max(sinceMs, now - KEPT_MS),
    toMs: now + AHEAD_MS,
    windowMs,
    pageSize: PER_PAGE,
    requestsMax: REQUESTS_MAX,
    ask: async (from, to) => (await ask({ startTime: String(from), endTime: String(to) }, { limit: String(PER_PAGE) })).toReversed(),
    more: async (page) => {
      const time = String(page[0]?.cTime);
      const all = await readPages((older) => ask({ startTime: time, endTime: time }, older), idOf);
      const known = new Set(page.map(idOf));
      return all.filter((row) => !known.has(idOf(row))).toReversed();
    },
  });
  return rows.toSorted((a, b) => a.cTime - b.cTime);
}
