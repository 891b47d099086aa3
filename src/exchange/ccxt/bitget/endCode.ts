import type { Decimal } from '../../../domain/money.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';

/** Why an order of Bitget ended, null while it has not or when it filled: it says "canceled" of whatever did not. */
export function endCode(
  status: VenueOrderStatus,
  order: { readonly orderType: string; readonly force?: string | undefined },
  filledQuantity: Decimal,
): OrderReport['code'] {
  if (status !== 'canceled') return null;
  const force = order.force?.toLowerCase();
  if (order.orderType === 'market' || force === 'ioc' || force === 'fok') return 'VENUE_NO_LIQUIDITY';
  return force === 'post_only' && filledQuantity.isZero() ? 'VENUE_WOULD_MATCH' : 'VENUE_CANCELED';
}
