import { describe, expect } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

/** A long that is being turned round: 0.4 of its exit has filled, the short waits for the rest. */
async function turning(seed: number): Promise<Desk> {
  const desk = await Desk.open(seed, {}, seed % 2 === 0 ? 'kept' : 'pushed');
  await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
  desk.book.marketShare = () => 0.4;
  await desk.send({ action: 'short', quantity: '1', stopLoss: '110' });
  await desk.until(() => desk.held === '0.6');
  desk.book.marketShare = () => 1;
  return desk;
}

function exit(desk: Desk) {
  const order = desk.book.orders.findLast(({ request }) => request.type === 'market');
  if (!order) throw new Error('there is no exit');
  return order;
}

describe('a reversal whose exit has filled in part', () => {
  scenario('and is canceled at the venue has its old stop again, for what is left, and opens nothing', async (seed) => {
    const desk = await turning(seed);
    await desk.rest();
    desk.book.cancelByHand(exit(desk));
    if (seed > 2) desk.cluster.crashLeader();
    await desk.until(() => desk.stops.join() === '0.6');
    expect([desk.held, desk.orders('entry').map(({ status }) => status)]).toEqual(['0.6', ['filled', 'canceled']]);
  });

  scenario('is ended by an alert for the side it leaves', async (seed) => {
    for (const alert of [
      { action: 'long', quantity: '1' },
      { action: 'target', position: '0.6' },
    ]) {
      const desk = await turning(seed);
      if (seed > 2) await desk.rest();
      await desk.alert({ ...alert, stopLoss: '90' });
      await desk.until(() => desk.stops.join() === '0.6');
      expect([desk.held, desk.book.resting().length, desk.orders('entry')[1]?.status]).toEqual(['0.6', 1, 'canceled']);
    }
  });

  scenario('is ended also when the first cancel is lost', async (seed) => {
    const desk = await turning(seed);
    await desk.rest();
    desk.book.mishaps.push({ call: 'cancel', kind: 'request lost' });
    await desk.alert({ action: 'long', quantity: '1' });
    await desk.until(() => desk.stops.join() === '0.6');
    expect([desk.held, desk.orders('entry')[1]?.status]).toEqual(['0.6', 'canceled']);
  });

  scenario('and whose rest fills before it can be canceled turns back', async (seed) => {
    const desk = await turning(seed);
    await desk.rest();
    const leaving = exit(desk);
    desk.book.onCancel = (order) => {
      if (order === leaving) desk.book.fill(order, 1);
    };
    await desk.alert({ action: 'long', quantity: '1', stopLoss: '90' });
    await desk.until(() => desk.held === '1' && desk.stops.join() === '1');
    expect(desk.resting('stop').request.side).toBe('sell');
  });

  scenario('is closed by a close, and goes on with another alert for the same side', async (seed) => {
    const closed = await turning(seed);
    await closed.alert({ action: 'close' });
    await closed.until(() => closed.held === '0' && closed.book.resting().length === 0);
    const again = await turning(seed);
    await again.alert({ action: 'short', quantity: '1', stopLoss: '110' });
    await again.until(() => again.held === '-1' && again.stops.join() === '1');
    expect(again.resting('stop').request.side).toBe('buy');
  });
});

scenario('two stops that the price has passed before they stand are closed for once, whoever leads', async (seed) => {
  for (const account of ['kept', 'pushed', 'spot']) {
    const desk = await Desk.open(seed, { nakedPosition: 'flatten' }, account);
    const takeProfit = ['110', '120'].map((at) => ({ at, share: 50 }));
    await desk.send({ action: 'buy', quantity: '1', stopLoss: '90', takeProfit });
    await desk.until(() => desk.held === '1');
    desk.book.price = decimal(85);
    await desk.until(() => desk.told(/POSITION_NAKED/) > 0);
    await desk.steps(seed);
    desk.cluster.crashLeader();
    await desk.until(() => desk.held === '0' && desk.book.resting().length === 0);
    await desk.rest();
    expect([desk.held, [...desk.book.openers].length]).toEqual(['0', 1]);
  }
});
