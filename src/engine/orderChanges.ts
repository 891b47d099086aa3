import { REASONS } from '../domain/errors.ts';
import type { Capabilities } from '../domain/market/capabilities.ts';
import { type Decimal, ZERO } from '../domain/money.ts';
import { remainingOf } from '../domain/order/cover.ts';
import type { TiedBy } from '../domain/order/followUps.ts';
import type { Order, OrderIntent, OrderStatus } from '../domain/order/order.ts';
import { patched, progressOf } from '../domain/order/progress.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { mayFollow } from '../domain/order/transition.ts';
import { venueTypeOf } from '../domain/order/venueType.ts';
import type { RiskApproved } from '../domain/risk/risk.ts';
import type { OrderRef, PlaceRequest } from '../exchange/exchange.ts';
import type { Change } from '../ledger/ledger.ts';
import { describeOrder } from './notices.ts';

/** An approved intent as the ledger first sees it. Written out, not spread: that costs microseconds for an object of this size. */
export function orderFrom(intent: RiskApproved<OrderIntent>, now: number): Order {
  return {
    id: intent.id,
    signalId: intent.signalId,
    leg: intent.leg,
    clientOrderId: intent.clientOrderId,
    accountId: intent.accountId,
    symbol: intent.symbol,
    side: intent.side,
    type: intent.type,
    quantity: intent.quantity,
    price: intent.price,
    stopPrice: intent.stopPrice,
    timeInForce: intent.timeInForce,
    expiresAt: intent.expiresAt,
    postOnly: intent.postOnly,
    reduceOnly: intent.reduceOnly,
    role: intent.role,
    parentId: intent.parentId,
    ocoGroup: intent.ocoGroup,
    parentShare: intent.parentShare,
    strategy: intent.strategy,
    tag: intent.tag,
    terms: intent.terms,
    sliceOf: intent.sliceOf,
    progress: null,
    venueOrderId: null,
    status: 'intent',
    filledQuantity: ZERO,
    filledNotional: ZERO,
    code: null,
    message: null,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
  };
}

/** The change that must be stored before a venue hears of the order. */
export function submission(order: Order, quantity: Decimal, now: number): Change {
  const sent = { quantity, sentAt: now, code: null, message: null };
  return moved(order, 'submitted', now, `sent: ${describeOrder({ ...order, quantity })}`, sent);
}

/** A status change of one order. Throws if the transition table forbids it: that is a bug, not an event. */
export function moved(order: Order, status: OrderStatus, now: number, detail: string | null, fields: Partial<Order> = {}): Change {
  if (order.status !== status && !mayFollow(order.status, status))
    throw new Error(`order ${order.id}: ${order.status} → ${status} is not in the transition table`);
  return { kind: 'order.updated', order: { ...order, ...fields, status, updatedAt: now }, from: order.status, at: now, detail };
}

/**
 * `tiedBy`: a venue is told of a pair only where it keeps pairs itself; `gtdBy` likewise for orders that end at a time (expiry.ts). What
 * earlier attempts have filled is not asked for again.
 */
export function requestOf(order: Order, tiedBy: TiedBy, { gtdBy }: Pick<Capabilities, 'gtdBy'>): PlaceRequest {
  const { clientOrderId, symbol, side, price, stopPrice, postOnly, reduceOnly } = order;
  const quantity = order.filledQuantity.isZero() ? order.quantity : remainingOf(order);
  const ended = gtdBy === 'leader' && order.timeInForce === 'GTD';
  const timeInForce = progressOf(order).watched ? 'IOC' : ended ? 'GTC' : order.timeInForce;
  const expiresAt = ended ? null : order.expiresAt;
  const ocoGroup = tiedBy === 'venue' ? order.ocoGroup : null;
  const type = venueTypeOf(order.type);
  const reduces = order.role !== 'entry';
  return { clientOrderId, symbol, side, type, quantity, price, stopPrice, timeInForce, expiresAt, postOnly, reduceOnly, reduces, ocoGroup };
}

/** Called canceled by the venue; and it was, by us, because its time was up. */
export function asExpiry(order: Order, report: OrderReport, { gtdBy }: Pick<Capabilities, 'gtdBy'>, now: number): OrderReport {
  const { timeInForce, expiresAt } = order;
  const ours = gtdBy === 'leader' && timeInForce === 'GTD' && expiresAt !== null && now >= expiresAt && report.status === 'canceled';
  return ours ? { ...report, status: 'expired', code: 'ORDER_EXPIRED' } : report;
}

export function refOf(order: Order): OrderRef {
  return { clientOrderId: order.clientOrderId, venueOrderId: order.venueOrderId, symbol: order.symbol, type: venueTypeOf(order.type) };
}

/** Stored before it waits here for its price. */
export function watching(order: Order, quantity: Decimal, now: number): Change {
  const fields = { quantity, code: 'WATCHED', message: REASONS.WATCHED.means, progress: patched(order, { watched: true }) };
  return moved(order, 'intent', now, `watched: ${describeOrder({ ...order, quantity })}`, fields);
}
