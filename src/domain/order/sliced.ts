import type { OrderType } from '../alert/alert.ts';
import type { Order } from './order.ts';
import { isFinal } from './transition.ts';

const SLICED: ReadonlySet<OrderType> = new Set(['iceberg', 'twap', 'vwap']);

/** Orders that are never sent themselves: the leader sends slices of them, one at a time. A trailing stop is sent, and moved. */
export function isSliced({ type }: { readonly type: OrderType }): boolean {
  return SLICED.has(type);
}

/** Its slices, oldest first. */
export function slicesOf(worked: Pick<Order, 'id'>, orders: Iterable<Order>): Order[] {
  const slices: Order[] = [];
  for (const order of orders) if (order.sliceOf === worked.id) slices.push(order);
  return slices.sort((one, other) => one.leg - other.leg);
}

/** Slices of which the venue may still fill something. */
export function liveSlicesOf(worked: Pick<Order, 'id'>, orders: Iterable<Order>): Order[] {
  return slicesOf(worked, orders).filter(({ status }) => !isFinal(status));
}
