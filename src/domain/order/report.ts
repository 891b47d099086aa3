import type { Decimal } from '../money.ts';
import type { Fill, OrderStatus } from './order.ts';

/** A venue's statuses, in our words. */
export type VenueOrderStatus = Extract<OrderStatus, 'open' | 'partially_filled' | 'filled' | 'canceled' | 'expired' | 'rejected'>;

/**
 * All a venue knows about an order at one moment. `filledQuantity` is cumulative. `fills` may be incomplete (`fillsComplete`
 * false): then the ledger books what is listed and asks again, because only trades carry an identity and a fee.
 */
export interface OrderReport {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly status: VenueOrderStatus;
  readonly filledQuantity: Decimal;
  readonly fills: readonly Fill[];
  readonly fillsComplete: boolean;
  /** Stable code when the venue ended the order for a reason of its own. */
  readonly code: string | null;
}
