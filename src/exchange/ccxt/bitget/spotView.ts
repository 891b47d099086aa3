import type { Market } from '../../../domain/market/market.ts';
import type { RestingOrder, VenueTrade } from '../../exchange.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import type { Params } from '../orderParams.ts';
import { readPages } from './bitgetPages.ts';
import { readSubOrderIds } from './bitgetReplies.ts';
import * as replies from './viewReplies.ts';

/** The endpoints that show what rests and what was traded, whoever did it, and `request` for the one that ccxt does not list. */
export interface SpotViewExchange extends CcxtExchange {
  nonce(): number;
  request(path: string, api: readonly string[], method: string, params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeUnfilledOrders(params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeCurrentPlanOrder(params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeHistoryPlanOrder(params: Params): Promise<unknown>;
  privateSpotGetV2SpotTradeFills(params: Params): Promise<unknown>;
}

/** Kept for 90 days, which is also the longest time that may be asked about. */
const KEPT_MS = 89 * 24 * 3_600_000;
/** What the venue's clock may be ahead of what we take for its time. */
const AHEAD_MS = 60_000;
/** Plan orders whose orders are asked for at once; the rest waits for the next time. */
const ASKED_MAX = 20;
const KNOWN_MAX = 2_000;

export interface SpotView {
  openOrders(market: Market): Promise<readonly RestingOrder[]>;
  trades(market: Market, sinceMs: number): Promise<readonly VenueTrade[]>;
}

/** What rests and what was traded; what came of a plan order goes by the name of that one. */
export function createSpotView(exchange: SpotViewExchange): SpotView {
  /** By the id of an order, the plan order it came of: that never changes. */
  const triggers = new Map<string, replies.Trigger>();
  const asked = new Set<string>();

  /** The venue does not say of an order that it came of a plan order: each plan order is asked once what it became. */
  const learnTriggers = async (market: Market): Promise<void> => {
    const now = exchange.nonce();
    const past = { symbol: market.venueSymbol, limit: '100', startTime: String(now - KEPT_MS), endTime: String(now + AHEAD_MS) };
    const plans = replies.readSpotPlans(await exchange.privateSpotGetV2SpotTradeHistoryPlanOrder(past));
    if (asked.size > KNOWN_MAX) for (const known of [triggers, asked]) known.clear();
    const unknown = plans.filter(({ orderId, status }) => status === 'executed' && !asked.has(orderId)).slice(0, ASKED_MAX);
    for (const plan of unknown) {
      const params = { planOrderId: plan.orderId };
      const children = readSubOrderIds(await exchange.request('v2/spot/trade/plan-sub-order', ['private', 'spot'], 'GET', params));
      for (const child of children) triggers.set(child, plan);
      if (children.length > 0) asked.add(plan.orderId);
    }
  };

  return {
    openOrders: async (market) => {
      const symbol = market.venueSymbol;
      const waiting = await readPages(
        async (page) => replies.readSpotPlans(await exchange.privateSpotGetV2SpotTradeCurrentPlanOrder({ symbol, ...page })),
        ({ orderId }) => orderId,
      );
      // After them: one that triggers in between is listed twice rather than not at all, and once when it was found by its first name.
      const orders = await readPages(
        async (page) => replies.readOpenOrders(await exchange.privateSpotGetV2SpotTradeUnfilledOrders({ symbol, ...page }), market.symbol),
        ({ venueOrderId }) => venueOrderId,
      );
      if (orders.length > 0) await learnTriggers(market);
      const placed = orders.map((order) => {
        const trigger = triggers.get(order.venueOrderId);
        return trigger ? replies.triggeredOrder(order, trigger) : order;
      });
      const known = new Set(placed.map(({ venueOrderId }) => venueOrderId));
      return [
        ...placed,
        ...waiting.filter(({ orderId }) => !known.has(orderId)).map((plan) => replies.waitingSpotPlan(plan, market.symbol)),
      ];
    },
    trades: async (market, sinceMs) => {
      const now = exchange.nonce();
      const times = { startTime: String(Math.max(sinceMs, now - KEPT_MS)), endTime: String(now + AHEAD_MS) };
      const rows = await readPages(
        async (page) =>
          replies.readSpotTrades(await exchange.privateSpotGetV2SpotTradeFills({ symbol: market.venueSymbol, ...times, ...page })),
        ({ tradeId }) => tradeId,
      );
      if (rows.length > 0) await learnTriggers(market);
      const trades = rows.map((row) => {
        const trade = replies.spotTradeOf(row, market.symbol);
        const trigger = triggers.get(trade.venueOrderId);
        return trigger ? replies.triggeredTrade(trade, trigger) : trade;
      });
      return trades.reverse().toSorted((a, b) => a.executedAt - b.executedAt);
    },
  };
}
