import type { VenueLink } from '../profile.ts';
import type { VenueApi } from '../venueApi.ts';
import * as account from './krakenAccount.ts';
import type { KrakenExchange } from './krakenExchange.ts';
import { findOrder } from './krakenLookup.ts';
import { cancelOrder, placeOrder } from './krakenOrders.ts';
import { createPace } from './krakenPace.ts';

/** Kraken's spot REST API, without margin (https://docs.kraken.com/api-reference). */
export function connectKraken(link: VenueLink): VenueApi {
  const exchange = link.exchange as KrakenExchange;
  const pace = createPace(link.budgetScale, () => exchange.milliseconds());
  return {
    place: (request, market) => placeOrder(link, pace, request, market),
    cancel: (ref, market) => cancelOrder(exchange, pace, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: () => account.readBalances(exchange),
    rights: () => account.readRights(exchange),
    obstacles: async () => [],
    openOrders: (market) => account.openOrders(exchange, market),
    trades: (market, sinceMs) => account.trades(exchange, market, sinceMs),
    syncClock: () => account.syncClock(exchange),
  };
}
