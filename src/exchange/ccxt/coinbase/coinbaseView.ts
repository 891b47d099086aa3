import { z } from 'zod';
import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { RestingOrder, VenueTrade } from '../../exchange.ts';
import { boundOfStop } from '../orderParams.ts';
import { amount, amountOrNone, decimalOf, id, isoTime, read } from '../replies.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import type { CoinbaseExchange, Params } from './coinbaseExchange.ts';
import { type CoinbaseFill, fillOf, readFills } from './coinbaseReplies.ts';

const ORDERS_PER_PAGE = 250;
const FILLS_PER_PAGE = 250;
const PAGES_MAX = 40;
/** Open orders are asked for alone, says the documentation; those on their way into the book or out of it are of another status. */
const STATUSES = [['OPEN'], ['PENDING', 'QUEUED', 'CANCEL_QUEUED', 'EDIT_QUEUED']] as const;

const side = z.enum(['BUY', 'SELL']).transform((word) => (word === 'BUY' ? ('buy' as const) : ('sell' as const)));
const terms = z.looseObject({ base_size: amount.optional(), limit_price: amount.optional(), stop_price: amount.optional() });
const resting = z.object({
  order_id: id,
  client_order_id: z.string(),
  side,
  order_configuration: z.record(z.string(), terms.nullish()),
  filled_size: amountOrNone,
  created_time: isoTime,
});
const restingPage = z.object({ orders: z.array(resting), has_next: z.boolean().default(false), cursor: z.string().default('') });

type Resting = z.infer<typeof resting>;

/** Every page, begun anew for each kind of status; an order that changes from one to the other meanwhile may be listed twice. */
export async function openOrders(exchange: CoinbaseExchange, market: Market): Promise<readonly RestingOrder[]> {
  const found = new Map<string, RestingOrder>();
  for (const order_status of STATUSES) {
    const rows = await everyPage(async (page) => {
      const params = { product_ids: [market.venueSymbol], order_status, limit: ORDERS_PER_PAGE, ...page };
      const reply = read('the open orders', restingPage, await exchange.v3PrivateGetBrokerageOrdersHistoricalBatch(params));
      return { rows: reply.orders, cursor: reply.has_next && reply.cursor !== '' ? reply.cursor : null };
    });
    for (const row of rows) found.set(row.order_id, restingOrder(row, market));
  }
  return [...found.values()];
}

/** Fills are listed newest first. */
export async function trades(exchange: CoinbaseExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const start_sequence_timestamp = new Date(sinceMs).toISOString();
  const rows = await everyPage(async (page) => {
    const params = { product_ids: [market.venueSymbol], start_sequence_timestamp, limit: FILLS_PER_PAGE, ...page };
    const { fills, cursor } = readFills(await exchange.v3PrivateGetBrokerageOrdersHistoricalFills(params));
    return { rows: fills, cursor };
  });
  return rows
    .map((row) => venueTrade(row, market))
    .filter(({ executedAt }) => executedAt >= sinceMs)
    .reverse()
    .sort((a, b) => a.executedAt - b.executedAt);
}

interface Page<T> {
  readonly rows: readonly T[];
  readonly cursor: string | null;
}

async function everyPage<T>(ask: (page: Params) => Promise<Page<T>>): Promise<readonly T[]> {
  const rows: T[] = [];
  let page: Params = {};
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const listed = await ask(page);
    rows.push(...listed.rows);
    if (listed.cursor === null || listed.rows.length === 0) return rows;
    page = { cursor: listed.cursor };
  }
  throw new BrokenReplyError('there is more than can be read');
}

const TYPES: readonly (readonly [start: string, type: RestingOrder['type']])[] = [
  ['limit_limit_', 'limit'],
  ['sor_limit_', 'limit'],
  ['stop_limit_', 'stop_limit'],
  ['market_', 'market'],
];

/** Its terms are in the one form of `order_configuration` that is filled in. */
function restingOrder(row: Resting, market: Market): RestingOrder {
  const [[name, form] = ['', null]] = Object.entries(row.order_configuration).filter(([, each]) => each);
  const filledQuantity = decimalOf(row.filled_size);
  const type = TYPES.find(([start]) => name.startsWith(start))?.[1] ?? 'other';
  // A market buy by an amount of money says no quantity, and is gone in a moment.
  if (!form?.base_size && type !== 'market') throw new BrokenReplyError('an open order has no size');
  const prices = {
    price: form?.limit_price ? decimalOf(form.limit_price) : null,
    stopPrice: form?.stop_price ? decimalOf(form.stop_price) : null,
  };
  return {
    clientOrderId: asOurs(row.client_order_id),
    venueOrderId: row.order_id,
    symbol: market.symbol,
    side: row.side,
    quantity: form?.base_size ? decimalOf(form.base_size) : filledQuantity,
    filledQuantity,
    ...asPlaced({ type, ...prices }, row.side, market),
    reduceOnly: false,
    createdAt: row.created_time,
  };
}

/** What has the limit that `stop` orders are given here is one (coinbaseApi.ts). */
function asPlaced(
  { type, price, stopPrice }: Pick<RestingOrder, 'type' | 'price' | 'stopPrice'>,
  orderSide: RestingOrder['side'],
  market: Market,
): Pick<RestingOrder, 'type' | 'price' | 'stopPrice'> {
  const bounded = type === 'stop_limit' && stopPrice !== null && price?.eq(boundOfStop(orderSide, stopPrice, market)) === true;
  return bounded ? { type: 'stop', price: null, stopPrice } : { type, price, stopPrice };
}

/** Our ids are sent as UUIDs. */
function asOurs(clientOrderId: string): string | null {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(clientOrderId) ? clientOrderId.replaceAll('-', '') : clientOrderId || null;
}

/** What was bought for an amount of money by hand is told in money. */
function venueTrade(row: CoinbaseFill, market: Market): VenueTrade {
  const fill = fillOf(row, market.quote);
  const quantity = row.size_in_quote && !fill.price.eq(ZERO) ? fill.quantity.div(fill.price) : fill.quantity;
  return {
    ...fill,
    quantity,
    venueOrderId: row.order_id,
    clientOrderId: null,
    symbol: market.symbol,
    side: row.side === 'BUY' ? 'buy' : 'sell',
  };
}
