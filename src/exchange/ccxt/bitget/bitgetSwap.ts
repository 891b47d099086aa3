import { HINTS, KEPT_ON_SWAP, NOT_YET } from '../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { BITGET_SWAP_REFUSALS } from './bitgetRefusals.ts';
import { bitgetSpot } from './bitgetSpot.ts';
import { connectBitgetSwap } from './bitgetSwapApi.ts';

export const bitgetSwap: VenueProfile = {
  ...bitgetSpot,
  market: 'swap',
  title: 'Bitget USDT-M futures',
  features: {
    ...NOT_YET,
    ...KEPT_ON_SWAP,
    push: HINTS,
    market: { kind: 'native', how: 'market' },
    limit: { kind: 'native', how: 'limit' },
    stop: { kind: 'native', how: 'plan order, market' },
    stop_limit: { kind: 'native', how: 'plan order, limit' },
    GTC: { kind: 'native', how: 'gtc' },
    IOC: { kind: 'native', how: 'ioc' },
    FOK: { kind: 'native', how: 'fok' },
    GTD: bitgetSpot.features.GTD,
    post_only: { kind: 'native', how: 'post_only' },
    reduce_only: { kind: 'native', how: 'reduceOnly; in hedge mode tradeSide close' },
    short: { kind: 'native', how: 'a position below zero' },
    market_buy_by_cost: {
      kind: 'refused',
      reason: 'Quantities are in base units.',
      instead: 'Say "100 USDT": it is converted at the current price.',
    },
    lookup_by_client_id: { kind: 'native', how: 'clientOid: order detail, then open and past orders, then plan orders' },
    leverage: { kind: 'native', how: 'set before the first entry' },
    hedge_mode: { kind: 'native', how: 'side of the position, with tradeSide open or close' },
    funding: { kind: 'native', how: 'account bill, contract_settle_fee' },
    reconcile: { kind: 'native', how: 'orders-pending, orders-plan-pending, fill-history, all-position' },
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
