import { startBinanceServer } from '../binance/binanceServer.ts';
import { startBitgetServer } from '../bitget/bitgetServer.ts';
import type { VenueKind } from './bench.ts';

export const BINANCE_SPOT: VenueKind = {
  title: 'Binance spot',
  account: { venue: 'binance', market: 'spot' },
  start: startBinanceServer,
  symbol: 'BTC/USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/api/v3/order' },
  look: { method: 'GET', path: '/api/v3/order' },
  doubtful: { code: -1006, msg: 'An unexpected response was received from the message bus. Execution status unknown.' },
};

export const BITGET_SPOT: VenueKind = {
  title: 'Bitget spot',
  account: { venue: 'bitget', market: 'spot' },
  start: startBitgetServer,
  symbol: 'BTC/USDT',
  bookSymbol: 'BTCUSDT',
  place: { method: 'POST', path: '/api/v2/spot/trade/place-order' },
  look: { method: 'GET', path: '/api/v2/spot/trade/orderInfo' },
  doubtful: { code: '40010', msg: 'Request timed out' },
};

/** Every venue that can be traded through ccxt, with a server that speaks its protocol. */
export const VENUE_KINDS: readonly VenueKind[] = [BINANCE_SPOT, BITGET_SPOT];
