import type { Order } from '../order/order.ts';
import { isFinal } from '../order/transition.ts';
import type { SignalStatus } from './signal.ts';

/** Where a signal stands on one account, from its own orders (protective legs live on after it is done). */
export function partStatusOf(orders: readonly Order[]): { status: SignalStatus; code: string | null; message: string | null } {
  const own = orders.filter((order) => order.role === 'entry' || order.role === 'exit');
  const unknown = own.find((order) => order.status === 'unknown');
  if (unknown) return { status: 'unknown', code: unknown.code, message: unknown.message };
  if (own.some((order) => !isFinal(order.status))) return { status: 'executing', code: null, message: null };
  const failed = own.find((order) => order.status !== 'filled' && order.filledQuantity.isZero() && order.code !== 'CANCELED_BY_REQUEST');
  if (!failed) return { status: 'done', code: null, message: null };
  return { status: failed.status === 'expired' ? 'expired' : 'failed', code: failed.code, message: failed.message };
}
