import { keepNewest } from '../../../lib/keepNewest.ts';
import type { CcxtStream, PushedOrder } from '../loadCcxt.ts';
import type { Watch } from '../push.ts';
import { tellChanged } from './krakenChanged.ts';

/** Of so many orders of a stream the market is remembered; of older ones a word says that something has changed, and not where. */
const ORDERS_MAX = 2_000;

const marketsOf = new WeakMap<CcxtStream, Map<string, unknown>>();

/** Only what begins an order, and its trades, say its market: words of its end do not (websocket-v2, "executions"). */
export function withMarket(stream: CcxtStream, { id, symbol, info }: PushedOrder): PushedOrder {
  const known = marketsOf.get(stream) ?? new Map<string, unknown>();
  marketsOf.set(stream, known);
  if (typeof id === 'string') tellChanged(stream.apiKey ?? '', id);
  if (typeof id === 'string' && typeof symbol === 'string') known.set(id, symbol);
  keepNewest(known, ORDERS_MAX);
  return { id, symbol: symbol ?? known.get(String(id)), clientOrderId: nameIn(info) };
}

/** ccxt takes the number `order_userref` for our id. */
function nameIn(info: unknown): unknown {
  return typeof info === 'object' && info !== null && 'cl_ord_id' in info ? info.cl_ord_id : undefined;
}

/** One stream tells of orders and of what they fill, which ccxt keeps apart. */
export const KRAKEN_WATCHES: readonly Watch[] = [
  async (stream) => (await stream.watchOrders()).map((word) => withMarket(stream, word)),
  async (stream) => (await stream.watchMyTrades()).map(({ order, symbol, info }) => withMarket(stream, { id: order, symbol, info })),
];
