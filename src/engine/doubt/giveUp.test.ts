import { expect, it } from 'vitest';
import { decimal, ZERO } from '../../domain/money.ts';
import { orderWith } from '../../domain/order/order.fixtures.ts';
import type { Order } from '../../domain/order/order.ts';
import type { AccountState } from '../state.ts';
import { abandonBelow } from './giveUp.ts';

const ENTRY = orderWith({ venueOrderId: 'v0', status: 'unknown' });

function abandonedBelow(entry: Partial<Order>, stop: Partial<Order>): string[] {
  const parent = { ...ENTRY, ...entry };
  const child: Order = {
    ...ENTRY,
    id: 'stop',
    parentId: 'entry',
    role: 'stop_loss',
    side: 'sell',
    type: 'stop',
    status: 'intent',
    ...stop,
  };
  const account: AccountState = {
    account: {
      ...{ id: 'account', name: 'main', venue: 'paper', market: 'spot', sandbox: false, sealedCredentials: null, settings: {} },
      ...{ ownerId: null, enabled: true, createdAt: 0 },
    },
    positions: new Map(),
    balances: new Map(),
    balancesSetAt: new Map(),
    funding: { until: null, booked: new Map() },
    orders: new Map([parent, child].map((order) => [order.id, order])),
    realizedToday: ZERO,
    day: 0,
  };
  return abandonBelow(account, parent, 1).flatMap((change) => (change.kind === 'order.updated' ? [change.order.id] : []));
}

it('an entry that comes to nothing takes its stop along', () => {
  expect(abandonedBelow({}, {})).toEqual(['stop']);
});

it('an entry that filled in part and ends leaves the stop that could not be sent yet: it is what protects that part', () => {
  expect(abandonedBelow({ filledQuantity: decimal('0.5') }, { code: 'VENUE_UNREACHABLE' })).toEqual([]);
});

it('and takes along a stop that was too small to be sent for that part', () => {
  expect(abandonedBelow({ filledQuantity: decimal('0.5') }, {})).toEqual(['stop']);
});
