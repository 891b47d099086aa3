import { native, ON_SWAP } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectOkxSwap } from './okxApi.ts';
import { okxSpot, orderStreams } from './okxSpot.ts';

const { lookup_by_client_id, limit, stop, stop_limit, GTC, IOC, FOK, post_only } = okxSpot.features;

export const okxSwap: VenueProfile = {
  ...okxSpot,
  market: 'swap',
  title: 'OKX perpetual swaps',
  features: {
    ...ON_SWAP,
    ...{ lookup_by_client_id, limit, stop, stop_limit, GTC, IOC, FOK, post_only },
    ...native({ market: 'market, in contracts', reduce_only: 'reduceOnly', short: 'a position below zero', hedge_mode: 'posSide' }),
    ...native({ leverage: 'set before the first entry; `marginMode` only as configured (below)', funding: 'bills of type 8' }),
    ...native({ reconcile: 'orders-pending, orders-algo-pending, fills, positions' }),
  },
  fees: 'in the quote asset',
  push: orderStreams('SWAP'),
  connect: connectOkxSwap,
};
