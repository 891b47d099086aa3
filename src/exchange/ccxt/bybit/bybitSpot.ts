import { native, ON_SPOT } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectBybitSpot } from './bybitApi.ts';
import { BYBIT_SPOT_BUDGET, BYBIT_SPOT_BUDGET_WORDS } from './bybitBudget.ts';
import { BYBIT_REFUSALS } from './bybitRefusals.ts';

/** Which kinds of markets ccxt loads, by our word for them. */
const CCXT_TYPES = { spot: 'spot', swap: 'linear' } as const;

/** Orders are queued when they are answered (docs/v5/order/create-order), for a time that is not documented: so long is waited for them. */
const QUEUED_MS = 5_000;

export const bybitSpot: VenueProfile = {
  venue: 'bybit',
  market: 'spot',
  title: 'Bybit spot',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret'],
  sandbox: "Bybit's testnet, or its demo trading",
  sandboxes: ['testnet', 'demo'],
  // One stream tells of spot and perpetuals alike, waiting orders too.
  push: [(stream) => stream.watchOrders()],
  features: {
    ...ON_SPOT,
    ...native({ market: 'Market, `marketUnit` baseCoin', limit: 'Limit', stop: 'tpslOrder, Market', stop_limit: 'tpslOrder, Limit' }),
    ...native({ GTC: 'GTC', IOC: 'IOC', FOK: 'FOK', post_only: 'PostOnly' }),
    ...native({ lookup_by_client_id: 'orderLinkId: order/realtime, then order/history', reconcile: 'open orders and trades' }),
  },
  clashes: [
    {
      types: ['stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'A spot order of Bybit that waits for a price rests once it is triggered.',
      instead: 'Use GTC.',
    },
  ],
  clientOrderId: { parameter: 'orderLinkId', format: (id) => id },
  refusals: BYBIT_REFUSALS,
  // docs/v5/guide: within recv_window of its timestamp, which may be a second ahead.
  requestLifeMs: ({ recvWindowMs, timeoutMs }) => recvWindowMs + 1_000 + timeoutMs + QUEUED_MS,
  requestLife: '`recv_window` 5 s and 1 s ahead + our deadline 10 s + 5 s in a queue',
  budget: BYBIT_SPOT_BUDGET,
  budgetWords: BYBIT_SPOT_BUDGET_WORDS,
  fees: 'from what is received',
  ticker: { bid: 'bid1Price', ask: 'ask1Price', last: 'lastPrice' },
  quotes: 'tickers',
  options: (types) => ({ fetchMarkets: { types: types.map((type) => CCXT_TYPES[type]) } }),
  connect: connectBybitSpot,
};
