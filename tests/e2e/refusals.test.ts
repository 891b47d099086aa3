import { beforeAll, describe, expect, it } from 'vitest';
import { REASONS, type ReasonCode } from '../../src/domain/errors.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { type Alert, deliver, type Json, startWorld, storyOf, type World } from './world.ts';

const NEW_ORDER = { method: 'POST', path: '/api/v3/order' };

let world: World;
beforeAll(async () => {
  world = await startWorld({ exchange: { balances: { USDT: '10000' } } });
  return () => world.close();
});

async function follow(alert: Alert): Promise<Json> {
  const { signalId } = await deliver(world, alert);
  return storyOf(world.instance, signalId);
}

function expectReason({ code, message }: Json, reason: ReasonCode): void {
  expect(code).toBe(reason);
  expect(message).toContain(REASONS[reason].advice);
}

function rejection(code: number, msg: string): Fault {
  return { kind: 'rejectWith', code, msg };
}

const smallBuy = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' };

describe('what the exchange refuses', () => {
  it.each<{ name: string; alert: Alert; fault: Fault | null; reason: ReasonCode }>([
    {
      name: 'more than the balance pays for',
      alert: { ...smallBuy, quantity: '1' },
      fault: null,
      reason: 'VENUE_INSUFFICIENT_FUNDS',
    },
    {
      name: 'an order worth too little',
      alert: smallBuy,
      fault: rejection(-1013, 'Filter failure: NOTIONAL'),
      reason: 'VENUE_MIN_NOTIONAL',
    },
    {
      name: 'a quantity with too many digits',
      alert: smallBuy,
      fault: rejection(-1111, "Parameter 'quantity' has too much precision."),
      reason: 'VENUE_PRECISION',
    },
    { name: 'a quantity off the step', alert: smallBuy, fault: rejection(-1013, 'Filter failure: LOT_SIZE'), reason: 'VENUE_PRECISION' },
    { name: 'a symbol it has delisted', alert: smallBuy, fault: rejection(-1121, 'Invalid symbol.'), reason: 'VENUE_SYMBOL' },
    {
      name: 'a key without the right to trade',
      alert: smallBuy,
      fault: rejection(-2015, 'Invalid API-key, IP, or permissions for action.'),
      reason: 'VENUE_AUTH',
    },
    {
      name: 'a reason nobody has heard of',
      alert: smallBuy,
      fault: rejection(-2010, 'Mercury is in retrograde.'),
      reason: 'VENUE_REJECTED',
    },
  ])('$name: the order is rejected as $reason, with the advice that fixes it', async ({ name, alert, fault, reason }) => {
    if (fault) world.exchange.fail(fault, { ...NEW_ORDER, times: 1 });
    const executed = world.exchange.book.orders.length;
    const signal = await follow({ id: name, ...alert });
    const [order, ...others] = signal.orders as Json[];
    expect(others).toEqual([]);
    expect(order).toMatchObject({ status: 'rejected', filledQuantity: '0' });
    expectReason(order ?? {}, reason);
    expect(signal.status).toBe('failed');
    expectReason(signal, reason);
    expect(world.exchange.book.orders).toHaveLength(executed);
  });
});

describe('what is refused before the exchange hears of it', () => {
  it.each<{ name: string; alert: Alert; reason: ReasonCode }>([
    { name: 'a symbol the exchange does not have', alert: { ...smallBuy, symbol: 'NOPEUSDT' }, reason: 'SYMBOL_UNKNOWN' },
    { name: 'less than the least notional', alert: { ...smallBuy, quantity: '0.00005' }, reason: 'NOTIONAL_TOO_SMALL' },
    { name: 'less than the least quantity', alert: { ...smallBuy, quantity: '0.000001' }, reason: 'QUANTITY_TOO_SMALL' },
    {
      name: 'a price between two ticks',
      alert: { ...smallBuy, type: 'limit', price: '40000.001' },
      reason: 'PRICE_OFF_TICK',
    },
    { name: 'a sale of what is not owned', alert: { action: 'sell', symbol: 'ETHUSDT', quantity: '1' }, reason: 'SHORT_NOT_SUPPORTED' },
    { name: 'an account that is not of the hook', alert: { ...smallBuy, account: 'other' }, reason: 'ACCOUNT_UNKNOWN' },
    {
      name: 'an alert from an hour ago',
      alert: { ...smallBuy, time: new Date(Date.now() - 3_600_000).toISOString() },
      reason: 'SIGNAL_STALE',
    },
  ])('$name: the signal is refused as $reason, with the advice that fixes it', async ({ name, alert, reason }) => {
    const requests = world.exchange.requestsTo('POST /api/v3/order').length;
    const signal = await follow({ id: name, ...alert });
    expect(signal.status).toBe(reason === 'SIGNAL_STALE' ? 'expired' : 'refused');
    expectReason(signal, reason);
    expect(signal.orders).toEqual([]);
    expect(world.exchange.requestsTo('POST /api/v3/order')).toHaveLength(requests);
  });

  it('an alert nobody can read is answered with every mistake, and a person hears of it', async () => {
    const { signalId, statuses } = await deliver(world, { action: 'by', symbl: 'BTCUSDT', quantity: '{{strategy.order.contracts}}' });
    expect({ signalId, statuses }).toEqual({ signalId: null, statuses: [400] });
  });
});

describe('an exit that comes while its entry is in doubt', () => {
  it('waits until the exchange has said what the entry bought, and then sells it', async () => {
    const { exchange } = world;
    exchange.fail({ kind: 'acceptThenDrop' }, { ...NEW_ORDER, times: 1 });
    for (const path of ['/api/v3/order', '/api/v3/allOrders']) exchange.fail({ kind: 'html', status: 502 }, { method: 'GET', path });
    const entry = await deliver(world, { id: 'doubtful entry', action: 'buy', symbol: 'SOLUSDT', quantity: '2' });
    const exit = await deliver(world, { id: 'its exit', action: 'sell', symbol: 'SOLUSDT', quantity: '2' });
    const waits = async () => (await world.instance.call('GET', `/api/v1/signals/${exit.signalId}`)).text.includes('in doubt');
    await until(waits, { what: 'the exit to wait' });
    exchange.heal();
    expect(await storyOf(world.instance, entry.signalId)).toMatchObject({ status: 'done', orders: [{ status: 'filled' }] });
    const sold = await storyOf(world.instance, exit.signalId);
    expect(sold).toMatchObject({ status: 'done', orders: [{ side: 'sell', status: 'filled', filledQuantity: '1.998' }] });
    expect(exchange.duplicates()).toEqual([]);
  });
});
