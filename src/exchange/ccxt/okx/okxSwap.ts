import { HINTS, KEPT_ON_SWAP, NOT_YET } from '../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectOkxSwap } from './okxApi.ts';
import { okxSpot, orderStreams } from './okxSpot.ts';

const { GTD, market_buy_by_cost, lookup_by_client_id, limit, stop, stop_limit, GTC, IOC, FOK, post_only } = okxSpot.features;

export const okxSwap: VenueProfile = {
  ...okxSpot,
  market: 'swap',
  title: 'OKX perpetual swaps',
  features: {
    ...NOT_YET,
    push: HINTS,
    ...KEPT_ON_SWAP,
    ...{ GTD, market_buy_by_cost, lookup_by_client_id, limit, stop, stop_limit, GTC, IOC, FOK, post_only },
    market: { kind: 'native', how: 'market, in contracts' },
    reduce_only: { kind: 'native', how: 'reduceOnly' },
    short: { kind: 'native', how: 'a position below zero' },
    leverage: { kind: 'native', how: 'set before the first entry; `marginMode` only as configured (below)' },
    hedge_mode: { kind: 'native', how: 'posSide' },
    funding: { kind: 'native', how: 'bills of type 8' },
    reconcile: { kind: 'native', how: 'orders-pending, orders-algo-pending, fills, positions' },
  },
  fees: 'in the quote asset',
  push: orderStreams('SWAP'),
  connect: connectOkxSwap,
};
