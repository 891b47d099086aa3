import type { Alert } from '../../alert/alert.ts';
import type { Order } from '../../order/order.ts';
import type { PlanFacts, PlanResult } from './facts.ts';

/** `cancel`: the symbol's open orders, narrowed to one by `orderId` (ours, the client's or the venue's) and to a group by `tag`. */
export function planCancel(alert: Alert, facts: PlanFacts): PlanResult {
  const cancels = facts.openOrders.filter((order) => matches(order, alert)).map((order) => order.id);
  if (cancels.length > 0) return { ok: true, cancels, intents: [], notes: [`Orders to cancel: ${cancels.length}.`], code: null };
  const which = [alert.orderId === null ? '' : ` with the id ${alert.orderId}`, alert.tag === null ? '' : ` tagged "${alert.tag}"`].join(
    '',
  );
  return { ok: true, cancels, intents: [], notes: [`No open order of ${facts.market.symbol}${which}.`], code: 'NOTHING_TO_CANCEL' };
}

/** A leg not sent yet goes with the order it waits for; by itself it is canceled only by name, or that order would fill without it. */
function matches(order: Order, { orderId, tag }: Alert): boolean {
  if (order.status === 'intent' && order.code === null && orderId === null) return false;
  const named = orderId === null || [order.id, order.clientOrderId, order.venueOrderId].includes(orderId);
  return named && (tag === null || order.tag === tag);
}
