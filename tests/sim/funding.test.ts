import { describe, expect } from 'vitest';
import { decimal, ZERO } from '../../src/domain/money.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import { realizedToday } from '../../src/engine/state.ts';
import { Desk } from './desk.ts';
import { divergence } from './invariants.ts';
import { scenario } from './scenario.ts';

const SYMBOL = 'ETH/USDT:USDT';
const HOUR = 3_600_000;

/** Every payment of the venue, once and whole. */
function expectAllBooked(desk: Desk): void {
  const booked = [...desk.cluster.ledger.content.funding.values()].map(({ venueId, amount }) => `${venueId} ${amount.toFixed()}`);
  expect(booked.sort()).toEqual(desk.book.funding.map(({ id, amount }) => `${id} ${amount.toFixed()}`).sort());
}

function bookedCount(desk: Desk): number {
  return desk.cluster.ledger.content.funding.size;
}

async function pay(desk: Desk, times: number, rate = '0.0001'): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    desk.world.now += HOUR;
    desk.book.payFunding(SYMBOL, rate);
  }
  await desk.until(() => bookedCount(desk) === desk.book.funding.length);
}

describe('funding', () => {
  scenario('is booked once, changes the balance and counts as realised today, but not in the result of the trades', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '2' });
    const before = desk.cluster.ledger.content.balances.get('acc-pushed\0USDT')?.total ?? ZERO;
    desk.book.payFunding(SYMBOL, '0.001');
    await desk.until(() => bookedCount(desk) === 1);
    await desk.rest();
    const { content } = desk.cluster.ledger;
    expect(content.balances.get('acc-pushed\0USDT')?.total.minus(before).toFixed()).toBe('-0.2');
    const account = desk.cluster.term?.state.accounts.get('acc-pushed');
    expect(account && realizedToday(account, desk.world.now).toFixed()).toBe(before.plus('-0.2').toFixed());
    expect(content.positions.get(`acc-pushed\0${SYMBOL}`)?.realizedPnl.toFixed()).toBe(before.toFixed());
    expect(await divergence(desk.cluster)).toEqual([]);
    expectAllBooked(desk);
  });

  scenario('is neither booked twice nor missed when leaders die between any two steps, page by page', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 4; i += 1) {
        desk.world.now += 2 * HOUR;
        desk.book.payFunding(SYMBOL, '0.0001');
      }
      for (let i = 0; i < 6; i += 1) {
        await desk.steps(5 + Math.floor(desk.world.random() * 60));
        desk.cluster.crashLeader();
      }
    }
    await desk.until(() => bookedCount(desk) === desk.book.funding.length);
    await desk.rest();
    expectAllBooked(desk);
    expect(await divergence(desk.cluster)).toEqual([]);
  });

  scenario('of a position that was opened and closed between two looks is not forgotten', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    await pay(desk, 1);
    await desk.alert({ action: 'close' });
    await pay(desk, 0);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.world.now += HOUR;
    desk.book.payFunding(SYMBOL, '0.0002');
    await desk.alert({ action: 'close' });
    await desk.until(() => bookedCount(desk) === 2);
    expectAllBooked(desk);
  });

  scenario('that a balance taken over from the venue contains changes no balance again', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.book.payFunding(SYMBOL, '0.001');
    void desk.cluster.term?.commit([
      { kind: 'balance.set', accountId: 'acc-pushed', asset: 'USDT', total: decimal('500'), at: desk.world.now + 1 },
    ]);
    await desk.until(() => bookedCount(desk) === 1);
    await desk.rest();
    expect(desk.cluster.ledger.content.balances.get('acc-pushed\0USDT')?.total.toFixed()).toBe('500');
    expect(await divergence(desk.cluster)).toEqual([]);
  });

  scenario('counts against the loss a day may bring', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.command({ kind: 'risk.set', accountId: null, limits: { ...NO_LIMITS, maxDailyLoss: '5' } });
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.book.payFunding(SYMBOL, '0.06');
    await desk.until(() => bookedCount(desk) === 1);
    expect(await desk.alert({ action: 'buy', quantity: '1' })).toBe('refused DAILY_LOSS_LIMIT');
    expect(await desk.alert({ action: 'close' })).toBe('done');
  });
});
