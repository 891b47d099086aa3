import type { Market } from '../market/market.ts';
import { decimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';

/** A market with round steps, for tests of what happens on it. */
export const SPOT: Market = {
  symbol: 'BTC/USDT',
  venueSymbol: 'BTCUSDT',
  type: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tickSize: decimal('0.01'),
  stepSize: decimal('0.001'),
  minQuantity: decimal('0.001'),
  minNotional: decimal('5'),
};

/** An entry of 1 BTC at 100 that the venue has been sent and has not answered yet, for tests that say only what they are about. */
export function orderWith(over: Partial<Order> = {}): Order {
  return {
    id: 'entry',
    signalId: 'signal',
    leg: 0,
    clientOrderId: 'entry',
    accountId: 'account',
    symbol: SPOT.symbol,
    side: 'buy',
    type: 'limit',
    quantity: decimal('1'),
    price: decimal('100'),
    stopPrice: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    role: 'entry',
    parentId: null,
    ocoGroup: null,
    parentShare: null,
    strategy: null,
    tag: null,
    terms: null,
    sliceOf: null,
    progress: null,
    venueOrderId: null,
    status: 'submitted',
    filledQuantity: ZERO,
    filledNotional: ZERO,
    code: null,
    message: null,
    createdAt: 0,
    updatedAt: 0,
    sentAt: 0,
    ...over,
  };
}
