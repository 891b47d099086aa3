import type { Alert } from '../domain/alert/alert.ts';
import type { Order } from '../domain/order/order.ts';
import { isSliced } from '../domain/order/sliced.ts';
import type { OrderPlace } from './orderPlace.ts';
import { cancelOrder } from './orders.ts';
import { openOrdersOf } from './state.ts';
import { closesAll } from './tasks.ts';

/**
 * A worked order goes on for minutes or hours; an alert that says where to be makes void what would lead elsewhere, before anything is
 * reckoned from the position: a close the entries, a direction those of the other side, a target all of them.
 */
export async function supersedeWork(place: OrderPlace, alert: Alert): Promise<void> {
  for (const { id } of openOrdersOf(place.account, place.market.symbol).filter((order) => isSliced(order) && isContrary(order, alert))) {
    const order = place.account.orders.get(id);
    if (order) await cancelOrder(place, order, 'WORK_SUPERSEDED');
  }
}

function isContrary({ role, side, status }: Order, alert: Alert): boolean {
  if (status === 'intent') return false;
  if (alert.action === 'target') return true;
  if (closesAll(alert)) return role === 'entry';
  if (alert.action === 'long') return role === 'entry' && side === 'sell';
  return alert.action === 'short' && role === 'entry' && side === 'buy';
}
