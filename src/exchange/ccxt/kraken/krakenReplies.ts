import { z } from 'zod';
import type { Market } from '../../../domain/market/market.ts';
import { type Decimal, ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';
import type { RestingOrder } from '../../exchange.ts';
import { amount, decimalOf, id, type OrderFacts, read, statusOf } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';

const envelope = z.object({ error: z.array(z.string()), result: z.unknown().optional() });
/** Unix seconds with a fraction. */
const moment = z
  .number()
  .positive()
  .transform((seconds) => Math.round(seconds * 1000));
const side = z.enum(['buy', 'sell']);
/** `0`, or relative to another price: then it is none. */
const priceText = z.string().default('0');
const order = z.object({
  cl_ord_id: z.string().nullish(),
  status: z.string(),
  reason: z.string().nullish(),
  opentm: moment,
  descr: z.object({
    pair: z.string(),
    type: side,
    ordertype: z.string(),
    price: priceText,
    price2: priceText,
    leverage: z.string().nullish(),
  }),
  vol: amount,
  vol_exec: amount,
  oflags: z.string().default(''),
  /** Only where they were asked for. */
  trades: z.array(id).optional(),
});
const trade = z.object({
  ordertxid: id,
  pair: z.string(),
  time: moment,
  type: side,
  price: amount,
  vol: amount,
  fee: amount,
  maker: z.boolean().nullish(),
});

export type KrakenOrder = z.infer<typeof order> & { readonly txid: string };
export type KrakenTrade = z.infer<typeof trade> & { readonly txid: string };

const LOCKOUT = 'EGeneral:Temporary lockout';
/** "Do not retry: each attempt resets the timer", typically of a few minutes; the next pause is twice as long. */
const LOCKOUT_MS = 60_000;

/** What an answer holds; a refusal, which comes with HTTP 200, is thrown like any other. What begins with a W is a warning. */
export function resultOf<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const { error, result } = read('the answer', envelope, reply);
  const errors = error.filter((words) => !words.startsWith('W'));
  if (errors.length > 0) throw new VenueReplyError(200, JSON.stringify({ error: errors }), errors.includes(LOCKOUT) ? LOCKOUT_MS : null);
  return read(what, schema, result);
}

function rowsOf<T extends object>(rows: Readonly<Record<string, T>>): readonly (T & { readonly txid: string })[] {
  return Object.entries(rows).map(([txid, row]) => ({ ...row, txid }));
}

/** POST AddOrder: the id of what was made, and nothing of what has become of it. */
export function readPlacedId(reply: unknown): string {
  const [txid, ...more] = resultOf('the order', z.object({ txid: z.array(id) }), reply).txid;
  if (txid === undefined || more.length > 0) throw new BrokenReplyError('the answer is not about one order');
  return txid;
}

/** POST CancelOrder: how many orders it was about. */
export function readCanceled(reply: unknown): number {
  return resultOf('the cancel', z.object({ count: z.number().int() }), reply).count;
}

export function readOpenOrders(reply: unknown): readonly KrakenOrder[] {
  return rowsOf(resultOf('the open orders', z.object({ open: z.record(z.string(), order) }), reply).open);
}

export function readClosedOrders(reply: unknown): readonly KrakenOrder[] {
  return rowsOf(resultOf('the ended orders', z.object({ closed: z.record(z.string(), order) }), reply).closed);
}

/** POST QueryOrders. */
export function readOrders(reply: unknown): readonly KrakenOrder[] {
  return rowsOf(resultOf('the orders', z.record(z.string(), order), reply));
}

/** POST QueryTrades. */
export function readTrades(reply: unknown): readonly KrakenTrade[] {
  return rowsOf(resultOf('the trades', z.record(z.string(), trade), reply));
}

/** POST TradesHistory: one page. */
export function readTradePage(reply: unknown): readonly KrakenTrade[] {
  return rowsOf(resultOf('the trades', z.object({ trades: z.record(z.string(), trade) }), reply).trades);
}

/** get-orders-info, "status". */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  pending: 'open',
  open: 'open',
  closed: 'filled',
  canceled: 'canceled',
  expired: 'expired',
};

/** `name`: our own client order id, which the venue may write otherwise. */
export function orderFacts(state: KrakenOrder, symbol: string, name: string): OrderFacts {
  const filledQuantity = decimalOf(state.vol_exec);
  const word = statusOf(STATUS, state.status);
  const status = word === 'open' && !filledQuantity.isZero() ? 'partially_filled' : word;
  return { clientOrderId: name, venueOrderId: state.txid, symbol, status, filledQuantity, code: endCode(status, state) };
}

/** Why it ended is told in words alone ("reason"). */
function endCode(status: VenueOrderStatus, { reason, descr }: KrakenOrder): OrderReport['code'] {
  if (status === 'expired') return 'VENUE_EXPIRED';
  if (status !== 'canceled') return null;
  const words = reason ?? '';
  if (/post.?only/i.test(words)) return 'VENUE_WOULD_MATCH';
  if (/funds/i.test(words)) return 'VENUE_INSUFFICIENT_FUNDS';
  return descr.ordertype === 'market' ? 'VENUE_NO_LIQUIDITY' : 'VENUE_CANCELED';
}

/** What is paid is told in the quote asset ("fee"), and orders from here have it taken from there (`fciq`). */
export function fillOf(row: KrakenTrade, { quote }: Pick<Market, 'quote'>): Fill {
  return {
    venueTradeId: row.txid,
    quantity: decimalOf(row.vol),
    price: decimalOf(row.price),
    fee: decimalOf(row.fee),
    feeAsset: quote,
    liquidity: row.maker === true ? 'maker' : row.maker === false ? 'taker' : 'unknown',
    executedAt: row.time,
  };
}

const PLACED_HERE: Readonly<Record<string, RestingOrder['type']>> = {
  market: 'market',
  limit: 'limit',
  'stop-loss': 'stop',
  'stop-loss-limit': 'stop_limit',
};

export function restingOrder(state: KrakenOrder, symbol: string): RestingOrder {
  const { descr, oflags, cl_ord_id: name } = state;
  const [price, price2] = [priceOf(descr.price), priceOf(descr.price2)];
  const foreign = (descr.leverage ?? 'none') !== 'none' || oflags.split(',').includes('viqc');
  const waits = descr.ordertype.includes('stop') || descr.ordertype.includes('profit');
  return {
    clientOrderId: name || null,
    venueOrderId: state.txid,
    symbol,
    side: descr.type,
    type: foreign ? 'other' : (PLACED_HERE[descr.ordertype] ?? 'other'),
    quantity: decimalOf(state.vol),
    filledQuantity: decimalOf(state.vol_exec),
    price: waits ? price2 : price,
    stopPrice: waits ? price : null,
    reduceOnly: false,
    createdAt: state.opentm,
  };
}

function priceOf(text: string): Decimal | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  const price = decimalOf(text);
  return price.gt(ZERO) ? price : null;
}
