import type { ReasonCode } from '../errors.ts';
import { clientOrderIdFor } from '../ids.ts';
import { type Decimal, decimal } from '../money.ts';
import type { Order } from './order.ts';
import { type PendingChange, type Progress, patched, progressOf, withEarlier } from './progress.ts';

/** New values of an open order; null keeps the old one. */
export interface Terms {
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
}

export function pendingChange(order: Order, { quantity, price, stopPrice }: Terms): PendingChange {
  return {
    quantity: quantity?.toFixed() ?? null,
    price: price?.toFixed() ?? null,
    stopPrice: stopPrice?.toFixed() ?? null,
    was: order.quantity.toFixed(),
  };
}

/** The terms an order is to have: its own with the pending change in them. */
export function wantedTerms(order: Order): Pick<Order, 'quantity' | 'price' | 'stopPrice'> {
  const { change } = progressOf(order);
  return {
    quantity: change?.quantity ? decimal(change.quantity) : order.quantity,
    price: change?.price ? decimal(change.price) : order.price,
    stopPrice: change?.stopPrice ? decimal(change.stopPrice) : order.stopPrice,
  };
}

/**
 * The same order as an intent under its next client order id. Only for an order of which it is proven that the venue will do nothing
 * more: its id is never used for another request.
 */
export function renewed(order: Order, code: ReasonCode, message: string, now: number, patch: Progress = {}): Order {
  const { attempt: before = 0, change } = progressOf(order);
  const attempt = before + 1;
  const formerStop = change?.stopPrice ? order.stopPrice?.toFixed() : undefined;
  return {
    ...order,
    ...wantedTerms(order),
    status: 'intent',
    code,
    message,
    clientOrderId: clientOrderIdFor(order.id, attempt),
    venueOrderId: null,
    sentAt: null,
    updatedAt: now,
    progress: patched(order, { change: undefined, formerStop, ...patch, attempt, earlier: withEarlier(order, now), renewedAt: now }),
  };
}
