import { GTD_BY_LEADER, HINTS, KEPT_ON_SPOT, NOT_ON_SPOT, NOT_YET } from '../commonFeatures.ts';
import { BOUND_PERCENT } from '../orderParams.ts';
import type { VenueProfile } from '../profile.ts';
import { BITGET_BUDGET, BITGET_BUDGET_WORDS } from './bitgetBudget.ts';
import { BITGET_SPOT_REFUSALS } from './bitgetRefusals.ts';
import { connectBitgetSpot } from './bitgetSpotApi.ts';

/** Bitget takes a signed request for 30 s after its timestamp (api-doc/common/signature, error 40008). */
const SIGNED_FOR_MS = 30_000;

export const bitgetSpot: VenueProfile = {
  venue: 'bitget',
  market: 'spot',
  title: 'Bitget spot',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret', 'password'],
  sandbox: "Bitget's demo trading (header `PAPTRADING`)",
  sandboxes: ['demo'],
  features: {
    ...NOT_YET,
    ...NOT_ON_SPOT,
    ...KEPT_ON_SPOT,
    push: HINTS,
    ...GTD_BY_LEADER,
    market: { kind: 'emulated', how: `sell MARKET; buy IOC limit ${BOUND_PERCENT} % above the ask` },
    limit: { kind: 'native', how: 'limit' },
    stop: { kind: 'emulated', how: `plan order; a buy becomes a limit ${BOUND_PERCENT} % above its trigger` },
    stop_limit: { kind: 'native', how: 'plan order' },
    GTC: { kind: 'native', how: 'gtc' },
    IOC: { kind: 'native', how: 'ioc' },
    FOK: { kind: 'native', how: 'fok' },
    post_only: { kind: 'native', how: 'post_only' },
    market_buy_by_cost: {
      kind: 'refused',
      reason: 'A market buy at Bitget is counted in money, and quantities here are in base units.',
      instead: 'Say "100 USDT": it is converted at the current price.',
    },
    lookup_by_client_id: { kind: 'native', how: 'clientOid, then open and past orders, then plan orders' },
    reconcile: { kind: 'native', how: 'unfilled-orders, current-plan-order, fills, assets' },
  },
  clashes: [
    {
      types: ['stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'A plan order of Bitget has no time in force.',
      instead: 'Use GTC.',
    },
  ],
  clientOrderId: { parameter: 'clientOid', format: (id) => id },
  refusals: BITGET_SPOT_REFUSALS,
  requestLifeMs: ({ timeoutMs }) => SIGNED_FOR_MS + timeoutMs,
  requestLife: 'a signature lives 30 s + our deadline 10 s',
  push: [
    (stream) => stream.watchOrders(undefined, undefined, undefined, { type: 'spot' }),
    (stream) => stream.watchOrders(undefined, undefined, undefined, { type: 'spot', trigger: true }),
  ],
  budget: BITGET_BUDGET,
  budgetWords: BITGET_BUDGET_WORDS,
  fees: 'from what is received (or in BGB)',
  ticker: { bid: 'bidPr', ask: 'askPr', last: 'lastPr' },
  quotes: 'tickers',
  // `uta` is pinned: left to itself ccxt takes any error, even a timeout, for "no unified account" and keeps to that.
  options: (types) => ({ fetchMarkets: { types: [...types] }, uta: false }),
  connect: connectBitgetSpot,
};
