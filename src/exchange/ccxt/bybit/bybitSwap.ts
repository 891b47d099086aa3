import { HINTS, KEPT_ON_SWAP, NOT_YET } from '../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectBybitSwap } from './bybitApi.ts';
import { BYBIT_SWAP_BUDGET, BYBIT_SWAP_BUDGET_WORDS } from './bybitBudget.ts';
import { bybitSpot } from './bybitSpot.ts';

export const bybitSwap: VenueProfile = {
  ...bybitSpot,
  market: 'swap',
  title: 'Bybit perpetuals',
  features: {
    ...NOT_YET,
    push: HINTS,
    ...KEPT_ON_SWAP,
    market: { kind: 'native', how: 'Market' },
    limit: { kind: 'native', how: 'Limit' },
    stop: { kind: 'native', how: 'conditional Market' },
    stop_limit: { kind: 'native', how: 'conditional Limit' },
    GTC: { kind: 'native', how: 'GTC' },
    IOC: { kind: 'native', how: 'IOC' },
    FOK: { kind: 'native', how: 'FOK' },
    GTD: bybitSpot.features.GTD,
    post_only: { kind: 'native', how: 'PostOnly' },
    reduce_only: { kind: 'native', how: 'reduceOnly' },
    short: { kind: 'native', how: 'one-way or hedge mode' },
    market_buy_by_cost: {
      kind: 'refused',
      reason: 'Quantities are in base units.',
      instead: 'Say "100 USDT": it is converted at the current price.',
    },
    lookup_by_client_id: bybitSpot.features.lookup_by_client_id,
    leverage: { kind: 'native', how: "leverage set before the first entry; marginMode must be the account's" },
    hedge_mode: { kind: 'native', how: 'positionIdx' },
    funding: { kind: 'native', how: 'transaction-log' },
    reconcile: { kind: 'native', how: 'open orders, trades and positions' },
  },
  clashes: [],
  budget: BYBIT_SWAP_BUDGET,
  budgetWords: BYBIT_SWAP_BUDGET_WORDS,
  fees: 'in the quote asset',
  connect: connectBybitSwap,
};
