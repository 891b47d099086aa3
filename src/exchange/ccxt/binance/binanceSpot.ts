import { native, ON_SPOT } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { BINANCE_SPOT_BUDGET } from './binanceBudget.ts';
import { BINANCE_SPOT_REFUSALS } from './binanceRefusals.ts';
import { connectBinanceSpot } from './binanceSpotApi.ts';

/** Which kinds of markets ccxt loads, by our word for them. */
const CCXT_TYPES = { spot: 'spot', swap: 'linear' } as const;

export const binanceSpot: VenueProfile = {
  venue: 'binance',
  market: 'spot',
  title: 'Binance spot',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret'],
  sandbox: "Binance's spot testnet, or its demo trading",
  sandboxes: ['testnet', 'demo'],
  features: {
    ...ON_SPOT,
    ...native({ market: 'MARKET', limit: 'LIMIT', stop: 'STOP_LOSS', stop_limit: 'STOP_LOSS_LIMIT', post_only: 'LIMIT_MAKER' }),
    ...native({ GTC: 'GTC', IOC: 'IOC', FOK: 'FOK' }),
    ...native({ lookup_by_client_id: 'origClientOrderId, then allOrders', reconcile: 'openOrders, myTrades, account' }),
  },
  clashes: [],
  clientOrderId: { parameter: 'newClientOrderId', format: (id) => id },
  refusals: BINANCE_SPOT_REFUSALS,
  // rest-api.md, "Timing security": within recvWindow of its timestamp; the matching engine's own timeout is that of our deadline.
  requestLifeMs: ({ recvWindowMs, timeoutMs }) => recvWindowMs + timeoutMs,
  requestLife: "`recvWindow` 5 s + the engine's timeout 10 s",
  push: [(stream) => stream.watchOrders(undefined, undefined, undefined, { type: 'spot' })],
  budget: BINANCE_SPOT_BUDGET,
  budgetWords: '90 % of 6,000 weight a minute (orders; questions 70 %, prices 50 %) and of 100 orders in 10 s',
  fees: 'from what is received (or in BNB)',
  ticker: { bid: 'bidPrice', ask: 'askPrice', last: 'lastPrice' },
  quotes: 'tickers',
  options: (types) => ({ fetchMarkets: { types: types.map((type) => CCXT_TYPES[type]) } }),
  connect: connectBinanceSpot,
};
