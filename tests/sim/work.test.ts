import { describe, expect } from 'vitest';
import { ZERO } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const TWAP = { action: 'buy', quantity: '8', type: 'twap', duration: '2m' };
const ICEBERG = { action: 'buy', quantity: '1', type: 'iceberg', price: '99', display: '0.3' };

function begun(desk: Desk): Order | undefined {
  return ordersOf(desk).find(({ terms }) => terms !== null);
}

function worked(desk: Desk): Order {
  const order = begun(desk);
  if (!order) throw new Error('nothing is worked off');
  return order;
}

function slices(desk: Desk): Order[] {
  return ordersOf(desk).filter(({ sliceOf }) => sliceOf !== null);
}

function ordersOf(desk: Desk): Order[] {
  return [...desk.cluster.ledger.content.orders.values()].filter(({ accountId }) => accountId === 'acc-pushed');
}

async function ends(desk: Desk): Promise<void> {
  await desk.until(() => isFinal(begun(desk)?.status ?? 'intent'));
  await desk.rest();
}

const sizes = (orders: readonly Order[]): string[] => orders.map(({ quantity }) => quantity.toFixed());
const notices = (desk: Desk): string[] => [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice.text);

describe('a TWAP', () => {
  scenario('is a number of market orders over its time, each once, and fills as one order', async (seed) => {
    const desk = await Desk.open(seed);
    const from = desk.world.now;
    const id = await desk.send({ ...TWAP, stopLoss: '90' });
    await desk.until(() => slices(desk).length > 0);
    expect(desk.fate(id)).toBe('executing');
    await ends(desk);
    expect(worked(desk)).toMatchObject({ status: 'filled', type: 'twap' });
    expect([desk.held, worked(desk).filledQuantity.toFixed(), desk.fate(id)]).toEqual(['8', '8', 'done']);
    expect(sizes(slices(desk))).toEqual(Array(8).fill('1'));
    expect(desk.world.now - from).toBeGreaterThan(90_000);
    expect(desk.resting('stop').quantity.toFixed()).toBe('8');
    expect(notices(desk).filter((text) => /illed/.test(text)).length).toBe(4);
  });

  scenario('goes on with its next slice under the next leader, whenever the last one dies', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length > 0);
    while (!isFinal(worked(desk).status)) {
      await desk.steps(60 + ((seed * 37) % 50));
      if (slices(desk).length < 8) desk.cluster.crashLeader();
    }
    await desk.rest();
    expect([desk.held, worked(desk).status]).toEqual(['8', 'filled']);
    expect([...desk.book.executions.values()].every((times) => times === 1)).toBe(true);
    expect(
      slices(desk)
        .reduce((sum, slice) => sum.plus(slice.filledQuantity), ZERO)
        .toFixed(),
    ).toBe('8');
  });

  scenario('makes up for slices that were missed gently', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length === 2);
    desk.book.awayUntil = desk.world.now + 45_000;
    await ends(desk);
    expect([desk.held, worked(desk).status]).toEqual(['8', 'filled']);
    expect(Math.max(...slices(desk).map(({ quantity }) => quantity.toNumber()))).toBeLessThanOrEqual(3);
  });

  scenario('sends nothing while a slice is in doubt, and never twice', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length === 1);
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(6).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.until(() => slices(desk).some(({ status }) => status === 'unknown'));
    const known = slices(desk).length;
    await desk.until(() => desk.book.mishaps.length === 0 || slices(desk).length > known);
    expect(slices(desk).length).toBe(known);
    await ends(desk);
    expect([desk.held, worked(desk).filledQuantity.toFixed()]).toEqual(['8', '8']);
  });

  scenario('makes up for a slice that proved never to have arrived', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length === 1);
    desk.book.mishaps.push({ call: 'place', kind: 'request lost' });
    await ends(desk);
    expect([desk.held, slices(desk).filter(({ code }) => code === 'NEVER_REACHED_VENUE').length]).toEqual(['8', 1]);
  });

  scenario('ends when trading is halted, and says what it had filled', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.send(TWAP);
    await desk.until(() => begun(desk)?.filledQuantity.eq(2) ?? false);
    await desk.command({ kind: 'trading.set', action: 'halt', accountId: null, reason: null });
    await ends(desk);
    expect(worked(desk)).toMatchObject({ status: 'canceled', code: 'TRADING_HALTED' });
    expect([desk.held, desk.fate(id)]).toEqual(['2', 'done']);
    expect(notices(desk).filter((text) => /TRADING_HALTED.*Filled until then: 2/.test(text)).length).toBe(1);
  });

  scenario('that is an exit goes on while only exits are allowed', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '2', stopLoss: '90' });
    await desk.send({ action: 'close', type: 'twap', duration: '1m' });
    await desk.until(() => slices(desk).length > 0);
    expect(desk.resting('stop').quantity.toFixed()).toBe('2');
    await desk.command({ kind: 'trading.set', action: 'reduce_only', accountId: null, reason: null });
    await ends(desk);
    expect([desk.held, worked(desk).status, desk.book.resting().length]).toEqual(['0', 'filled', 0]);
  });

  scenario('that is an exit ends when the position is gone before it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '2', stopLoss: '90' });
    await desk.send({ action: 'close', type: 'twap', duration: '5m' });
    await desk.until(() => slices(desk).length > 0);
    desk.book.trade(desk.resting('stop'), 1);
    await ends(desk);
    expect([desk.held, worked(desk).code]).toEqual(['0', 'POSITION_CLOSED']);
  });

  scenario('is ended by a cancel, by a close, and by the opposite direction', async (seed) => {
    for (const body of [
      { action: 'cancel' },
      { action: 'close' },
      { action: 'short', quantity: '1' },
      { action: 'target', position: '1' },
    ]) {
      const desk = await Desk.open(seed);
      await desk.send(TWAP);
      await desk.until(() => begun(desk)?.filledQuantity.eq(2) ?? false);
      await desk.alert(body);
      const held = { cancel: '2', close: '0', short: '-1', target: '1' }[body.action];
      expect([body.action, desk.held, worked(desk).status]).toEqual([body.action, held, 'canceled']);
      await desk.steps(400);
      expect(desk.held).toBe(held);
    }
  });

  scenario('goes on when the opposite direction is refused', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length > 1);
    expect(await desk.alert({ action: 'short', quantity: '0.0004' })).toBe('refused QUANTITY_TOO_SMALL');
    expect(isFinal(worked(desk).status)).toBe(false);
    await ends(desk);
    expect([desk.held, worked(desk).status]).toEqual(['8', 'filled']);
  });

  scenario('turns a position round: one order out, one order in, each in slices', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '2' });
    const id = await desk.send({ action: 'short', quantity: '2', type: 'twap', duration: '1m', stopLoss: '110' });
    await desk.until(() => desk.held === '-2');
    await desk.rest();
    expect([desk.fate(id), desk.resting('stop').quantity.toFixed()]).toEqual(['done', '2']);
  });

  scenario('turns a position round although less than can be traded is left of it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', symbol: 'LTCUSDT', quantity: '0.02' });
    desk.book.iocShare = 0.9;
    await desk.send({ action: 'short', symbol: 'LTCUSDT', quantity: '0.05', type: 'twap', duration: '1m', price: '99' });
    await desk.until(() => isFinal(desk.orders('exit').find(({ terms }) => terms !== null)?.status ?? 'intent'));
    desk.book.iocShare = 1;
    expect(begun(desk)).toMatchObject({ role: 'exit', status: 'filled' });
    expect(begun(desk)?.quantity.lt('0.02')).toBe(true);
    const left = desk.held;
    await desk.until(() => desk.orders('entry').every(({ status }) => isFinal(status)));
    expect([Number(left) > 0, Number(left) < 0.005, desk.held]).toEqual([true, true, (Number(left) - 0.05).toFixed(3)]);
  });

  scenario('with a worst price ends with its time when that was not to be had', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.send({ ...TWAP, duration: '1m', price: '99' });
    await ends(desk);
    expect([desk.held, worked(desk).status, desk.fate(id)]).toEqual(['0', 'expired', 'expired TIME_IS_UP']);
  });

  scenario('that the venue refuses at its first slice is refused', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'refused' });
    const id = await desk.send(TWAP);
    await ends(desk);
    expect([worked(desk).status, desk.fate(id)]).toEqual(['rejected', 'failed VENUE_INSUFFICIENT_FUNDS']);
  });

  scenario('counts as exposure once, whole, from its beginning', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.command({
      kind: 'risk.set',
      accountId: null,
      limits: { maxOrderNotional: null, maxPositionNotional: '900', maxOpenOrders: 2, maxDailyLoss: null, allowedSymbols: null },
    });
    await desk.send(TWAP);
    await desk.until(() => slices(desk).length > 1);
    expect(await desk.alert({ action: 'buy', quantity: '2' })).toBe('refused POSITION_NOTIONAL_LIMIT');
    expect(await desk.alert({ action: 'buy', quantity: '1' })).toBe('done');
    await ends(desk);
    expect(desk.held).toBe('9');
  });
});

describe('a VWAP', () => {
  scenario('without a known volume is even, and says so', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send({ ...TWAP, type: 'vwap' });
    await ends(desk);
    expect(sizes(slices(desk))).toEqual(Array(8).fill('1'));
    expect(worked(desk).progress).toMatchObject({ weights: null, note: expect.stringMatching(/all alike/) });
  });
});

describe('an iceberg', () => {
  scenario('shows one part at a time, the next when it has filled', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(ICEBERG);
    for (const size of ['0.3', '0.3', '0.3', '0.1']) {
      await desk.until(() => desk.book.resting().length > 0);
      expect(desk.book.resting().map(({ quantity }) => quantity.toFixed())).toEqual([size]);
      desk.book.trade(desk.resting('limit'), 1);
      await desk.rest();
    }
    await ends(desk);
    expect([desk.held, worked(desk).status]).toEqual(['1', 'filled']);
  });

  scenario('has one part at the venue, whichever leader put it there', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(ICEBERG);
    await desk.until(() => desk.book.resting().length > 0);
    desk.cluster.crashLeader();
    await desk.steps(200);
    expect(desk.book.orders.length).toBe(1);
    desk.book.trade(desk.resting('limit'), 1);
    desk.cluster.crashLeader();
    await desk.until(() => desk.book.orders.length === 2);
    await desk.steps(200);
    expect(desk.book.resting().map(({ quantity }) => quantity.toFixed())).toEqual(['0.3']);
  });

  scenario('is over when its time is up, or when its part is canceled at the venue', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.send({ ...ICEBERG, timeInForce: 'GTD', expiresAt: desk.world.now + 30_000 });
    await ends(desk);
    expect([desk.fate(id), desk.book.resting().length]).toEqual(['expired ORDER_EXPIRED', 0]);
    const other = await Desk.open(seed);
    await other.send(ICEBERG);
    await other.until(() => other.book.resting().length > 0);
    const part = other.resting('limit');
    other.book.cancel(part);
    other.book.trade(part, 0);
    await ends(other);
    expect([worked(other).status, worked(other).code]).toEqual(['canceled', 'VENUE_CANCELED']);
  });

  scenario('goes with a flatten', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send(ICEBERG);
    await desk.until(() => desk.book.resting().length > 0);
    desk.book.trade(desk.resting('limit'), 1);
    await desk.command({ kind: 'trading.set', action: 'flatten', accountId: null, reason: null });
    await desk.until(() => desk.held === '0' && desk.book.resting().length === 0);
    expect(isFinal(worked(desk).status)).toBe(true);
  });
});

describe('an order that ends at a time', () => {
  const RESTING = { action: 'buy', quantity: '1', type: 'limit', price: '90', timeInForce: 'GTD' };

  scenario('is sent without one and canceled when it has come, by whoever leads then', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.send({ ...RESTING, expiresAt: desk.world.now + 20_000 });
    await desk.until(() => desk.book.resting().length > 0);
    expect(desk.resting('limit').request).toMatchObject({ timeInForce: 'GTC', expiresAt: null });
    desk.cluster.crashLeader();
    await desk.until(() => desk.book.resting().length === 0);
    await desk.rest();
    expect([desk.fate(id), desk.world.now >= (desk.orders('entry')[0]?.expiresAt ?? 0)]).toEqual(['expired ORDER_EXPIRED', true]);
  });

  scenario('keeps what it filled until then, and is told as expired however its cancel went', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send({ ...RESTING, expiresAt: desk.world.now + 20_000 });
    await desk.until(() => desk.book.resting().length > 0);
    desk.book.trade(desk.resting('limit'), 0.5);
    desk.book.mishaps.push({ call: 'cancel', kind: 'reply lost' });
    await desk.until(() => desk.orders('entry').every(({ status }) => isFinal(status)));
    expect(desk.orders('entry')).toMatchObject([{ status: 'expired', code: 'ORDER_EXPIRED' }]);
    expect(desk.held).toBe('0.5');
  });
});
