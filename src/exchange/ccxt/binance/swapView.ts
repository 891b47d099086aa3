import type { Market } from '../../../domain/market/market.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import type { Params } from '../orderParams.ts';
import { readByTime } from '../timeWindows.ts';
import { oldestFirst, PER_PAGE, readTradesByTime, untilNow, type VenueClock } from './tradePages.ts';
import { triggeredName } from './triggered.ts';
import * as replies from './viewReplies.ts';

/** The endpoints that show the account, whoever acted on it. */
export interface SwapViewExchange extends VenueClock {
  fapiPrivateGetOpenOrders(params: Params): Promise<unknown>;
  fapiPrivateGetOpenAlgoOrders(params: Params): Promise<unknown>;
  fapiPrivateGetAllAlgoOrders(params: Params): Promise<unknown>;
  fapiPrivateGetUserTrades(params: Params): Promise<unknown>;
  fapiPrivateV3GetPositionRisk(): Promise<unknown>;
  fapiPrivateGetSymbolConfig(params: Params): Promise<unknown>;
  fapiPrivateGetIncome(params: Params): Promise<unknown>;
}

type MarketOf = (venueSymbol: string) => Market | undefined;

const DAY_MS = 24 * 3_600_000;
/** "Account Trade List": no more between startTime and endTime, and nothing older than half a year. */
const WINDOW_MS = 7 * DAY_MS;
const TRADES_KEPT_MS = 180 * DAY_MS;
/** "Get Income History": three months; 30 of 2400 a minute each. */
const INCOME_KEPT_MS = 90 * DAY_MS;
const INCOME_REQUESTS_MAX = 40;

/** What waits for a price is listed apart; what it has become is listed as an order, and is still known by the name it had. */
export async function openSwapOrders(exchange: SwapViewExchange, market: Market): Promise<readonly RestingOrder[]> {
  const symbol = market.venueSymbol;
  const waiting = replies.readAlgos(await exchange.fapiPrivateGetOpenAlgoOrders({ symbol })).filter(({ actualOrderId }) => !actualOrderId);
  // Asked for after them: one that triggers in between is in both lists, and not in neither.
  const orders = replies.readOpenOrders(await exchange.fapiPrivateGetOpenOrders({ symbol }), market.symbol);
  const triggeredBy = await algosByOrder(exchange, market, orders.length > 0);
  const placed = orders.map((order) => {
    const algo = triggeredBy.get(order.venueOrderId);
    if (algo) return replies.triggeredOrder(order, algo);
    const { algoId, clientAlgoId } = triggeredName(exchange, order.venueOrderId) ?? {};
    return algoId && clientAlgoId ? { ...order, venueOrderId: algoId, clientOrderId: clientAlgoId } : order;
  });
  const known = new Set(placed.map(({ venueOrderId }) => venueOrderId));
  return [...placed, ...waiting.filter(({ algoId }) => !known.has(algoId)).map((algo) => replies.waitingOrder(algo, market.symbol))];
}

/** Whatever was traded since then, by whichever order. */
export function tradesSince(exchange: SwapViewExchange, market: Market, sinceMs: number): Promise<readonly replies.ListedTrade[]> {
  const toMs = untilNow(exchange);
  return readTradesByTime({
    fromMs: Math.max(sinceMs, toMs - TRADES_KEPT_MS),
    toMs,
    windowMs: WINDOW_MS,
    ask: async (params) => replies.readSwapTrades(await exchange.fapiPrivateGetUserTrades({ symbol: market.venueSymbol, ...params })),
  });
}

export async function swapTrades(exchange: SwapViewExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const rows = await tradesSince(exchange, market, sinceMs);
  const triggeredBy = await algosByOrder(exchange, market, rows.length > 0);
  const trades = rows.map((row) => {
    const algo = triggeredBy.get(row.orderId) ?? triggeredName(exchange, row.orderId);
    const trade = replies.tradeOf(row, market.symbol);
    return algo ? { ...trade, venueOrderId: algo.algoId, clientOrderId: algo.clientAlgoId } : trade;
  });
  return oldestFirst(trades);
}

/** The conditional orders by the order each has become; of those made within the last week ("Query All Algo Orders"). */
async function algosByOrder(exchange: SwapViewExchange, market: Market, needed: boolean): Promise<ReadonlyMap<string, replies.AlgoListed>> {
  if (!needed) return new Map();
  const params = { symbol: market.venueSymbol, limit: String(PER_PAGE) };
  const algos = replies.readAlgos(await exchange.fapiPrivateGetAllAlgoOrders(params));
  return new Map(algos.flatMap((algo) => (algo.actualOrderId ? [[algo.actualOrderId, algo] as const] : [])));
}

/** Leverage and margin mode stand in another answer; a position is not kept back for want of them. */
export async function swapPositions(exchange: SwapViewExchange, marketOf: MarketOf): Promise<readonly PositionReport[]> {
  const held = replies.readPositions(await exchange.fapiPrivateV3GetPositionRisk());
  if (held.length === 0) return [];
  const settings = await exchange
    .fapiPrivateGetSymbolConfig({})
    .then(replies.readSymbolSettings)
    .catch(() => []);
  return held.flatMap((row) => {
    const market = marketOf(row.symbol);
    const own = settings.find(({ symbol }) => symbol === row.symbol);
    return market ? [replies.positionOf(row, market.symbol, own)] : [];
  });
}

export async function swapFunding(exchange: SwapViewExchange, marketOf: MarketOf, sinceMs: number): Promise<readonly FundingPayment[]> {
  const toMs = untilNow(exchange);
  const rows = await readByTime({
    fromMs: Math.max(sinceMs, toMs - INCOME_KEPT_MS),
    toMs,
    windowMs: WINDOW_MS,
    pageSize: PER_PAGE,
    requestsMax: INCOME_REQUESTS_MAX,
    ask: async (startTime, endTime) => {
      const times = { startTime: String(startTime), endTime: String(endTime) };
      return replies.readIncome(await exchange.fapiPrivateGetIncome({ incomeType: 'FUNDING_FEE', ...times, limit: String(PER_PAGE) }));
    },
  });
  const payments = new Map<string, FundingPayment>();
  for (const row of rows) {
    const market = marketOf(row.symbol);
    if (!market) continue;
    const payment = replies.fundingOf(row, market.symbol);
    // In hedge mode both sides of a symbol may pay in one transaction.
    const amount = payment.amount.add(payments.get(payment.id)?.amount ?? 0);
    payments.set(payment.id, { ...payment, amount });
  }
  return [...payments.values()].toSorted((a, b) => a.at - b.at);
}
