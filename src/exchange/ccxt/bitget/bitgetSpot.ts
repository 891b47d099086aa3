import { native, ON_SPOT } from '../../commonFeatures.ts';
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
    ...ON_SPOT,
    market: { kind: 'emulated', how: `sell MARKET; buy IOC limit ${BOUND_PERCENT} % above the ask` },
    stop: { kind: 'emulated', how: `plan order; a buy becomes a limit ${BOUND_PERCENT} % above its trigger` },
    ...native({ limit: 'limit', stop_limit: 'plan order', post_only: 'post_only', GTC: 'gtc', IOC: 'ioc', FOK: 'fok' }),
    ...native({ lookup_by_client_id: 'clientOid, then open and past orders, then plan orders' }),
    ...native({ reconcile: 'unfilled-orders, current-plan-order, fills, assets' }),
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
