import { describe, expect, it } from 'vitest';
import type { Market } from '../market/market.ts';
import { decimal } from '../money.ts';
import type { Order } from './order.ts';
import { trailedStop, trailStep } from './trail.ts';

const MARKET = { tickSize: decimal('0.5') } as Market;
const TEN = { kind: 'price', price: decimal('10') } as const;

function trailing(side: 'buy' | 'sell', stopPrice: string, progress: Order['progress'] = null): Order {
  return { side, stopPrice: decimal(stopPrice), terms: { trail: TEN, display: null, durationMs: null }, progress } as Order;
}

function moved(order: Order, price: string, nowMs = 10_000): string | null {
  return trailStep(order, decimal(price), MARKET, nowMs)?.stopPrice.toFixed() ?? null;
}

describe('a trailing stop', () => {
  it.each([
    ['moves up behind a new high', 'sell', '90', '105', '95'],
    ['stays while the high is less than a tenth of its distance better', 'sell', '90', '100.5', null],
    ['never moves down', 'sell', '90', '80', null],
    ['moves down above a new low', 'buy', '110', '95', '105'],
    ['never moves up', 'buy', '110', '120', null],
  ] as const)('%s', (_, side, stop, price, wanted) => {
    expect(moved(trailing(side, stop), price)).toBe(wanted);
  });

  it('keeps the mark it has, and its pace', () => {
    expect(moved(trailing('sell', '90', { mark: '120' }), '100')).toBe('110');
    expect(moved(trailing('sell', '90', { movedAt: 8_000 }), '120')).toBeNull();
  });

  it('stands on the tick that is farther away', () => {
    const percent = { kind: 'percent', percent: decimal('3') } as const;
    expect(trailedStop('sell', percent, decimal('101'), MARKET).toFixed()).toBe('97.5');
    expect(trailedStop('buy', percent, decimal('101'), MARKET).toFixed()).toBe('104.5');
    expect(trailedStop('buy', TEN, decimal('100'), MARKET).toFixed()).toBe('110');
  });
});
