import type { Order } from './order.ts';

/** Marks an order in doubt about which a person is asked; in the ledger, so that they are asked once whoever leads. */
export const UNRESOLVED = 'ORDER_UNRESOLVED';

export function isUnresolved({ status, code }: Pick<Order, 'status' | 'code'>): boolean {
  return status === 'unknown' && code === UNRESOLVED;
}
