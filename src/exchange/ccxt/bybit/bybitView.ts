import type { Market } from '../../../domain/market/market.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import { decimalOf } from '../replies.ts';
import { allPages, type BybitExchange, marketTerms, type Terms } from './bybitExchange.ts';
import type { Page } from './bybitReplies.ts';
import * as replies from './bybitReplies.ts';
import * as view from './bybitViewReplies.ts';

type MarketOf = (venueSymbol: string) => Market | undefined;

const DAY_MS = 24 * 3_600_000;
/** execution/list and transaction-log: no more between startTime and endTime, and nothing older than two years. */
const WINDOW_MS = 7 * DAY_MS;
const KEPT_MS = 730 * DAY_MS;
/** What the venue's clock may be ahead of what we take for its time. */
const AHEAD_MS = 10_000;
/** An account has at most 500 open orders of a symbol (docs/v5/order/create-order). */
const ORDERS_PER_PAGE = 50;
const ORDER_PAGES_MAX = 12;
const TRADES_PER_PAGE = 100;
const POSITIONS_PER_PAGE = 200;
const SETTLEMENTS_PER_PAGE = 50;
const PAGES_MAX = 50;
/** What linear perpetuals are paid in; the venue must be told one or the other. */
const SETTLED_IN = ['USDT', 'USDC'] as const;

/** Orders of every kind, those that wait for a price among them. */
export async function openOrders(exchange: BybitExchange, market: Market): Promise<readonly RestingOrder[]> {
  const terms = { ...marketTerms(market), openOnly: 0, limit: ORDERS_PER_PAGE };
  const rows = await allPages(ORDER_PAGES_MAX, async (cursor) =>
    replies.readOrders(await exchange.privateGetV5OrderRealtime({ ...terms, ...cursor })),
  );
  return rows.map((order) => view.restingOrder(order, market.symbol));
}

export async function trades(exchange: BybitExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const made = (await executionsSince(exchange, market, sinceMs)).map((row) => view.tradeOf(row, market));
  return made.toSorted((one, other) => one.executedAt - other.executedAt);
}

/** What was traded since then, liquidations among it. */
export async function executionsSince(exchange: BybitExchange, market: Market, sinceMs: number): Promise<readonly view.Execution[]> {
  const terms = { ...marketTerms(market), limit: TRADES_PER_PAGE };
  const rows = await byWindows(exchange, sinceMs, async (part) =>
    view.readExecutions(await exchange.privateGetV5ExecutionList({ ...terms, ...part })),
  );
  return rows.filter(view.isTrade);
}

export async function positions(exchange: BybitExchange, marketOf: MarketOf): Promise<readonly PositionReport[]> {
  const held = await heldPositions(exchange);
  if (held.length === 0) return [];
  const { marginMode } = replies.readAccount(await exchange.privateGetV5AccountInfo());
  return held.flatMap((row) => {
    const market = marketOf(row.symbol);
    return market ? [view.positionOf(row, market.symbol, marginMode)] : [];
  });
}

/** Those of some size; in hedge mode one for each side. */
async function heldPositions(exchange: BybitExchange): Promise<readonly view.BybitPosition[]> {
  const lists = await Promise.all(
    SETTLED_IN.map((settleCoin) =>
      allPages(PAGES_MAX, async (cursor) => {
        const terms = { category: 'linear', settleCoin, limit: POSITIONS_PER_PAGE, ...cursor };
        return view.readPositions(await exchange.privateGetV5PositionList(terms));
      }),
    ),
  );
  return lists.flat().filter(({ size }) => !decimalOf(size).isZero());
}

export async function funding(exchange: BybitExchange, marketOf: MarketOf, sinceMs: number): Promise<readonly FundingPayment[]> {
  const terms = { accountType: 'UNIFIED', category: 'linear', type: 'SETTLEMENT', limit: SETTLEMENTS_PER_PAGE };
  const rows = await byWindows(exchange, sinceMs, async (part) =>
    view.readSettlements(await exchange.privateGetV5AccountTransactionLog({ ...terms, ...part })),
  );
  const payments = rows.flatMap((row) => {
    const market = marketOf(row.symbol);
    return (market && view.fundingOf(row, market.symbol)) ?? [];
  });
  return payments.toSorted((one, other) => one.at - other.at);
}

/** How the account holds positions of a market: asked by symbol, the venue answers whether or not there is one. */
export async function isHedged(exchange: BybitExchange, venueSymbol: string): Promise<boolean> {
  const { rows } = view.readPositions(await exchange.privateGetV5PositionList({ category: 'linear', symbol: venueSymbol }));
  return rows.some(({ positionIdx }) => positionIdx !== 0);
}

/** All rows since then, window by window, each page by page. */
async function byWindows<T>(exchange: BybitExchange, sinceMs: number, ask: (part: Terms) => Promise<Page<T>>): Promise<readonly T[]> {
  const untilMs = exchange.nonce() + AHEAD_MS;
  const rows: T[] = [];
  for (let startTime = Math.max(sinceMs, untilMs - KEPT_MS); startTime <= untilMs; startTime += WINDOW_MS) {
    const part = { startTime, endTime: Math.min(startTime + WINDOW_MS - 1, untilMs) };
    rows.push(...(await allPages(PAGES_MAX, (cursor) => ask({ ...part, ...cursor }))));
  }
  return rows;
}
