import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, decimalOf, id, type OrderFacts, read, reportOf, statusOf, time } from '../replies.ts';
import { endCode } from './endCode.ts';

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
      quantity: decimalOf(fill.qty),
      price: decimalOf(fill.price),
      fee: decimalOf(fill.commission),
      feeAsset: fill.commissionAsset,
      liquidity: 'taker',
      executedAt: order.transactTime,
    }),
  );
  return reportOf(orderFacts(order, symbol), fills);
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
  return reportOf({ ...orderFacts({ ...order, clientOrderId: order.origClientOrderId }, symbol), code: null }, []);
}

/** GET /myTrades of one order. */
export function readTrades(reply: unknown): readonly Fill[] {
  return read('the trades', z.array(trade), reply).map((row) => ({
    venueTradeId: row.id,
    quantity: decimalOf(row.qty),
    price: decimalOf(row.price),
    fee: decimalOf(row.commission),
    feeAsset: row.commissionAsset,
    liquidity: row.isMaker ? 'maker' : 'taker',
    executedAt: row.time,
  }));
}

export function readBalances(reply: unknown): readonly BalanceReport[] {
  return read('the account', account, reply).balances.map(({ asset, free, locked }) => ({
    asset,
    free: decimalOf(free),
    total: decimalOf(free).add(locked),
  }));
}

export function readCanTrade(reply: unknown): boolean {
  return read('the account', account, reply).canTrade;
}

/** `symbol` is the unified one. */
export function orderFacts(order: OrderState, symbol: string): OrderFacts {
  const { clientOrderId, orderId, executedQty } = order;
  const status = statusOf(STATUS, order.status);
  return { clientOrderId, venueOrderId: orderId, symbol, status, filledQuantity: decimalOf(executedQty), code: endCode(status, order) };
}
