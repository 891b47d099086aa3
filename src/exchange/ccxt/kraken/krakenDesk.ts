import type { VenueLink } from '../profile.ts';
import { ask, type KrakenExchange } from './krakenExchange.ts';
import { createIds, type Ids } from './krakenIds.ts';
import { createPace, type Pace } from './krakenPace.ts';
import { type KrakenOrder, readOpenOrders } from './krakenReplies.ts';
import { askTogether, type OrderById, shared } from './krakenTogether.ts';

/** What the orders of one account share. */
export interface KrakenDesk {
  readonly exchange: KrakenExchange;
  readonly quote: VenueLink['quote'];
  readonly pace: Pace;
  readonly ids: Ids;
  readonly orderById: OrderById;
  /** All that rests, of all markets. */
  readonly resting: () => Promise<readonly KrakenOrder[]>;
}

export function openDesk({ exchange: given, quote, budgetScale }: VenueLink): KrakenDesk {
  const exchange = given as KrakenExchange;
  return {
    ...{ exchange, quote, ids: createIds(), orderById: askTogether(exchange) },
    pace: createPace(budgetScale, () => exchange.milliseconds()),
    resting: shared(() => ask(async () => readOpenOrders(await exchange.privatePostOpenOrders({})))),
  };
}
