import { type Decimal, maxDecimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';

export function remainingOf({ quantity, filledQuantity }: Pick<Order, 'quantity' | 'filledQuantity'>): Decimal {
  return quantity.minus(filledQuantity);
}

/** What the orders can fill together: of a pair whose orders cancel each other, only one ever does. */
export function coverOf(orders: readonly Order[]): Decimal {
  const groups = new Map<string, Decimal>();
  for (const order of orders) {
    const group = order.ocoGroup ?? order.id;
    groups.set(group, maxDecimal(groups.get(group) ?? ZERO, remainingOf(order)));
  }
  return [...groups.values()].reduce((sum, size) => sum.plus(size), ZERO);
}
