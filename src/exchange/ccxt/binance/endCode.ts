import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';

export interface EndedOrder {
  readonly status: string;
  readonly type: string;
  readonly timeInForce?: string | undefined;
  /** Epoch ms; a new order's answer on futures has no `time`. */
  readonly time?: number | undefined;
  readonly updateTime?: number | undefined;
}

const AT_ONCE_MS = 1_000;

/**
 * Why an order of Binance ended, null while it has not or when it filled. `order`: null for one that only waits for its trigger.
 * EXPIRED_IN_MATCH: it would have met another order of the same account (enums.md, "Order status").
 */
export function endCode(status: VenueOrderStatus, order: EndedOrder | null): OrderReport['code'] {
  if (status === 'rejected') return 'VENUE_REJECTED';
  if (status === 'canceled') return 'VENUE_CANCELED';
  if (status !== 'expired') return null;
  if (order?.status === 'EXPIRED_IN_MATCH') return 'VENUE_CANCELED';
  // Post-only on futures: one that had rested ends so when the account is liquidated.
  if (order?.timeInForce === 'GTX' && (order.updateTime ?? 0) - (order.time ?? order.updateTime ?? 0) < AT_ONCE_MS)
    return 'VENUE_WOULD_MATCH';
  const atOnce = order?.type === 'MARKET' || order?.timeInForce === 'IOC' || order?.timeInForce === 'FOK';
  return atOnce ? 'VENUE_NO_LIQUIDITY' : 'VENUE_EXPIRED';
}
