import { z } from 'zod';
import type { ReasonCode } from '../../../domain/errors.ts';
import { Decimal, ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { BrokenReplyError } from '../venueErrors.ts';

/** Amounts arrive as text and stay text until they are Decimals; ids may be numbers, beyond 2^53 ccxt hands them on as text. */
const amount = z.string().regex(/^\d{1,30}(\.\d{1,30})?$/);
const id = z.union([z.number().int(), z.string().regex(/^\d{1,30}$/)]).transform(String);
const time = z.coerce.number().int().positive();

const orderState = z.object({
  orderId: id,
  clientOrderId: z.string().min(1),
  symbol: z.string(),
  status: z.string(),
  timeInForce: z.string().optional(),
  type: z.string(),
  executedQty: amount,
});

const placedOrder = orderState.extend({
  transactTime: time,
  fills: z.array(z.object({ price: amount, qty: amount, commission: amount, commissionAsset: z.string().min(1), tradeId: id })),
});

const canceledOrder = orderState.extend({ origClientOrderId: z.string().min(1) });

const trade = z.object({
  id,
  orderId: id,
  price: amount,
  qty: amount,
  commission: amount,
  commissionAsset: z.string().min(1),
  time,
  isMaker: z.boolean(),
});

const account = z.object({
  canTrade: z.boolean(),
  balances: z.array(z.object({ asset: z.string().min(1), free: amount, locked: amount })),
});

export type OrderState = z.infer<typeof orderState>;

/** enums.md, "Order status". A stop that has not triggered is NEW too. */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PENDING_CANCEL: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

/** POST /order with newOrderRespType FULL: whatever filled at once filled as taker. Throws `BrokenReplyError`. */
export function readPlacedOrder(reply: unknown, symbol: string): OrderReport {
  const order = read('the order', placedOrder, reply);
  const fills = order.fills.map(
    (fill): Fill => ({
      venueTradeId: fill.tradeId,
      quantity: new Decimal(fill.qty),
      price: new Decimal(fill.price),
      fee: new Decimal(fill.commission),
      feeAsset: fill.commissionAsset,
      liquidity: 'taker',
      executedAt: order.transactTime,
    }),
  );
  return report(order, symbol, fills);
}

/** GET /order; without its trades, which carry identity and fee. */
export function readOrderState(reply: unknown): OrderState {
  return read('the order', orderState, reply);
}

export function readOrderStates(reply: unknown): readonly OrderState[] {
  return read('the list of orders', z.array(orderState), reply);
}

/** DELETE /order: its `clientOrderId` is the cancel's own. The end was asked for, so it has no code. */
export function readCanceledOrder(reply: unknown, symbol: string): OrderReport {
  const order = read('the canceled order', canceledOrder, reply);
  return { ...report({ ...order, clientOrderId: order.origClientOrderId }, symbol, []), code: null };
}

/** GET /myTrades of one order. */
export function readTrades(reply: unknown): readonly Fill[] {
  return read('the trades', z.array(trade), reply).map((row) => ({
    venueTradeId: row.id,
    quantity: new Decimal(row.qty),
    price: new Decimal(row.price),
    fee: new Decimal(row.commission),
    feeAsset: row.commissionAsset,
    liquidity: row.isMaker ? 'maker' : 'taker',
    executedAt: row.time,
  }));
}

export function readBalances(reply: unknown): readonly BalanceReport[] {
  return read('the account', account, reply).balances.map(({ asset, free, locked }) => ({
    asset,
    free: new Decimal(free),
    total: new Decimal(free).add(locked),
  }));
}

export function readCanTrade(reply: unknown): boolean {
  return read('the account', account, reply).canTrade;
}

export function readCanWithdraw(reply: unknown): boolean {
  return read('the key', z.object({ enableWithdrawals: z.boolean() }), reply).enableWithdrawals;
}

/** `symbol` is the unified one. Fills are complete when they add up to what the venue says it executed. */
export function report(order: OrderState, symbol: string, fills: readonly Fill[]): OrderReport {
  const status = STATUS[order.status];
  if (!status) throw new BrokenReplyError('the order has a status that is not in the documentation');
  const filledQuantity = new Decimal(order.executedQty);
  const listed = fills.reduce((sum, fill) => sum.add(fill.quantity), ZERO);
  return {
    clientOrderId: order.clientOrderId,
    venueOrderId: order.orderId,
    symbol,
    status,
    filledQuantity,
    fills,
    fillsComplete: listed.eq(filledQuantity),
    code: endCode(status, order),
  };
}

function endCode(status: VenueOrderStatus, order: OrderState): ReasonCode | null {
  if (status === 'rejected') return 'VENUE_REJECTED';
  if (status === 'canceled') return 'VENUE_CANCELED';
  if (status !== 'expired') return null;
  const atOnce = order.type === 'MARKET' || order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
  return atOnce ? 'VENUE_NO_LIQUIDITY' : 'VENUE_EXPIRED';
}

function read<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const parsed = schema.safeParse(reply);
  if (!parsed.success) throw new BrokenReplyError(`${what} in the answer cannot be read`);
  return parsed.data;
}
