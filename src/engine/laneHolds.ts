import type { Order } from '../domain/order/order.ts';
import { isKeptBack } from '../domain/order/progress.ts';
import { describeOrder, notice } from './notices.ts';
import { moved } from './orderChanges.ts';
import type { Holder } from './orderPlace.ts';
import { laneKey } from './parking.ts';
import { type AccountState, openOrdersOf } from './state.ts';
import { isProtective } from './wanted.ts';

/** An intent that was on its way before, or whose way is prepared: it is to be sent, and waits for the venue. Others wait for a parent. */
export function isUnsent(order: Order): boolean {
  return order.status === 'intent' && order.code !== null && !isKeptBack(order);
}

/** Whether an order of the lane waits to leave that signals after it must not overtake. */
export function hasUnsent(account: AccountState, symbol: string): boolean {
  return openOrdersOf(account, symbol).some((order) => isUnsent(order) && !isProtective(order));
}

export function hasDoubt(account: AccountState, symbol: string): boolean {
  return openOrdersOf(account, symbol).some((order) => order.status === 'unknown');
}

/** The order's fate is unknown: say so, and leave it to the inquiry (reconcile.ts). */
export async function doubt(place: Holder, order: Order, code: string, message: string): Promise<void> {
  const { term } = place;
  if (order.status === 'unknown') return;
  const text = `In doubt: ${describeOrder(order)} (${place.account.account.name}). ${message} New entries of ${order.symbol} wait until the venue has been asked.`;
  await term.commit([
    moved(order, 'unknown', term.now, message, { code, message }),
    notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: order.signalId }),
  ]);
}

/** What waited for an order of this lane to be known, or to leave, goes on once there is no such order any more. */
export function releaseLane({ term, account }: Holder, symbol: string): void {
  if (!hasDoubt(account, symbol) && !hasUnsent(account, symbol)) term.parking.resumeAll(laneKey(account.account.id, symbol));
}
