import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';

/** Why an order of Binance ended, null while it has not or when it filled. `order`: null for one that only waits for its trigger. */
export function endCode(
  status: VenueOrderStatus,
  order: { readonly type: string; readonly timeInForce?: string | undefined } | null,
): OrderReport['code'] {
  if (status === 'rejected') return 'VENUE_REJECTED';
  if (status === 'canceled') return 'VENUE_CANCELED';
  if (status !== 'expired') return null;
  const atOnce = order?.type === 'MARKET' || order?.timeInForce === 'IOC' || order?.timeInForce === 'FOK';
  return atOnce ? 'VENUE_NO_LIQUIDITY' : 'VENUE_EXPIRED';
}
