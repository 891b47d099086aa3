import type { VenueLink } from '../profile.ts';
import type { VenueApi } from '../venueApi.ts';
import * as account from './krakenAccount.ts';
import { openDesk } from './krakenDesk.ts';
import { findOrder } from './krakenLookup.ts';
import { cancelOrder, placeOrder } from './krakenOrders.ts';

/** Kraken's spot REST API, without margin (https://docs.kraken.com/api-reference). */
export function connectKraken(link: VenueLink): VenueApi {
  const desk = openDesk(link);
  const { exchange } = desk;
  return {
    place: (request, market) => placeOrder(desk, request, market),
    cancel: (ref, market) => cancelOrder(desk, ref, market),
    find: (ref, market) => findOrder(desk, ref, market),
    balances: () => account.readBalances(exchange),
    rights: () => account.readRights(exchange),
    obstacles: async () => [],
    openOrders: (market) => account.openOrders(exchange, market),
    trades: (market, sinceMs) => account.trades(exchange, market, sinceMs),
    syncClock: () => account.syncClock(exchange),
  };
}
