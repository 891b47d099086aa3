import type { Market } from '../../domain/market/market.ts';
import { minDecimal } from '../../domain/money.ts';
import type { Order } from '../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../domain/order/report.ts';
import type { OpeningState } from '../exchange.ts';
import type { Execution } from './execution.ts';
import type { OrderBook } from './orderBook.ts';
import { isOpen, restoredOrder } from './paperOrder.ts';
import type { PaperSettings } from './paperSettings.ts';
import type { Wallet } from './wallet.ts';

export interface RestoreTargets {
  readonly markets: ReadonlyMap<string, Market>;
  readonly settings: PaperSettings;
  readonly book: OrderBook;
  readonly wallet: Wallet;
  readonly execution: Execution;
}

/**
 * Rebuilds the venue from the ledger: balances (the settings' when the ledger knows none), swap positions, then orders with
 * what they have filled. Orders the venue never acknowledged are left out: it has not heard of them. Final orders may be given
 * too; a filled one tells its OCO siblings how much of the group is done.
 */
export function restoreOpening(opening: OpeningState, { markets, settings, book, wallet, execution }: RestoreTargets): void {
  if (opening.balances.length === 0) for (const [asset, amount] of settings.balances) wallet.add(asset, amount);
  for (const { asset, total } of opening.balances) wallet.add(asset, total);
  for (const { symbol, quantity, cost } of opening.positions) {
    const market = markets.get(symbol);
    if (market?.type === 'swap') execution.restorePosition(market, quantity, cost);
  }
  for (const order of opening.openOrders) {
    const status = venueStatusOf(order);
    if (status === null) continue;
    const market = markets.get(order.symbol);
    const restored = restoredOrder(order, market || isFinalAtVenue(status) ? status : 'canceled');
    if (!market) restored.code = 'VENUE_SYMBOL';
    if (market && restored.reduceOnly && isOpen(restored)) {
      restored.workable = minDecimal(restored.quantity, restored.filledQuantity.plus(execution.reducible(restored, market)));
    }
    if (market) restored.reservePrice = execution.reservePrice(restored, market, null);
    book.add(restored);
    if (market && isOpen(restored)) execution.hold(restored, market);
  }
}

function isFinalAtVenue(status: VenueOrderStatus): boolean {
  return status !== 'open' && status !== 'partially_filled';
}

/** What the venue would have said of the order, or null where it never had it. */
function venueStatusOf(order: Order): VenueOrderStatus | null {
  switch (order.status) {
    case 'open':
    case 'partially_filled':
    case 'filled':
    case 'canceled':
    case 'expired':
    case 'rejected':
      return order.status;
    case 'replaced':
      return 'canceled';
    case 'submitted':
    case 'unknown':
      if (order.venueOrderId === null) return null;
      return order.filledQuantity.isZero() ? 'open' : 'partially_filled';
    case 'intent':
      return null;
  }
}
