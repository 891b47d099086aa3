import type { Alert } from '../../domain/alert/alert.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { refOf } from '../orderChanges.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { bookReport } from '../orders.ts';
import { openOrdersOf } from '../state.ts';

/** Asked about at most, so that whoever has a grid of them waits no longer than for these. */
const ASKED_MAX = 10;

/** What an alert means depends on what is held. */
export function dependsOnHolding({ action, reduceOnly }: Alert): boolean {
  return action === 'close' || action === 'target' || action === 'long' || action === 'short' || reduceOnly;
}

/**
 * Asks a venue that does not report by itself about entries that may have filled since they were asked about last: a close planned
 * without them would find nothing to close. In the lane of their symbol.
 */
export async function lookAgain(place: OrderPlace): Promise<void> {
  const { account, venue, market } = place;
  const { orders } = venue.session;
  if (orders.capabilities(market).pushesReports) return;
  const entries = openOrdersOf(account, market.symbol)
    .filter((order) => order.role === 'entry' && (order.status === 'open' || order.status === 'partially_filled') && !isSliced(order))
    .slice(0, ASKED_MAX);
  const outcomes = await Promise.all(entries.map((order) => orders.lookup(refOf(order))));
  for (const [index, { id }] of entries.entries()) {
    const outcome = outcomes[index];
    const order = account.orders.get(id);
    if (outcome?.kind === 'found' && order) await bookReport(place, order, outcome.report);
  }
}
