import type { Order } from './order.ts';
import { isFinal } from './transition.ts';

/** Ends of protection that leave its entry with nothing to protect what it may still fill. */
const SPENT: ReadonlySet<string | null> = new Set(['POSITION_CLOSED', 'POSITION_NAKED']);

/** A protective leg that has done its work, or could not do it: it cannot protect what its entry may still fill. */
export function isSpent({ role, status, filledQuantity, code }: Order): boolean {
  const protects = role === 'take_profit' || role === 'stop_loss';
  return protects && isFinal(status) && (!filledQuantity.isZero() || SPENT.has(code));
}
