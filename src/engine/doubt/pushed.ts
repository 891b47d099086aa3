import type { AccountId } from '../../domain/ids.ts';
import type { Order } from '../../domain/order/order.ts';
import { wasNamed } from '../../domain/order/progress.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type { VenueHint } from '../../exchange/exchange.ts';
import { bookReport } from '../orders.ts';
import { laneKey } from '../parking.ts';
import type { AccountState } from '../state.ts';
import type { Term } from '../term.ts';

function isNamedBy({ venueOrderId, clientOrderId }: VenueHint, order: Order): boolean {
  return (
    (venueOrderId !== null && order.venueOrderId === venueOrderId) || (clientOrderId !== null && order.clientOrderId === clientOrderId)
  );
}

/** Whether it names an order of the account, also one that is over. */
export function namesKnownOrder({ orders }: AccountState, hint: VenueHint): boolean {
  return [...orders.values()].some((order) => isNamedBy(hint, order));
}

/** What a hint may be about. An order we do not know may be what one that waited for a price has become, under a name of the venue's own. */
export function meantBy(hint: VenueHint, orders: readonly Order[]): readonly Order[] {
  const { venueOrderId, clientOrderId, symbol } = hint;
  if (venueOrderId === null && clientOrderId === null) return orders.filter((order) => symbol === null || order.symbol === symbol);
  const named = orders.filter((order) => isNamedBy(hint, order));
  return named.length > 0 ? named : orders.filter((order) => order.symbol === symbol && order.stopPrice !== null);
}

/** A report the venue pushed: booked in the lane of its symbol, ahead of what alerts ask. */
export function takePushedReport(term: Term, accountId: AccountId, report: OrderReport): void {
  const account = term.state.accounts.get(accountId);
  const venue = term.venues.get(accountId);
  const market = venue?.marketOf(report.symbol);
  if (!account || !venue || !market || term.signal.aborted) return;
  void term.lanes.enqueue(
    laneKey(accountId, report.symbol),
    async () => {
      const named = (order: Order): boolean => order.clientOrderId === report.clientOrderId || wasNamed(order, report.clientOrderId);
      const order = [...account.orders.values()].find((known) => known.role !== 'external' && named(known));
      if (order) await bookReport({ term, account, venue, market }, order, report);
    },
    'urgent',
  );
}
