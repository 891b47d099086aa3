import type { Market } from '../../../domain/market/market.ts';
import type { RestingOrder, VenueTrade } from '../../exchange.ts';
import type { Params } from '../orderParams.ts';
import { oldestFirst, PER_PAGE, readTradesByTime, untilNow, type VenueClock } from './tradePages.ts';
import { type ListedTrade, readOpenOrders, readSpotTrades, tradeOf } from './viewReplies.ts';

/** The endpoints that show what rests and what was traded, whoever did it. */
export interface SpotViewExchange extends VenueClock {
  privateGetOpenOrders(params: Params): Promise<unknown>;
  privateGetMyTrades(params: Params): Promise<unknown>;
}

/** rest-api.md, "Account trade list": no more between startTime and endTime. */
const WINDOW_MS = 24 * 3_600_000;

/** One page: the venue lists all of them, conditional ones among them. */
export async function openSpotOrders(exchange: SpotViewExchange, market: Market): Promise<readonly RestingOrder[]> {
  return readOpenOrders(await exchange.privateGetOpenOrders({ symbol: market.venueSymbol }), market.symbol);
}

/** The newest page is nearly always enough, however long ago `sinceMs` is; asking for times costs a request for each day. */
export async function spotTrades(exchange: SpotViewExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const ask = async (params: Params): Promise<readonly ListedTrade[]> =>
    readSpotTrades(await exchange.privateGetMyTrades({ symbol: market.venueSymbol, ...params }));
  const toMs = untilNow(exchange);
  const newest = await ask({ limit: String(PER_PAGE) });
  const whole = newest.length < PER_PAGE || newest.some(({ time }) => time < sinceMs);
  const rows = whole
    ? newest.filter(({ time }) => time >= sinceMs)
    : await readTradesByTime({ fromMs: sinceMs, toMs, windowMs: WINDOW_MS, ask });
  return oldestFirst(rows.map((row) => tradeOf(row, market.symbol)));
}
