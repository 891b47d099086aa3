import { expect, it } from 'vitest';
import { endCode } from './endCode.ts';

const NEW = { status: 'EXPIRED', type: 'LIMIT', timeInForce: 'GTC', time: 1_000_000, updateTime: 1_000_000 };

it.each([
  ['filled', 'filled', { ...NEW, status: 'FILLED' }, null],
  ['canceled', 'canceled', { ...NEW, status: 'CANCELED' }, 'VENUE_CANCELED'],
  ['a market order without a counterpart', 'expired', { ...NEW, type: 'MARKET' }, 'VENUE_NO_LIQUIDITY'],
  ['IOC', 'expired', { ...NEW, timeInForce: 'IOC' }, 'VENUE_NO_LIQUIDITY'],
  ['FOK', 'expired', { ...NEW, timeInForce: 'FOK' }, 'VENUE_NO_LIQUIDITY'],
  ['its date has come', 'expired', { ...NEW, timeInForce: 'GTD', updateTime: 9_000_000 }, 'VENUE_EXPIRED'],
  ['it would have met an order of the same account', 'expired', { ...NEW, status: 'EXPIRED_IN_MATCH' }, 'VENUE_CANCELED'],
  ['the same, IOC', 'expired', { ...NEW, status: 'EXPIRED_IN_MATCH', timeInForce: 'IOC' }, 'VENUE_CANCELED'],
  ['post-only, taken and ended at once', 'expired', { ...NEW, timeInForce: 'GTX' }, 'VENUE_WOULD_MATCH'],
  ['the same in the answer to it, which has one time', 'expired', { ...NEW, timeInForce: 'GTX', time: undefined }, 'VENUE_WOULD_MATCH'],
  ['post-only that had rested', 'expired', { ...NEW, timeInForce: 'GTX', updateTime: 9_000_000 }, 'VENUE_EXPIRED'],
  ['one that only waited', 'expired', null, 'VENUE_EXPIRED'],
] as const)('why an order ended: %s', (_, status, order, code) => {
  expect(endCode(status, order)).toBe(code);
});
