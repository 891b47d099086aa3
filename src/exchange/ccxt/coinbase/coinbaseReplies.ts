import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, amountOrNone, decimalOf, id, isoTime, type OrderFacts, read, statusOf, time } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';

const placed = z.object({ success: z.literal(true), success_response: z.object({ order_id: id, client_order_id: z.string() }) });
const refused = z.object({ success: z.literal(false), error_response: z.object({}) });
const canceled = z.object({
  results: z.array(z.object({ success: z.boolean(), failure_reason: z.string(), order_id: z.string() })).length(1),
});
const order = z.object({
  order_id: id,
  client_order_id: z.string(),
  product_id: z.string(),
  status: z.string(),
  time_in_force: z.string().optional(),
  filled_size: amountOrNone,
});
const fill = z.object({
  entry_id: z.string().min(1),
  trade_type: z.string(),
  price: amount,
  size: amount,
  /** Of an order by an amount of money, which we never send. */
  size_in_quote: z.boolean().default(false),
  order_id: id,
  side: z.enum(['BUY', 'SELL']),
  commission: amountOrNone,
  liquidity_indicator: z.string(),
  trade_time: isoTime,
});
const money = z.object({ value: amount });
const account = z.object({ currency: z.string().min(1), available_balance: money, hold: money });
/** Lists come in pages; an empty cursor is the last. */
const page = z.object({ has_next: z.boolean().default(false), cursor: z.string().default('') });

export type CoinbaseOrder = z.infer<typeof order>;
export type CoinbaseFill = z.infer<typeof fill>;

/** Get Order, "status". An order that waits for its stop price, or to reach the book, rests. */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  PENDING: 'open',
  QUEUED: 'open',
  OPEN: 'open',
  CANCEL_QUEUED: 'open',
  EDIT_QUEUED: 'open',
  FILLED: 'filled',
  CANCELLED: 'canceled',
  EXPIRED: 'expired',
  FAILED: 'rejected',
};

/** POST orders: the id of what was made. A refusal comes with HTTP 200 and is thrown like any other. */
export function readPlacedId(reply: unknown, clientOrderId: string): string {
  if (refused.safeParse(reply).success) throw new VenueReplyError(200, JSON.stringify(reply), null);
  const { order_id, client_order_id } = read('the order', placed, reply).success_response;
  if (client_order_id !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  return order_id;
}

/** POST orders/batch_cancel of one order: whether the cancel was taken, for later. */
export function readCanceled(reply: unknown): void {
  for (const result of read('the cancel', canceled, reply).results)
    if (!result.success) throw new VenueReplyError(200, JSON.stringify(result), null);
}

export function readOrder(reply: unknown): CoinbaseOrder {
  return read('the order', z.object({ order }), reply).order;
}

export function readOrders(reply: unknown): { readonly orders: readonly CoinbaseOrder[]; readonly cursor: string | null } {
  const { orders, has_next, cursor } = read('the list of orders', page.extend({ orders: z.array(order) }), reply);
  return { orders, cursor: has_next && cursor !== '' ? cursor : null };
}

/** `name`: our own client order id; the venue's copy of it is written otherwise. */
export function orderFacts(state: CoinbaseOrder, symbol: string, name: string): OrderFacts {
  const filledQuantity = decimalOf(state.filled_size);
  const word = statusOf(STATUS, state.status);
  const status = word === 'open' && !filledQuantity.isZero() ? 'partially_filled' : word;
  return { clientOrderId: name, venueOrderId: state.order_id, symbol, status, filledQuantity, code: endCode(status, state.time_in_force) };
}

function endCode(status: VenueOrderStatus, timeInForce: string | undefined): OrderFacts['code'] {
  if (status === 'rejected') return 'VENUE_REJECTED';
  if (status === 'expired') return 'VENUE_EXPIRED';
  if (status !== 'canceled') return null;
  return timeInForce === 'IMMEDIATE_OR_CANCEL' || timeInForce === 'FILL_OR_KILL' ? 'VENUE_NO_LIQUIDITY' : 'VENUE_CANCELED';
}

/** GET orders/historical/fills, of one page; corrections and reversals are left out. */
export function readFills(reply: unknown): { readonly fills: readonly CoinbaseFill[]; readonly cursor: string | null } {
  const { fills, cursor } = read('the fills', z.object({ fills: z.array(fill), cursor: z.string().default('') }), reply);
  return { fills: fills.filter(({ trade_type }) => trade_type === 'FILL'), cursor: cursor === '' ? null : cursor };
}

/** Commissions are in the quote asset, whatever was bought. */
export function fillOf(row: CoinbaseFill, feeAsset: string): Fill {
  return {
    venueTradeId: row.entry_id,
    quantity: decimalOf(row.size),
    price: decimalOf(row.price),
    fee: decimalOf(row.commission),
    feeAsset,
    liquidity: row.liquidity_indicator === 'MAKER' ? 'maker' : row.liquidity_indicator === 'TAKER' ? 'taker' : 'unknown',
    executedAt: row.trade_time,
  };
}

export function readBalances(reply: unknown): { readonly balances: readonly BalanceReport[]; readonly cursor: string | null } {
  const { accounts, has_next, cursor } = read('the accounts', page.extend({ accounts: z.array(account) }), reply);
  const balances = accounts.map(({ currency, available_balance, hold }) => ({
    asset: currency,
    free: decimalOf(available_balance.value),
    total: decimalOf(available_balance.value).plus(hold.value),
  }));
  return { balances, cursor: has_next && cursor !== '' ? cursor : null };
}

export function readRights(reply: unknown): { readonly canTrade: boolean; readonly canWithdraw: boolean } {
  const { can_trade, can_transfer } = read('the key', z.object({ can_trade: z.boolean(), can_transfer: z.boolean() }), reply);
  return { canTrade: can_trade, canWithdraw: can_transfer };
}

/** GET time, epoch milliseconds. */
export function readTime(reply: unknown): number {
  return read('the time', z.object({ epochMillis: time }), reply).epochMillis;
}
