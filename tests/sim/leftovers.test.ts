import { describe, expect } from 'vitest';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const LONG = { action: 'buy', quantity: '1', stopLoss: '90' };
const RESTING = { ...LONG, type: 'limit', price: '100' };

/** Venues that keep pairs and change orders themselves, and such that do not, seed by seed. */
function openAny(seed: number): Promise<Desk> {
  return Desk.open(seed, {}, seed % 2 === 0 ? 'kept' : 'pushed');
}

describe('an exit that rests', () => {
  const CLOSE = { action: 'close', type: 'limit', price: '110' };

  scenario('leaves the stop where it is, and goes with it', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert(LONG);
    await desk.alert(CLOSE);
    expect(desk.stops).toEqual(['1']);
    if (seed > 2) desk.book.mishaps.push({ call: 'cancel', kind: 'request lost' });
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.orders('exit')[0]?.code === 'POSITION_CLOSED');
    expect([desk.held, desk.book.resting().length]).toEqual(['0', 0]);
  });

  scenario('takes the stop along when it fills', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert(LONG);
    await desk.alert(CLOSE);
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.book.resting().length === 0);
    expect(desk.held).toBe('0');
  });

  scenario('on spot holds what the stop would sell, and says so', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    await desk.alert(LONG);
    await desk.alert(CLOSE);
    expect([desk.stops, desk.resting('limit').quantity.toFixed()]).toEqual([[], '1']);
    expect([...desk.cluster.ledger.content.parts.values()].at(-1)?.message).toMatch(/no stop stands behind it/);
  });
});

describe('what protected a position that is gone', () => {
  /** A position with its stop, and an exit of its own that rests. */
  async function leaving(seed: number): Promise<Desk> {
    const desk = await openAny(seed);
    await desk.alert(LONG);
    await desk.alert({ action: 'sell', quantity: '1', type: 'limit', price: '110' });
    return desk;
  }

  scenario('is canceled although the first cancel is lost', async (seed) => {
    const desk = await leaving(seed);
    desk.book.mishaps.push({ call: 'cancel', kind: 'request lost' });
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.book.resting().length === 0);
    expect([desk.held, desk.book.mishaps]).toEqual(['0', []]);
  });

  scenario('is canceled although the leader dies before it asks for that', async (seed) => {
    for (let fatal = 0; fatal < 12; fatal += 2) {
      const desk = await leaving(seed);
      desk.book.trade(desk.resting('limit'), 1);
      await desk.until(() => desk.orders('exit')[0]?.status === 'filled');
      await desk.steps(fatal);
      desk.cluster.crashLeader();
      await desk.until(() => desk.book.resting().length === 0);
      expect(desk.held).toBe('0');
    }
  });

  scenario('does not guard what is opened next on the same side', async (seed) => {
    const desk = await leaving(seed);
    // Nothing leaves for a while, but fills are pushed.
    desk.book.awayUntil = desk.world.now + 5_000;
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.orders('exit')[0]?.status === 'filled');
    await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.held === '1' && desk.orders('stop_loss')[0]?.code === 'POSITION_CLOSED');
    expect(desk.book.resting()).toEqual([]);
  });

  scenario('goes when an order turns the position round, and the new stop stays', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert(LONG);
    await desk.alert({ action: 'sell', quantity: '2', stopLoss: '110' });
    await desk.until(() => desk.book.resting().length === 1);
    expect([desk.held, desk.resting('stop').request.stopPrice?.toFixed()]).toEqual(['-1', '110']);
  });
});

describe('what is left of an entry whose stop has done its work', () => {
  /** Half an entry, with its stop. */
  async function half(seed: number): Promise<Desk> {
    const desk = await openAny(seed);
    await desk.alert(RESTING);
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.until(() => desk.stops[0] === '0.5');
    await desk.rest();
    return desk;
  }

  scenario('is canceled although the leader dies before it asks for that', async (seed) => {
    const desk = await half(seed);
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.orders('stop_loss')[0]?.status === 'filled');
    desk.cluster.crashLeader();
    await desk.until(() => desk.book.resting().length === 0);
    expect(desk.held).toBe('0');
  });

  scenario('is canceled although the first cancel is lost', async (seed) => {
    const desk = await half(seed);
    desk.book.mishaps.push({ call: 'cancel', kind: 'request lost' });
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.book.resting().length === 0);
    expect(desk.held).toBe('0');
  });

  scenario('is not worked off any further, whenever a leader dies over it', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert({ ...LONG, type: 'twap', duration: '2m' });
    await desk.until(() => desk.stops.length === 1);
    await desk.rest();
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.orders('stop_loss')[0]?.status === 'filled');
    await desk.steps(seed * 2);
    desk.cluster.crashLeader();
    await desk.until(() => desk.orders('entry').every(({ status }) => status === 'canceled' || status === 'filled'));
    expect([desk.held, desk.book.resting()]).toEqual(['0', []]);
  });

  scenario('is canceled when a close has taken the stop', async (seed) => {
    const desk = await half(seed);
    await desk.alert({ action: 'close' });
    await desk.until(() => desk.book.resting().length === 0);
    expect([desk.held, desk.orders('entry')[0]?.status]).toEqual(['0', 'canceled']);
  });

  scenario('fills before it can be canceled, beside a stop that stands: what that does not cover is told', async (seed) => {
    const desk = await openAny(seed);
    const takeProfit = ['110', '120'].map((at) => ({ at, share: 50 }));
    await desk.alert({ ...RESTING, takeProfit });
    const entry = desk.resting('limit');
    desk.book.trade(entry, 0.5);
    await desk.until(() => desk.stops.join() === '0.25,0.25');
    await desk.rest();
    desk.book.onCancel = (order) => {
      if (order === entry) desk.book.fill(entry, 1);
    };
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.orders('entry')[0]?.status === 'filled');
    await desk.until(() => desk.stops.join() === '0.5' || desk.told(/covers only/) > 0);
    expect([desk.held, desk.told(/POSITION_NAKED: 0.25 /)]).toEqual(['0.75', 1]);
  });

  for (const nakedPosition of ['alarm', 'flatten'] as const)
    scenario(`fills before it can be canceled: ${nakedPosition}`, async (seed) => {
      const desk = await Desk.open(seed, { nakedPosition }, seed % 2 === 0 ? 'kept' : 'pushed');
      await desk.alert(RESTING);
      const entry = desk.resting('limit');
      desk.book.trade(entry, 0.5);
      await desk.until(() => desk.stops[0] === '0.5');
      await desk.rest();
      desk.book.onCancel = (order) => {
        if (order === entry) desk.book.fill(entry, 1);
      };
      desk.book.trade(desk.resting('stop'), 1);
      await desk.until(() => desk.told(/POSITION_NAKED: 0.5 .*WITHOUT/) === 1);
      await desk.until(() => desk.held === (nakedPosition === 'flatten' ? '0' : '0.5'));
      await desk.rest();
      expect([desk.told(/POSITION_NAKED/), [...desk.book.openers].length]).toEqual([1, 1]);
    });
});

describe('an entry that was over and fills after all', () => {
  scenario('has its stop', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert(RESTING);
    const entry = desk.resting('limit');
    await desk.command({ kind: 'order.cancel', orderId: desk.orders('entry')[0]?.id ?? '' });
    expect(desk.orders('stop_loss')[0]?.code).toBe('LEG_ABANDONED');
    entry.status = 'open';
    desk.book.trade(entry, 1);
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.held, desk.orders('entry')[0]?.status]).toEqual(['1', 'filled']);
  });

  scenario('or still rests at the venue: is canceled there', async (seed) => {
    const desk = await openAny(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.alert(RESTING);
    const resting = desk.resting('limit');
    await desk.command({ kind: 'order.cancel', orderId: desk.orders('entry')[1]?.id ?? '' });
    resting.status = 'open';
    await desk.until(() => desk.told(/still rested at the venue/) === 1);
    expect([desk.held, resting.status]).toEqual(['1', 'canceled']);
  });

  scenario('because somebody was wrong to say that it does not exist: has its stop too', async (seed) => {
    const desk = await Desk.open(seed);
    Object.assign(desk.book, { refusesTwice: true, hidden: 1_000_000 });
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' });
    await desk.send(LONG);
    await desk.until(() => desk.orders('entry')[0]?.code === 'ORDER_UNRESOLVED');
    const [order] = desk.orders('entry');
    await desk.command({ kind: 'order.resolve', orderId: order?.id ?? '', exists: false, venueOrderId: null });
    for (const placed of desk.book.orders) placed.invisibleFor = 0;
    desk.book.hidden = null;
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.orders('entry')[0]?.status, desk.held, desk.book.executions.get(order?.clientOrderId ?? '')]).toEqual(['filled', '1', 1]);
  });
});

describe('on spot, where an order holds what it would sell', () => {
  scenario('stops that were canceled to make room are back when the exit is refused', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    const takeProfit = ['110', '120'].map((at) => ({ at, share: 50 }));
    await desk.alert({ ...LONG, takeProfit });
    desk.book.mishaps.push({ call: 'place', kind: 'refused' });
    await desk.alert({ action: 'sell', quantity: '0.999' });
    await desk.until(() => desk.stops.length === 2 && desk.stops.every((size) => size === '0.5'));
    expect([desk.held, desk.told(/WITHOUT/)]).toEqual(['1', 0]);
  });

  scenario('two entries whose fees were taken from what they bought both have their stop', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    desk.book.feesInBase = true;
    await desk.alert(LONG);
    await desk.alert(LONG);
    await desk.until(() => desk.stops.length === 2);
    await desk.steps(300);
    expect([desk.held, desk.stops, desk.told(/^Refused/)]).toEqual(['1.9986', ['0.999', '0.999'], 0]);
  });

  scenario('each pair takes its own profit, whatever fees have left', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    desk.book.feesInBase = true;
    const takeProfit = ['110', '120'].map((at) => ({ at, share: 50 }));
    await desk.alert({ ...LONG, takeProfit });
    await desk.until(() => desk.stops.length === 2);
    expect(desk.stops).toEqual(['0.499', '0.5']);
    desk.book.price = desk.book.price.plus(11);
    await desk.until(() => desk.held === '0.5003' && desk.stops.length === 1);
    await desk.steps(300);
    expect([desk.held, desk.stops, desk.told(/^Refused/)]).toEqual(['0.5003', ['0.5'], 0]);
  });
});
