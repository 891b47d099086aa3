import { GTD_BY_LEADER, HINTS, KEPT_ON_SPOT, NOT_ON_SPOT, NOT_YET } from '../commonFeatures.ts';
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
    ...NOT_YET,
    push: HINTS,
    ...KEPT_ON_SPOT,
    ...NOT_ON_SPOT,
    market: { kind: 'native', how: 'Market, `marketUnit` baseCoin' },
    limit: { kind: 'native', how: 'Limit' },
    stop: { kind: 'native', how: 'tpslOrder, Market' },
    stop_limit: { kind: 'native', how: 'tpslOrder, Limit' },
    GTC: { kind: 'native', how: 'GTC' },
    IOC: { kind: 'native', how: 'IOC' },
    FOK: { kind: 'native', how: 'FOK' },
    GTD: GTD_BY_LEADER.GTD,
    post_only: { kind: 'native', how: 'PostOnly' },
    short: { ...NOT_ON_SPOT.short, instead: 'Use an account with "market":"swap".' },
    market_buy_by_cost: {
      kind: 'refused',
      reason: 'Quantities are in base units: `marketUnit` is never quoteCoin.',
      instead: 'Say "100 USDT": it is converted at the current price.',
    },
    lookup_by_client_id: { kind: 'native', how: 'orderLinkId: order/realtime, then order/history' },
    reconcile: { kind: 'native', how: 'open orders and trades' },
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
