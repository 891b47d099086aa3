import type { Market } from '../market/market.ts';
import { type Decimal, maxDecimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';
import { isFinal } from './transition.ts';

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

/**
 * What of the signed position is left to the legs of `parent`. On spot the legs of other entries hold what they would sell, and fees have
 * made the position smaller than what its entries bought.
 */
export function heldFor(parent: Pick<Order, 'id' | 'side'>, orders: readonly Order[], held: Decimal, { type }: Market): Decimal {
  if (type !== 'spot' || parent.side !== 'buy') return held;
  return held.minus(coverOf(orders.filter((order) => order.parentId !== parent.id && order.side === 'sell' && holdsBalance(order))));
}

/** A protective order that is at the venue, or may be. */
export function holdsBalance({ role, status }: Order): boolean {
  return (role === 'take_profit' || role === 'stop_loss') && status !== 'intent' && !isFinal(status);
}
