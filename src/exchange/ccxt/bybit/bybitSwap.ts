import { native, ON_SWAP } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectBybitSwap } from './bybitApi.ts';
import { BYBIT_SWAP_BUDGET, BYBIT_SWAP_BUDGET_WORDS } from './bybitBudget.ts';
import { bybitSpot } from './bybitSpot.ts';

export const bybitSwap: VenueProfile = {
  ...bybitSpot,
  market: 'swap',
  title: 'Bybit perpetuals',
  features: {
    ...ON_SWAP,
    ...native({ market: 'Market', limit: 'Limit', stop: 'conditional Market', stop_limit: 'conditional Limit' }),
    ...native({ GTC: 'GTC', IOC: 'IOC', FOK: 'FOK', post_only: 'PostOnly', reduce_only: 'reduceOnly', short: 'a position below zero' }),
    ...native({ leverage: "leverage set before the first entry; marginMode must be the account's", hedge_mode: 'positionIdx' }),
    ...native({ funding: 'transaction-log', reconcile: 'open orders, trades and positions' }),
    lookup_by_client_id: bybitSpot.features.lookup_by_client_id,
  },
  clashes: [],
  budget: BYBIT_SWAP_BUDGET,
  budgetWords: BYBIT_SWAP_BUDGET_WORDS,
  fees: 'in the quote asset',
  connect: connectBybitSwap,
};
