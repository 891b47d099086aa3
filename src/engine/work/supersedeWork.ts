import type { Alert } from '../../domain/alert/alert.ts';
import type { OrderId } from '../../domain/ids.ts';
import type { Order } from '../../domain/order/order.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { cancelOrder } from '../orders.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import { closesAll } from '../tasks.ts';

/**
 * A worked order goes on for minutes or hours; an alert that says where to be makes void what would lead elsewhere: a close the
 * entries, a direction those of the other side, a target all of them.
 */
export function contraryWork(account: AccountState, symbol: string, alert: Alert): OrderId[] {
  return openOrdersOf(account, symbol)
    .filter((order) => isSliced(order) && isContrary(order, alert))
    .map(({ id }) => id);
}

/** Before anything is reckoned from the position, which its slices may still have changed. */
export async function supersedeWork(place: OrderPlace, contrary: readonly OrderId[]): Promise<void> {
  for (const id of contrary) {
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
