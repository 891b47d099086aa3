import { startBinanceServer } from '../binance/binanceServer.ts';
import { startBinanceSwapServer } from '../binance/swapServer.ts';
import { startBitgetServer } from '../bitget/bitgetServer.ts';
import { startBitgetSwapServer } from '../bitget/swapServer.ts';
import { startBybitServer, startBybitSwapServer } from '../bybit/bybitServer.ts';
import { newSecret, startCoinbaseServer } from '../coinbase/coinbaseServer.ts';
import { orderTxid } from '../kraken/krakenIds.ts';
import { startKrakenServer } from '../kraken/krakenServer.ts';
import { startOkxSpotServer, startOkxSwapServer } from '../okx/okxServer.ts';
import type { VenueKind } from './bench.ts';

export const BINANCE_SPOT: VenueKind = {
  title: 'Binance spot',
  pushes: true,
  account: { venue: 'binance', market: 'spot' },
  origin: 'https://api.binance.com',
  streamOrigins: ['wss://ws-api.binance.com'],
  start: startBinanceServer,
  symbol: 'BTC/USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/api/v3/order' },
  look: { method: 'GET', path: '/api/v3/order' },
  cancel: { method: 'DELETE', path: '/api/v3/order' },
  fillPaths: ['/api/v3/myTrades'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'test-api-key', secret: 'not-the-secret' },
  doubtful: { code: -1006, msg: 'An unexpected response was received from the message bus. Execution status unknown.' },
  view: { tradesPerPage: 1000 },
};

export const BINANCE_SWAP: VenueKind = {
  title: 'Binance USDⓈ-M futures',
  pushes: true,
  account: { venue: 'binance', market: 'swap' },
  origin: 'https://fapi.binance.com',
  streamOrigins: ['wss://fstream.binance.com'],
  start: startBinanceSwapServer,
  symbol: 'BTC/USDT:USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/fapi/v1/order' },
  look: { method: 'GET', path: '/fapi/v1/order' },
  cancel: { method: 'DELETE', path: '/fapi/v1/order' },
  fillPaths: ['/fapi/v1/userTrades'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'test-api-key', secret: 'not-the-secret' },
  doubtful: { code: -4116, msg: 'ClientOrderId is duplicated.' },
  view: { tradesPerPage: 1000 },
};

/** The same account with long and short side by side. */
export const BINANCE_HEDGED: VenueKind = {
  ...BINANCE_SWAP,
  title: 'Binance USDⓈ-M futures in hedge mode',
  start: (options) => startBinanceSwapServer({ ...options, hedgeMode: true }),
  golden: 'binance-swap-hedged',
};

export const BITGET_SPOT: VenueKind = {
  title: 'Bitget spot',
  pushes: true,
  account: { venue: 'bitget', market: 'spot' },
  origin: 'https://api.bitget.com',
  streamOrigins: ['wss://ws.bitget.com'],
  start: startBitgetServer,
  symbol: 'BTC/USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/api/v2/spot/trade/place-order' },
  look: { method: 'GET', path: '/api/v2/spot/trade/orderInfo' },
  cancel: { method: 'POST', path: '/api/v2/spot/trade/cancel-order' },
  fillPaths: ['/api/v2/spot/trade/fills'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'bg_test-api-key', secret: 'not-the-secret', password: 'test-passphrase' },
  doubtful: { code: '40010', msg: 'Request timed out' },
  view: { tradesPerPage: 100 },
};

export const BITGET_SWAP: VenueKind = {
  title: 'Bitget USDT-M futures',
  pushes: true,
  account: { venue: 'bitget', market: 'swap' },
  origin: 'https://api.bitget.com',
  start: startBitgetSwapServer,
  symbol: 'BTC/USDT:USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/api/v2/mix/order/place-order' },
  look: { method: 'GET', path: '/api/v2/mix/order/detail' },
  cancel: { method: 'POST', path: '/api/v2/mix/order/cancel-order' },
  fillPaths: ['/api/v2/mix/order/fills'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'bg_test-api-key', secret: 'not-the-secret', password: 'test-passphrase' },
  doubtful: { code: '40010', msg: 'Request timed out' },
  view: { tradesPerPage: 100 },
};

/** The same account with long and short side by side. */
export const BITGET_HEDGED: VenueKind = {
  ...BITGET_SWAP,
  title: 'Bitget USDT-M futures in hedge mode',
  start: (options) => startBitgetSwapServer({ ...options, hedgeMode: true }),
  golden: 'bitget-swap-hedged',
};

export const COINBASE_SPOT: VenueKind = {
  title: 'Coinbase Advanced',
  pushes: true,
  account: { venue: 'coinbase', market: 'spot' },
  origin: 'https://api.coinbase.com',
  streamOrigins: ['wss://advanced-trade-ws.coinbase.com'],
  start: startCoinbaseServer,
  symbol: 'BTC/USD',
  bookSymbol: 'BTC-USD',
  place: { method: 'POST', path: '/api/v3/brokerage/orders' },
  look: { method: 'GET', path: '/api/v3/brokerage/orders/historical/*' },
  cancel: { method: 'POST', path: '/api/v3/brokerage/orders/batch_cancel' },
  fillPaths: ['/api/v3/brokerage/orders/historical/fills'],
  outOfTime: 'VENUE_AUTH', // A token of a wrong time is refused like any wrong token.
  wrongCredentials: {
    apiKey: 'organizations/0a1b2c3d-0000-4000-8000-000000000001/apiKeys/0a1b2c3d-0000-4000-8000-000000000002',
    secret: newSecret(),
  },
  doubtful: { code: 'INTERNAL', msg: 'internal error', status: 500 },
  view: { tradesPerPage: 250 },
};

export const OKX_SPOT: VenueKind = {
  title: 'OKX spot',
  account: { venue: 'okx', market: 'spot' },
  origin: 'https://www.okx.com',
  streamOrigins: ['wss://ws.okx.com:8443'],
  pushes: true,
  start: startOkxSpotServer,
  symbol: 'BTC/USDT',
  bookSymbol: 'BTC-USDT',
  place: { method: 'POST', path: '/api/v5/trade/order' },
  look: { method: 'GET', path: '/api/v5/trade/order' },
  cancel: { method: 'POST', path: '/api/v5/trade/cancel-order' },
  fillPaths: ['/api/v5/trade/fills'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'okx-test-api-key', secret: 'not-the-secret', password: 'test-passphrase' },
  doubtful: { code: '50004', msg: 'API endpoint request timeout.' },
  view: { tradesPerPage: 100 },
};

export const OKX_SWAP: VenueKind = {
  ...OKX_SPOT,
  title: 'OKX perpetual swaps',
  account: { venue: 'okx', market: 'swap' },
  start: startOkxSwapServer,
  symbol: 'BTC/USDT:USDT',
  bookSymbol: 'BTC-USDT-SWAP',
};

/** The same account with long and short side by side. */
export const OKX_HEDGED: VenueKind = {
  ...OKX_SWAP,
  title: 'OKX perpetual swaps in long/short mode',
  start: (options) => startOkxSwapServer({ ...options, posMode: 'long_short_mode' }),
  golden: 'okx-swap-hedged',
};

const BYBIT: Omit<VenueKind, 'title' | 'account' | 'start' | 'symbol'> = {
  origin: 'https://api.bybit.com',
  streamOrigins: ['wss://stream.bybit.com'],
  pushes: true,
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/v5/order/create' },
  look: { method: 'GET', path: '/v5/order/realtime' },
  cancel: { method: 'POST', path: '/v5/order/cancel' },
  fillPaths: ['/v5/execution/list'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'bybit-test-api-key', secret: 'not-the-secret' },
  doubtful: { code: 10016, msg: 'Internal System Error.', status: 200 },
  view: { tradesPerPage: 100 },
};

export const BYBIT_SPOT: VenueKind = {
  ...BYBIT,
  title: 'Bybit spot',
  account: { venue: 'bybit', market: 'spot' },
  start: startBybitServer,
  symbol: 'BTC/USDT',
};

export const BYBIT_SWAP: VenueKind = {
  ...BYBIT,
  title: 'Bybit perpetuals',
  account: { venue: 'bybit', market: 'swap' },
  start: startBybitSwapServer,
  symbol: 'BTC/USDT:USDT',
};

/** The same account with long and short side by side. */
export const BYBIT_HEDGED: VenueKind = {
  ...BYBIT_SWAP,
  title: 'Bybit perpetuals in hedge mode',
  start: (options) => startBybitSwapServer({ ...options, account: { hedgeMode: true } }),
  golden: 'bybit-swap-hedged',
};

export const KRAKEN_SPOT: VenueKind = {
  title: 'Kraken spot',
  account: { venue: 'kraken', market: 'spot' },
  origin: 'https://api.kraken.com',
  streamOrigins: ['wss://ws-auth.kraken.com'],
  pushes: true,
  start: startKrakenServer,
  symbol: 'BTC/USD',
  bookSymbol: 'XXBTZUSD',
  place: { method: 'POST', path: '/0/private/AddOrder' },
  look: { method: 'POST', path: '/0/private/OpenOrders' },
  cancel: { method: 'POST', path: '/0/private/CancelOrder' },
  fillPaths: ['/0/private/QueryTrades'],
  outOfTime: 'VENUE_CLOCK',
  wrongCredentials: { apiKey: 'kraken-test-api-key', secret: 'bm90LXRoZS1zZWNyZXQ=' },
  doubtful: { code: 'EService:Unavailable', msg: '', status: 200 },
  view: { tradesPerPage: 50, idOf: orderTxid },
  asks: { path: '/0/private/*' },
};

/** Every venue that can be traded through ccxt, with a server that speaks its protocol. */
export const VENUE_KINDS: readonly VenueKind[] = [
  BINANCE_SPOT,
  BINANCE_SWAP,
  BITGET_SPOT,
  BITGET_SWAP,
  COINBASE_SPOT,
  OKX_SPOT,
  OKX_SWAP,
  BYBIT_SPOT,
  BYBIT_SWAP,
  KRAKEN_SPOT,
];

/** Those, and other ways to set an account up at some of them: what the contracts run for. */
export const CONTRACT_KINDS: readonly VenueKind[] = [...VENUE_KINDS, BINANCE_HEDGED, BITGET_HEDGED, OKX_HEDGED, BYBIT_HEDGED];

const { view: _binanceView, ...BINANCE_US } = BINANCE_SPOT;
const { view: _okxView, ...OKX_KIND } = OKX_SPOT;
/** ccxt places single orders of OKX as a batch of one. */
const OKX_EUROPE = { ...OKX_KIND, origin: 'https://eea.okx.com', place: { method: 'POST', path: '/api/v5/trade/batch-orders' } };

/** Exchanges without a profile of their own that speak what the servers here do: what ccxt's unified calls make of any exchange is tried with them. */
export const UNPROVEN_KINDS: readonly VenueKind[] = [
  {
    ...BINANCE_US,
    title: 'Binance US, unproven',
    account: { venue: 'binanceus', market: 'spot' },
    origin: 'https://api.binance.us',
  },
  { ...OKX_EUROPE, title: "OKX's European site, unproven", account: { venue: 'myokx', market: 'spot' } },
  {
    ...OKX_EUROPE,
    title: "OKX's European swaps, unproven",
    account: { venue: 'myokx', market: 'swap' },
    start: startOkxSwapServer,
    symbol: OKX_SWAP.symbol,
    bookSymbol: OKX_SWAP.bookSymbol,
  },
];
