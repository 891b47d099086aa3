import { REASONS, type ReasonCode } from '../errors.ts';
import type { Order } from '../order/order.ts';
import { isFinal } from '../order/transition.ts';
import type { SignalStatus } from './signal.ts';

/** Which status of a signal on one account may follow which. Odd rows name the reality they answer to. */
export const NEXT_PART_STATUS = {
  accepted: ['planned', 'executing', 'done', 'refused', 'failed', 'expired', 'unknown'],
  planned: ['executing', 'done', 'refused', 'failed', 'expired', 'unknown'], // Waits in its lane, behind an order in doubt.
  executing: ['done', 'refused', 'failed', 'expired', 'unknown'],
  unknown: ['executing', 'done', 'refused', 'failed', 'expired'], // Only asking the venue leads out.
  done: ['executing', 'unknown'], // A fill can race the cancel, and an exit may leave something to close.
  failed: ['executing', 'unknown', 'done'], // A venue said no and did it all the same.
  expired: ['executing', 'unknown', 'done'], // Likewise for a fill at the deadline.
  refused: [],
} as const satisfies Record<SignalStatus, readonly SignalStatus[]>;

export function mayFollowPart(from: SignalStatus, to: SignalStatus): boolean {
  return (NEXT_PART_STATUS[from] as readonly SignalStatus[]).includes(to);
}

/** Where a signal stands on one account, from its own orders (protective legs live on after it is done). */
export function partStatusOf(orders: readonly Order[]): { status: SignalStatus; code: string | null; message: string | null } {
  const sent = orders.filter((order) => order.role === 'entry' || order.role === 'exit');
  const unknown = sent.find((order) => order.status === 'unknown');
  const own = sent.filter((order) => order.sliceOf === null);
  if (unknown) return { status: 'unknown', code: unknown.code, message: unknown.message };
  if (own.some((order) => !isFinal(order.status))) return { status: 'executing', code: null, message: null };
  const failed = own.find((order) => order.status !== 'filled' && order.filledQuantity.isZero() && order.code !== 'CANCELED_BY_REQUEST');
  if (!failed) return { status: 'done', code: null, message: null };
  return {
    status: failed.status === 'expired' ? 'expired' : 'failed',
    code: failed.code,
    message: failed.message ?? wordsFor(failed.code),
  };
}

/** Venues that report an end without words still owe people some. */
export function wordsFor(code: string | null): string | null {
  const reason = code === null ? undefined : REASONS[code as ReasonCode];
  return reason ? `${reason.means} ${reason.advice}` : null;
}
