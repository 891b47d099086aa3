import { native, ON_SWAP } from '../../commonFeatures.ts';
import type { VenueProfile } from '../profile.ts';
import { BINANCE_SWAP_BUDGET } from './binanceBudget.ts';
import { BINANCE_SWAP_REFUSALS } from './binanceRefusals.ts';
import { binanceSpot } from './binanceSpot.ts';
import { connectBinanceSwap } from './binanceSwapApi.ts';

export const binanceSwap: VenueProfile = {
  venue: 'binance',
  market: 'swap',
  title: 'Binance USDⓈ-M futures',
  proof: 'contract suite and faults, real ccxt against a protocol server',
  credentials: ['apiKey', 'secret'],
  sandbox: "Binance's demo trading",
  sandboxes: ['demo'], // It has taken the place of the futures testnet.
  features: {
    ...ON_SWAP,
    ...native({ market: 'MARKET', limit: 'LIMIT', stop: 'algo order STOP_MARKET', stop_limit: 'algo order STOP' }),
    ...native({ GTC: 'GTC', IOC: 'IOC', FOK: 'FOK', GTD: 'GTD, at least 10 minutes ahead' }),
    ...native({ post_only: 'GTX', reduce_only: 'reduceOnly', short: 'a position below zero', leverage: 'set before the first entry' }),
    ...native({ hedge_mode: 'positionSide', funding: 'income, FUNDING_FEE' }),
    ...native({ lookup_by_client_id: 'origClientOrderId, then openOrders and allOrders; clientAlgoId' }),
    ...native({ reconcile: 'openOrders, openAlgoOrders, userTrades, positionRisk' }),
  },
  clashes: [
    {
      types: ['limit'],
      features: ['GTD'],
      along: 'post_only',
      reason: 'Post-only is a time in force here, GTX.',
      instead: 'Use GTC with postOnly.',
    },
    {
      types: ['stop', 'stop_limit'],
      features: ['GTD'],
      reason: 'Conditional orders of Binance rest until they are canceled.',
      instead: 'Use GTC.',
    },
  ],
  clientOrderId: { parameter: 'newClientOrderId, clientAlgoId', format: (id) => id },
  refusals: BINANCE_SWAP_REFUSALS,
  requestLifeMs: binanceSpot.requestLifeMs,
  requestLife: binanceSpot.requestLife,
  push: [(stream) => stream.watchOrders(undefined, undefined, undefined, { type: 'future', subType: 'linear' })],
  budget: BINANCE_SWAP_BUDGET,
  budgetWords: '90 % of 2,400 weight a minute (orders; questions 70 %, prices 50 %) and of 300 orders in 10 s',
  fees: 'in the quote asset (or in BNB)',
  ticker: { bid: 'bidPrice', ask: 'askPrice', last: 'lastPrice' },
  quotes: 'bidsAsks', // Futures' own tickers hold neither, and those of several symbols cost as much as all: 40 of 2400 a minute.
  options: binanceSpot.options,
  connect: connectBinanceSwap,
};
