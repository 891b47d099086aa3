import { inOurCodes } from '../currencyCodes.ts';
import type { VenueLink } from '../profile.ts';
import type { VenueApi } from '../venueApi.ts';
import * as account from './okxAccount.ts';
import { readBalances, readPositions } from './okxAccountReplies.ts';
import { fenceOrders, marginModeOf, type OkxExchange } from './okxExchange.ts';
import { findOrder } from './okxLookup.ts';
import { cancelOrder, placeOrder, type TradeMode } from './okxOrders.ts';

/**
 * OKX's v5 API (https://www.okx.com/docs-v5/en), one for spot and contracts. Stops are "algo orders": kept apart, under a name of their
 * own, and what they trigger is another order with another id.
 */
function connectOkx(exchange: OkxExchange, tdMode: TradeMode): Omit<VenueApi, 'obstacles'> {
  fenceOrders(exchange);
  return {
    place: (request, market) => placeOrder(exchange, tdMode, request, market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: async () => readBalances(await exchange.privateGetAccountBalance()),
    rights: () => account.readRights(exchange),
    openOrders: (market) => account.openOrders(exchange, market),
    trades: (market, sinceMs) => account.trades(exchange, market, sinceMs),
    syncClock: () => exchange.loadTimeDifference(),
  };
}

export function connectOkxSpot(link: VenueLink): VenueApi {
  const exchange = link.exchange as OkxExchange;
  return inOurCodes(exchange, { ...connectOkx(exchange, 'cash'), obstacles: () => account.spotObstacles(exchange) });
}

export function connectOkxSwap(link: VenueLink): VenueApi {
  const exchange = link.exchange as OkxExchange;
  return {
    ...connectOkx(exchange, marginModeOf(exchange)),
    obstacles: () => account.swapObstacles(exchange),
    positionMode: () => account.positionMode(exchange),
    positions: async (marketOf) => readPositions(await exchange.privateGetAccountPositions({ instType: 'SWAP' }), marketOf),
    funding: (marketOf, sinceMs) => account.funding(exchange, marketOf, sinceMs),
    configure: (settings, market) => account.configure(exchange, settings, market),
  };
}
