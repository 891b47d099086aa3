import { native, ON_SPOT } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import type { Watch } from '../push.ts';
import { connectOkxSpot } from './okxApi.ts';
import { OKX_BUDGET, OKX_BUDGET_WORDS } from './okxBudget.ts';
import { OKX_REFUSALS } from './okxRefusals.ts';

/** OKX takes a signed request for 30 s after its timestamp (docs-v5, "Authentication", error 50102). */
const SIGNED_FOR_MS = 30_000;

/** What rests, and what waits for a price, are streams of their own (docs-v5, "Order channel" and "Algo orders channel"). */
export function orderStreams(type: 'SPOT' | 'SWAP'): readonly Watch[] {
  return [
    (stream) => stream.watchOrders(undefined, undefined, undefined, { type }),
    (stream) => stream.watchOrders(undefined, undefined, undefined, { type, trigger: true }),
  ];
}

export const okxSpot: VenueProfile = {
  venue: 'okx',
  market: 'spot',
  title: 'OKX spot',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret', 'password'],
  sandbox: "OKX's demo trading (header `x-simulated-trading`)",
  features: {
    ...ON_SPOT,
    ...native({ market: 'market, counted in the base asset (`tgtCcy`)', limit: 'limit', GTC: 'limit', IOC: 'ioc', FOK: 'fok' }),
    ...native({ stop: 'algo order conditional (`slTriggerPx`)', stop_limit: 'algo order conditional (`slTriggerPx`)' }),
    ...native({ post_only: 'post_only', lookup_by_client_id: 'clOrdId, then open and past orders, then algoClOrdId' }),
    ...native({ reconcile: 'orders-pending, orders-algo-pending, fills' }),
  },
  clashes: [
    {
      types: ['stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'A conditional order of OKX has no time in force.',
      instead: 'Use GTC.',
    },
  ],
  clientOrderId: { parameter: 'clOrdId, algoClOrdId', format: (id) => id },
  refusals: OKX_REFUSALS,
  requestLifeMs: ({ timeoutMs }) => SIGNED_FOR_MS + timeoutMs,
  requestLife: 'a signature lives 30 s + our deadline 10 s; `expTime` ends new orders 5 s after they were signed',
  budget: OKX_BUDGET,
  budgetWords: OKX_BUDGET_WORDS,
  fees: 'from what is received',
  ticker: { bid: 'bidPx', ask: 'askPx', last: 'last' },
  quotes: 'tickers',
  options: (types) => ({ fetchMarkets: { types: [...types] } }),
  push: orderStreams('SPOT'),
  connect: connectOkxSpot,
};
