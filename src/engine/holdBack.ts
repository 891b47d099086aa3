import { REASONS, type ReasonCode } from '../domain/errors.ts';
import type { Order } from '../domain/order/order.ts';
import { progressOf } from '../domain/order/progress.ts';
import { notice } from './notices.ts';
import { moved } from './orderChanges.ts';
import type { Holder } from './orderPlace.ts';

/** Refusals that prove the order never arrived and that may pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['VENUE_UNREACHABLE', 'VENUE_CLOCK', 'VENUE_RATE_LIMIT']);

/** Failures in a row after which people are told that orders wait. */
export const TOLD_AFTER = 3;

/** Whether a refusal proves that nothing arrived, for a reason that may pass by itself. */
export function isPassing(code: string): code is ReasonCode {
  return PASSING.has(code);
}

/**
 * It provably never left: it becomes an intent again, which waits until its venue is reached or it is too old (resend.ts). A slice does
 * not wait: the next one makes up for it.
 */
export async function holdBack(place: Holder, order: Order, { code, message }: { code: string; message: string }): Promise<void> {
  const { term, account } = place;
  const failures = term.reach.failed(account.account.id);
  const why = progressOf(order).watched ? { code: 'WATCHED', message: REASONS.WATCHED.means } : { code, message };
  const back = order.sliceOf === null ? 'intent' : 'rejected';
  const changes = [moved(order, back, term.now, `not sent: ${message}`, { sentAt: null, ...why })];
  if (failures === TOLD_AFTER) {
    const text = `Orders of ${account.account.name} cannot be sent: ${code}. ${message} They wait and are tried again; what gets too old is told.`;
    changes.push(notice({ newId: term.deps.newId, now: term.now }, 'warning', text));
  }
  await term.commit(changes);
}

export function tellReachable({ term, account }: Holder, ms: number): Promise<void> {
  const text = `Orders of ${account.account.name} can be sent again, after ${Math.max(1, Math.round(ms / 1000))} s.`;
  return term.commit([notice({ newId: term.deps.newId, now: term.now }, 'info', text)]);
}
