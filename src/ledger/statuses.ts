import { ORDER_STATUSES, type OrderStatus } from '../domain/order/order.ts';
import { isFinal } from '../domain/order/transition.ts';
import { SIGNAL_STATUSES, type SignalStatus } from '../domain/signal/signal.ts';

const UNFINISHED: ReadonlySet<SignalStatus> = new Set(['accepted', 'planned', 'executing', 'unknown']);

/** Something is still to be done for it, or found out. The partial index on signal_parts names the same statuses. */
export function isUnfinished(status: SignalStatus): boolean {
  return UNFINISHED.has(status);
}

export const UNFINISHED_SIGNAL_STATUSES: readonly SignalStatus[] = SIGNAL_STATUSES.filter(isUnfinished);

/** The venue may still act on these orders. The partial index on orders names the same statuses. */
export const OPEN_ORDER_STATUSES: readonly OrderStatus[] = ORDER_STATUSES.filter((status) => !isFinal(status));
