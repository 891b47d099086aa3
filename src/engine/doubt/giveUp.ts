import { REASONS, type ReasonCode } from '../../domain/errors.ts';
import type { Order } from '../../domain/order/order.ts';
import { isKeptBack } from '../../domain/order/progress.ts';
import type { Change } from '../../ledger/ledger.ts';
import { isUnsent, releaseLane } from '../laneHolds.ts';
import { describeOrder, notice } from '../notices.ts';
import { moved } from '../orderChanges.ts';
import type { Holder } from '../orderPlace.ts';
import { type AccountState, childrenOf } from '../state.ts';
import { isOwed, isProtective } from '../wanted.ts';
import { sliceEnd } from '../work/sliceReports.ts';
import { WITHOUT_EXIT, WITHOUT_STOP } from './reportNotices.ts';

/** Ends that are as they should be. */
const QUIET_ENDS: ReadonlySet<string> = new Set(['CANCELED_BY_REQUEST', 'LEG_ABANDONED', 'POSITION_CLOSED', 'OCO_SIBLING_FILLED']);

/** Ends an order that will not live: refused by the venue, never arrived, or its parent came to nothing. Its dependants go too. */
export async function giveUp(
  place: Holder,
  order: Order,
  status: 'rejected' | 'canceled' | 'expired',
  code: string,
  message: string,
  more: readonly Change[] = [],
): Promise<void> {
  const { term } = place;
  if (order.sliceOf !== null) {
    await term.commit(sliceEnd({ newId: term.deps.newId, now: term.now }, place.account, order, status, code, message));
    return order.status === 'unknown' ? releaseLane(place, order.symbol) : undefined;
  }
  const changes: Change[] = [
    moved(order, status, term.now, message, { code, message: adviceFor(code, message) }),
    ...abandonBelow(place.account, order, term.now),
    ...more,
  ];
  const exposes = status === 'rejected' && isOwed(term, order);
  const protects = order.role === 'stop_loss' && status === 'rejected';
  const waited = isUnsent(order);
  const words = status === 'rejected' ? 'Rejected' : status === 'expired' ? 'Expired' : 'Canceled';
  const naked = protects ? WITHOUT_STOP : exposes ? WITHOUT_EXIT : '';
  const filled = order.filledQuantity.isZero() ? '' : ` Filled until then: ${order.filledQuantity.toFixed()}.`;
  const text = `${words}: ${describeOrder(order)} (${place.account.account.name}): ${code}. ${adviceFor(code, message)}${filled}${naked}`;
  const severity = protects || exposes || code === 'NEVER_REACHED_VENUE' ? 'critical' : QUIET_ENDS.has(code) ? 'info' : 'warning';
  changes.push(notice({ newId: term.deps.newId, now: term.now }, severity, text, { signalId: order.signalId }));
  await term.commit(changes);
  if (order.status === 'unknown' || waited) releaseLane(place, order.symbol);
}

/**
 * Every leg below an order that ends, down to the last: none of them has left. A stop that was called for by what the order did fill and
 * could not leave yet is still needed.
 */
export function abandonBelow(account: AccountState, order: Order, now: number): Change[] {
  const called = (child: Order): boolean => isUnsent(child) || isKeptBack(child);
  const protects = (child: Order): boolean => isProtective(child) && called(child) && !order.filledQuantity.isZero();
  return childrenOf(account, order)
    .filter((child) => child.status === 'intent' && !protects(child))
    .flatMap((child) => [
      moved(child, 'canceled', now, null, { code: 'LEG_ABANDONED', message: REASONS.LEG_ABANDONED.means }),
      ...abandonBelow(account, child, now),
    ]);
}

function adviceFor(code: string, message: string): string {
  const reason = REASONS[code as ReasonCode];
  return reason && !message.includes(reason.advice) ? `${message} ${reason.advice}` : message;
}
