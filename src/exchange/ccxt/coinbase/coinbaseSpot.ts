import { native, ON_SPOT } from '../../commonFeatures.ts';
import { BOUND_PERCENT, STOP_BOUND_PERCENT } from '../orderParams.ts';
import type { VenueProfile } from '../profile.ts';
import { asUuid, connectCoinbase } from './coinbaseApi.ts';
import { COINBASE_REFUSALS } from './coinbaseRefusals.ts';

/** Tokens are signed for 120 s (ccxt, coinbase.js, `createAuthToken`). */
const SIGNED_FOR_MS = 120_000;

export const coinbaseSpot: VenueProfile = {
  venue: 'coinbase',
  market: 'spot',
  title: 'Coinbase Advanced',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret'],
  sandbox: null,
  features: {
    ...ON_SPOT,
    market: { kind: 'emulated', how: `sell market_market_ioc; buy sor_limit_ioc ${BOUND_PERCENT} % above the ask` },
    stop: { kind: 'emulated', how: `stop_limit_stop_limit with its limit ${STOP_BOUND_PERCENT} % beyond its trigger` },
    ...native({ limit: 'limit_limit', stop_limit: 'stop_limit_stop_limit', post_only: 'post_only' }),
    ...native({ GTC: 'gtc', IOC: 'sor_limit_ioc', FOK: 'limit_limit_fok', GTD: 'gtd with end_time' }),
    reduce_only: { ...ON_SPOT.reduce_only, reason: 'Coinbase takes reduce-only for "close the whole position".' },
    market_buy_by_cost: { ...ON_SPOT.market_buy_by_cost, instead: 'Say "100 USD": it is converted at the current price.' },
    lookup_by_client_id: { kind: 'emulated', how: 'the newest 500 orders are gone through' },
    ...native({ reconcile: 'orders/historical/batch, orders/historical/fills' }),
  },
  clashes: [
    {
      types: ['stop', 'stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'A stop of Coinbase rests once it is triggered.',
      instead: 'Use GTC or GTD.',
    },
  ],
  // ccxt drops its own `clientOrderId` here in silence and invents one; this name it passes on.
  clientOrderId: { parameter: 'client_order_id', format: asUuid },
  refusals: COINBASE_REFUSALS,
  requestLifeMs: ({ timeoutMs }) => SIGNED_FOR_MS + timeoutMs,
  requestLife: 'a token lives 120 s + our deadline 10 s',
  push: [(stream) => stream.watchOrders()],
  // rest-api/rate-limits: 30 private requests a second for each user, 10 public ones for each address.
  budget: [
    { scope: 'account', weight: () => 1, max: 30, windowMs: 1_000 },
    { scope: 'venue', weight: ({ path }) => (path.includes('/market/') ? 1 : 0), max: 10, windowMs: 1_000 },
  ],
  budgetWords: '90 % of 30 requests a second (orders; questions 70 %), prices 50 % of 10',
  fees: 'in the quote asset, on top',
  ticker: null,
  quotes: 'tickers',
  options: () => ({ fetchMarkets: 'fetchMarketsV3', advanced: true }),
  connect: connectCoinbase,
};
