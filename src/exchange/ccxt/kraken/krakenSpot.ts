import { native, ON_SPOT } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { connectKraken } from './krakenApi.ts';
import { KRAKEN_BUDGET, KRAKEN_BUDGET_WORDS, purposeOf } from './krakenBudget.ts';
import { deadlineMs } from './krakenOrders.ts';
import { KRAKEN_REFUSALS } from './krakenRefusals.ts';
import { sealInTurn } from './krakenSeal.ts';
import { KRAKEN_WATCHES } from './krakenWatches.ts';

/** How late a new order may be in the lists, and how exactly the venue's time is known; neither is documented. */
const LISTED_MS = 5_000;
const CLOCK_MS = 1_000;

export const krakenSpot: VenueProfile = {
  venue: 'kraken',
  market: 'spot',
  title: 'Kraken spot',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret'],
  sandbox: null,
  features: {
    ...ON_SPOT,
    ...native({ market: 'market, counted in the base asset', limit: 'limit', stop: 'stop-loss', stop_limit: 'stop-loss-limit' }),
    ...native({ GTC: 'GTC', IOC: 'IOC', FOK: 'FOK', GTD: 'GTD with expiretm, four weeks ahead at most', post_only: 'post' }),
    market_buy_by_cost: { ...ON_SPOT.market_buy_by_cost, instead: 'Say "100 USD": it is converted at the current price.' },
    ...native({ lookup_by_client_id: 'cl_ord_id: OpenOrders, then ClosedOrders', reconcile: 'OpenOrders, TradesHistory' }),
  },
  clashes: [
    {
      types: ['stop', 'stop_limit'],
      features: ['IOC', 'FOK'],
      reason: 'An order of Kraken that waits for a price rests.',
      instead: 'Use GTC or GTD.',
    },
  ],
  clientOrderId: { parameter: 'cl_ord_id', format: (id) => id },
  refusals: KRAKEN_REFUSALS,
  requestLifeMs: ({ recvWindowMs, timeoutMs }) => deadlineMs(recvWindowMs) + CLOCK_MS + timeoutMs + LISTED_MS,
  requestLife: "`deadline` 5 s (`recvWindow`), 1 s for the clock, our deadline 10 s, 5 s for Kraken's lists",
  budget: KRAKEN_BUDGET,
  budgetWords: KRAKEN_BUDGET_WORDS,
  purposeOf,
  seal: sealInTurn,
  fees: 'in the quote asset (`fciq`)',
  ticker: null,
  quotes: 'tickers',
  options: () => ({}),
  push: KRAKEN_WATCHES,
  connect: connectKraken,
};
