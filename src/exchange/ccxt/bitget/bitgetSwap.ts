import { native, ON_SWAP } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { BITGET_SWAP_REFUSALS } from './bitgetRefusals.ts';
import { bitgetSpot } from './bitgetSpot.ts';
import { connectBitgetSwap } from './bitgetSwapApi.ts';

export const bitgetSwap: VenueProfile = {
  ...bitgetSpot,
  market: 'swap',
  title: 'Bitget USDT-M futures',
  features: {
    ...ON_SWAP,
    ...native({ market: 'market', limit: 'limit', stop: 'plan order, market', stop_limit: 'plan order, limit' }),
    ...native({ GTC: 'gtc', IOC: 'ioc', FOK: 'fok', post_only: 'post_only' }),
    ...native({ reduce_only: 'reduceOnly; in hedge mode tradeSide close', short: 'a position below zero' }),
    ...native({ leverage: 'set before the first entry', hedge_mode: 'side of the position, with tradeSide open or close' }),
    ...native({ funding: 'account bill, contract_settle_fee' }),
    ...native({ lookup_by_client_id: 'clientOid: order detail, then open and past orders, then plan orders' }),
    ...native({ reconcile: 'orders-pending, orders-plan-pending, fill-history, all-position' }),
  },
  inHedgeMode: {
    oco: {
      kind: 'refused',
      // api-doc/contract/trade/Place-Order: what closes at the market gets no more than resting orders that close leave of the position.
      reason: 'In hedge mode of Bitget a resting take profit holds the position, so that a stop beside it could not close it.',
      instead: 'Send the entry with stopLoss alone and the take profit as an alert of its own, or use an account in one-way mode.',
    },
  },
  clashes: [
    {
      types: ['stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'A plan order of Bitget has no time in force.',
      instead: 'Use GTC.',
    },
  ],
  refusals: BITGET_SWAP_REFUSALS,
  // Of plan orders ccxt tells nothing here; what they become is an order of their symbol.
  push: [(stream) => stream.watchOrders(undefined, undefined, undefined, { type: 'swap', productType: 'USDT-FUTURES' })],
  fees: 'in USDT (or in BGB)',
  connect: connectBitgetSwap,
};
