import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../money.ts';
import { orderWith, SPOT } from '../order/order.fixtures.ts';
import type { OrderIntent } from '../order/order.ts';
import { assessAge } from './assessAge.ts';
import { assessRisk, mergeLimits, type RiskFacts, strictestMode } from './assessRisk.ts';
import { NO_LIMITS } from './risk.ts';

const ENTRY: OrderIntent = orderWith({ type: 'market', price: null });
const EXIT: OrderIntent = { ...ENTRY, id: 'x', side: 'sell', role: 'exit' };
const STOP: OrderIntent = {
  ...ENTRY,
  id: 'p',
  side: 'sell',
  role: 'stop_loss',
  parentId: ENTRY.id,
  parentShare: decimal(100),
  quantity: ZERO,
};
const FACTS: RiskFacts = {
  mode: 'active',
  limits: NO_LIMITS,
  market: SPOT,
  quote: { symbol: 'BTC/USDT', bid: decimal(99), ask: decimal(101), last: decimal(100), at: 0, source: 'test' },
  position: ZERO,
  openOrders: [],
  realizedToday: ZERO,
};
const pending = orderWith({ type: 'market', price: null, id: 'other', status: 'unknown' });

describe.each([
  ['nothing forbids it', {}, null],
  ['trading is halted', { mode: 'halted' }, 'TRADING_HALTED'],
  ['only exits are allowed', { mode: 'reduce_only' }, 'TRADING_REDUCE_ONLY'],
  ['the symbol is not allowed', { limits: { ...NO_LIMITS, allowedSymbols: ['ETH/USDT'] } }, 'SYMBOL_NOT_ALLOWED'],
  ['the order is worth the limit', { limits: { ...NO_LIMITS, maxOrderNotional: decimal(101) } }, null],
  ['the order is worth more than the limit', { limits: { ...NO_LIMITS, maxOrderNotional: decimal('100.99') } }, 'ORDER_NOTIONAL_LIMIT'],
  [
    'the position would be worth too much',
    { position: decimal(1), limits: { ...NO_LIMITS, maxPositionNotional: decimal(200) } },
    'POSITION_NOTIONAL_LIMIT',
  ],
  [
    'an order in doubt already uses the room',
    { openOrders: [pending], limits: { ...NO_LIMITS, maxPositionNotional: decimal(200) } },
    'POSITION_NOTIONAL_LIMIT',
  ],
  [
    'a take profit of the position it turns may have filled before',
    {
      position: decimal(-1),
      openOrders: [{ ...pending, role: 'take_profit' }],
      limits: { ...NO_LIMITS, maxPositionNotional: decimal(100) },
    },
    'POSITION_NOTIONAL_LIMIT',
  ],
  ['it only turns a position', { position: decimal(-1), limits: { ...NO_LIMITS, maxPositionNotional: decimal(100) } }, null],
  ['too many orders are open', { openOrders: [pending], limits: { ...NO_LIMITS, maxOpenOrders: 1 } }, 'OPEN_ORDERS_LIMIT'],
  ['the daily loss is reached', { realizedToday: decimal(-50), limits: { ...NO_LIMITS, maxDailyLoss: decimal(50) } }, 'DAILY_LOSS_LIMIT'],
  ['a limit needs a price and there is none', { quote: null, limits: { ...NO_LIMITS, maxOrderNotional: decimal(1) } }, 'PRICE_UNAVAILABLE'],
] as const)('an entry when %s', (_name, change, code) => {
  it(code ? `is refused as ${code}` : 'is approved', () => {
    const { approved, refusals } = assessRisk([ENTRY], { ...FACTS, ...change });
    expect(refusals[0]?.code ?? null).toBe(code);
    expect(approved.length).toBe(code ? 0 : 1);
  });
});

describe('exits', () => {
  it('pass every limit, and reduce-only mode', () => {
    const limits = { ...NO_LIMITS, maxOrderNotional: decimal(1), maxOpenOrders: 0, maxDailyLoss: decimal(1), allowedSymbols: [] };
    expect(assessRisk([EXIT], { ...FACTS, mode: 'reduce_only', limits, realizedToday: decimal(-9) }).approved).toHaveLength(1);
  });

  it('stop only at a full halt', () => {
    expect(assessRisk([EXIT], { ...FACTS, mode: 'halted' }).refusals[0]?.code).toBe('TRADING_HALTED');
  });
});

describe('legs that hang on a refused leg', () => {
  it('go with it, without a reason of their own', () => {
    const { approved, refusals } = assessRisk([EXIT, { ...ENTRY, parentId: 'x' }, STOP], { ...FACTS, mode: 'reduce_only' });
    expect(approved.map(({ id }) => id)).toEqual(['x']);
    expect(refusals.map(({ code }) => code)).toEqual(['TRADING_REDUCE_ONLY']);
  });
});

describe('scopes', () => {
  it('take the stricter mode', () => {
    expect(strictestMode('active', 'reduce_only')).toBe('reduce_only');
    expect(strictestMode('halted', undefined)).toBe('halted');
    expect(strictestMode(undefined, undefined)).toBe('active');
  });

  it('let an account replace single limits', () => {
    const merged = mergeLimits({ ...NO_LIMITS, maxOpenOrders: 5, maxDailyLoss: decimal(9) }, { ...NO_LIMITS, maxOpenOrders: 2 });
    expect([merged.maxOpenOrders, merged.maxDailyLoss?.toFixed()]).toEqual([2, '9']);
  });
});

describe('age', () => {
  it('counts from the alert time where there is one, else from acceptance', () => {
    expect(assessAge({ time: null, receivedAt: 0 }, 60, 60_000)).toBeNull();
    expect(assessAge({ time: null, receivedAt: 0 }, 60, 60_001)?.code).toBe('SIGNAL_STALE');
    expect(assessAge({ time: 0, receivedAt: 50_000 }, 60, 61_000)?.code).toBe('SIGNAL_STALE');
    expect(assessAge({ time: 400_000, receivedAt: 0 }, 60, 10_000)?.code).toBe('SIGNAL_FROM_FUTURE');
  });
});

describe('patience with exits', () => {
  it('lets one that came in time wait longer than its age, and one that came late not at all', () => {
    expect(assessAge({ time: 0, receivedAt: 50_000 }, 60, 800_000, 900)).toBeNull();
    expect(assessAge({ time: 0, receivedAt: 50_000 }, 60, 900_001, 900)?.code).toBe('SIGNAL_STALE');
    expect(assessAge({ time: 0, receivedAt: 61_000 }, 60, 61_000, 900)?.code).toBe('SIGNAL_STALE');
  });
});

it('a sale below the market is worth what the market pays, one that waits for a price what it may get there', () => {
  const limits = { ...NO_LIMITS, maxOrderNotional: decimal(98) };
  const worth = (terms: Partial<OrderIntent>): unknown =>
    assessRisk([{ ...ENTRY, side: 'sell', ...terms }], { ...FACTS, limits }).refusals[0]?.code ?? null;
  expect(worth({ type: 'limit', price: decimal(50) })).toBe('ORDER_NOTIONAL_LIMIT');
  expect(worth({ type: 'limit', price: decimal(120) })).toBe('ORDER_NOTIONAL_LIMIT');
  expect(worth({ type: 'stop_limit', stopPrice: decimal(90), price: decimal(85) })).toBe(null);
  expect(worth({ side: 'buy', type: 'limit', price: decimal(50) })).toBe(null);
});
