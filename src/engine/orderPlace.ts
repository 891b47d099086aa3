import type { Market } from '../domain/market/market.ts';
import type { TiedBy } from '../domain/order/followUps.ts';
import type { AccountState } from './state.ts';
import type { Term } from './term.ts';
import type { Venue } from './venues.ts';

/** Whose an order is. */
export interface Holder {
  readonly term: Term;
  readonly account: AccountState;
}

/** Where an order lives: its account's state and open venue, and its market. */
export interface OrderPlace extends Holder {
  readonly venue: Venue;
  readonly market: Market;
}

/** Who keeps pairs of orders that cancel each other. */
export function tiedBy({ venue, market }: OrderPlace): TiedBy {
  return venue.session.orders.capabilities(market).ocoBy ?? 'venue';
}
