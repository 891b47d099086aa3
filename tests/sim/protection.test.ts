import { describe, expect } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { progressOf } from '../../src/domain/order/progress.ts';
import { LEASE_MS } from './cluster.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const T_MS = 10_000;
/** What it takes to be sure that an order never arrived, once somebody asks. */
const DOUBT_MS = 3_000;
const BRACKET = { action: 'buy', quantity: '1', takeProfit: '110', stopLoss: '90' };
const RESTING = { action: 'buy', quantity: '1', type: 'limit', price: '100', stopLoss: '90' };

/** Whatever was sent, no client order id was used for two requests. */
function expectOnce(desk: Desk): void {
  expect([...desk.book.executions.values()].filter((count) => count > 1)).toEqual([]);
}

describe('a stop at a venue that cannot change orders', () => {
  scenario('grows with its entry, whenever a leader dies over it', async (seed) => {
    for (let fatal = 0; fatal < 24; fatal += 2) {
      const desk = await Desk.open(seed, {}, 'kept');
      await desk.alert(RESTING);
      desk.book.trade(desk.resting('limit'), 0.5);
      await desk.until(() => desk.stops[0] === '0.5');
      desk.book.trade(desk.resting('limit'), 1);
      await desk.steps(fatal + (seed % 2));
      desk.cluster.crashLeader();
      await desk.until(() => desk.stops.length === 1 && desk.stops[0] === '1');
      await desk.steps(200);
      expect([desk.held, desk.stops]).toEqual(['1', ['1']]);
      expectOnce(desk);
    }
  });

  scenario('is replaced although the answer to its cancel is lost', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert(RESTING);
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.until(() => desk.stops[0] === '0.5');
    desk.book.mishaps.push({ call: 'cancel', kind: seed % 2 === 0 ? 'reply lost' : 'request lost' });
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.stops, desk.told(/^In doubt/) > 0]).toEqual([['1'], true]);
    expectOnce(desk);
  });

  scenario('that fills while it is canceled for its new size leaves nothing to replace', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert(RESTING);
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.until(() => desk.stops[0] === '0.5');
    desk.book.onCancel = (order) => {
      if (order.request.stopPrice !== null) desk.book.fill(order, 1);
    };
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.steps(300);
    expect(Number(desk.held)).toBeGreaterThanOrEqual(0);
    expectOnce(desk);
  });

  scenario('an order changed by hand is placed anew, once', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert({ action: 'buy', quantity: '1', type: 'limit', price: '100' });
    const [order] = desk.orders('entry');
    const reply = await desk.command({ kind: 'order.amend', orderId: order?.id ?? '', quantity: '2', price: '99', stopPrice: null });
    await desk.until(() => desk.book.resting().length === 1 && desk.book.resting()[0]?.quantity.toFixed() === '2');
    expect([
      reply.status,
      desk.resting('limit').request.price?.toFixed(),
      progressOf(desk.orders('entry')[0] ?? { progress: null }).attempt,
    ]).toEqual([200, '99', 1]);
  });
});

describe('a stop that waits for its entry', () => {
  scenario('is not changed before it is sent, and is there when the entry fills', async (seed) => {
    for (const account of ['kept', 'pushed']) {
      const desk = await Desk.open(seed, {}, account);
      await desk.alert({ action: 'buy', quantity: '1', type: 'limit', price: '100', stopLoss: '90' });
      const [stop] = desk.orders('stop_loss');
      desk.book.mishaps.push({ call: 'amend', kind: 'request lost' });
      const reply = await desk.command({ kind: 'order.amend', orderId: stop?.id ?? '', quantity: null, price: null, stopPrice: '95' });
      expect(reply).toMatchObject({ status: 422, body: { code: 'ORDER_NOT_OPEN' } });
      desk.book.trade(desk.resting('limit'), 1);
      await desk.until(() => desk.stops[0] === '1');
      expect([desk.orders('stop_loss')[0]?.stopPrice?.toFixed(), ...desk.cluster.failures]).toEqual(['90']);
    }
  });
});

describe('a pair that the leader keeps', () => {
  scenario('rests whole on derivatives, and what one fills the other loses', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert(BRACKET);
    const gain = desk.resting('limit');
    desk.book.trade(gain, 0.5);
    await desk.until(() => desk.stops[0] === '0.5');
    desk.book.trade(gain, 1);
    await desk.until(() => desk.book.resting().length === 0);
    expect(desk.held).toBe('0');
    await desk.until(() => desk.orders('stop_loss')[0]?.status === 'canceled');
    expectOnce(desk);
  });

  scenario('whose orders both fill at once opens nothing', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert(BRACKET);
    const [gain, stop] = [desk.resting('limit'), desk.resting('stop')];
    desk.book.trade(gain, 1);
    desk.book.trade(stop, 1);
    await desk.until(() => desk.book.resting().length === 0);
    await desk.rest();
    expect([desk.held, [...desk.book.openers].length]).toEqual(['0', 1]);
  });

  scenario('takes its profit on spot when the price is there, whenever a leader dies over it', async (seed) => {
    for (let fatal = 0; fatal < 24; fatal += 2) {
      const desk = await Desk.open(seed, {}, 'spot');
      await desk.alert(BRACKET);
      expect([desk.book.resting().length, desk.stops, desk.orders('take_profit')[0]?.code]).toEqual([1, ['1'], 'WATCHED']);
      desk.book.price = decimal(110);
      await desk.steps(fatal + (seed % 2));
      desk.cluster.crashLeader();
      await desk.until(() => desk.held === '0' && desk.book.resting().length === 0);
      await desk.until(() => desk.orders('stop_loss')[0]?.status === 'canceled');
      expect(desk.orders('take_profit')[0]?.status).toBe('filled');
      expectOnce(desk);
    }
  });

  scenario('puts the stop back on spot for what the profit left', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    await desk.alert(BRACKET);
    desk.book.iocShare = 0.4;
    desk.book.price = decimal(110);
    await desk.until(() => desk.held === '0.6');
    desk.book.price = decimal(100);
    await desk.until(() => desk.stops[0] === '0.6');
    await desk.steps(200);
    expect([desk.held, desk.stops, desk.orders('take_profit')[0]?.code]).toEqual(['0.6', ['0.6'], 'WATCHED']);
    expectOnce(desk);
  });

  scenario('has its stop again when the price turns between its cancel and the sale', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    await desk.alert(BRACKET);
    desk.book.onCancel = () => {
      desk.book.price = decimal(100);
    };
    desk.book.iocShare = 0;
    desk.book.price = decimal(110);
    await desk.until(() => desk.book.resting().length === 0);
    desk.book.onCancel = () => undefined;
    if (seed % 2 === 0) desk.cluster.crashLeader();
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.held, desk.stops]).toEqual(['1', ['1']]);
  });
});

describe('no position is without its stop', () => {
  scenario('one that is canceled at the venue is put back once; canceled again, it is told', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    const before = desk.world.now;
    desk.book.cancelByHand(desk.resting('stop'));
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.world.now - before < T_MS, desk.told(/It is placed again, once/)]).toEqual([true, 1]);
    await desk.until(() => desk.orders('stop_loss')[0]?.status === 'open');
    desk.book.cancelByHand(desk.resting('stop'));
    await desk.until(() => desk.told(/POSITION_NAKED/) === 1);
    expect([desk.held, desk.stops]).toEqual(['1', []]);
  });

  scenario('under the policy `flatten` what cannot be protected is closed, also by the next leader', async (seed) => {
    const desk = await Desk.open(seed, { nakedPosition: 'flatten' }, seed % 2 === 0 ? 'kept' : 'spot');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    desk.book.price = decimal(85); // Below the stop, which the book has not triggered: canceled now, it cannot be placed again.
    desk.book.cancelByHand(desk.resting('stop'));
    if (seed > 2) {
      await desk.steps(seed * 3);
      desk.cluster.crashLeader();
    }
    await desk.until(() => desk.held === '0');
    expect(desk.told(/POSITION_NAKED/)).toBe(1);
    await desk.rest();
    expect([...desk.book.openers].length).toBe(1);
  });

  scenario('who cancels a stop and sells by hand is believed before the stop is missed', async (seed) => {
    const desk = await Desk.open(seed, { nakedPosition: 'flatten', lookMs: 45_000 }, 'spot');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    const { symbol } = desk.resting('stop').request;
    desk.book.cancelByHand(desk.resting('stop'));
    desk.book.byHand(symbol, 'sell', decimal(1));
    await desk.until(() => desk.orders('external')[0]?.status === 'filled');
    await desk.steps(2_000);
    expect([desk.held, desk.orders('exit').length, desk.told(/POSITION_NAKED/)]).toEqual(['0', 0, 0]);
  });

  scenario('a stop that is refused for a while stands in time', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.send({ action: 'buy', quantity: '1', stopLoss: '90' });
    await desk.until(() => desk.held === '1');
    desk.book.mishaps.push({ call: 'place', kind: 'refused' }, { call: 'place', kind: 'refused' });
    await desk.until(() => desk.stops[0] === '1');
    expectOnce(desk);
  });

  scenario('an exit that is refused after its stops were canceled leaves them where they were', async (seed) => {
    const desk = await Desk.open(seed, {}, seed % 2 === 0 ? 'kept' : 'spot');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    desk.book.mishaps.push({ call: 'place', kind: 'refused' });
    expect(await desk.alert({ action: 'close' })).toBe('failed VENUE_INSUFFICIENT_FUNDS');
    await desk.until(() => desk.stops[0] === '1');
    expect(desk.held).toBe('1');
    expect(await desk.alert({ action: 'close' })).toBe('done');
    expect([desk.held, desk.book.resting()]).toEqual(['0', []]);
  });

  scenario('a halt keeps stops where they are, and maintained', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert(RESTING);
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.until(() => desk.stops[0] === '0.5');
    await desk.command({ kind: 'trading.set', action: 'halt', accountId: null, reason: null });
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.stops[0] === '1');
    expect(desk.held).toBe('1');
  });
});

describe('the time a position may be without its stop goes on while leaders die', () => {
  /** Nobody leads for longer than a third of it: frozen, its lease runs out before the next one leads. */
  async function withShortLives(desk: Desk, freezes: boolean, over: () => boolean): Promise<void> {
    for (let life = 0; life < 40 && !over(); life += 1) {
      const end = desk.world.now + T_MS / 3;
      await desk.until(() => desk.world.now >= end || over());
      if (freezes) desk.cluster.freezeLeader();
      else desk.cluster.crashLeader();
    }
  }

  scenario('and people hear of it, once', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.send({ action: 'buy', quantity: '1', stopLoss: '90' });
    await desk.until(() => desk.held === '1');
    const since = desk.world.now;
    desk.book.awayUntil = since + 5 * T_MS;
    await withShortLives(desk, seed % 2 === 0, () => desk.told(/POSITION_NAKED/) > 0);
    expect(desk.world.now - since).toBeLessThan(T_MS + LEASE_MS + 1_000);
    await withShortLives(desk, seed % 2 === 0, () => !desk.book.isAway);
    await desk.until(() => desk.stops[0] === '1');
    await desk.until(() => desk.told(/stands again/) > 0);
    await desk.steps(200);
    expect([desk.told(/POSITION_NAKED/), desk.told(/stands again/), desk.held]).toEqual([1, 1, '1']);
    expect(progressOf(desk.orders('stop_loss')[0] ?? { progress: null })).not.toHaveProperty('bareSince');
    expectOnce(desk);
  });

  scenario('and the policy `flatten` is carried out with the first refusal that somebody lives to book', async (seed) => {
    const desk = await Desk.open(seed, { nakedPosition: 'flatten' }, seed % 2 === 0 ? 'kept' : 'spot');
    desk.book.refusal = ({ stopPrice }) => (stopPrice === null ? null : 'VENUE_REJECTED');
    await desk.send({ action: 'buy', quantity: '1', stopLoss: '90' });
    await desk.until(() => desk.held === '1');
    const since = desk.world.now;
    while (desk.world.now - since < T_MS) {
      await desk.until(() => desk.cluster.isBusyWith('place') || desk.world.now - since >= T_MS);
      desk.cluster.crashLeader();
    }
    await desk.until(() => desk.held === '0');
    expect(desk.world.now - since).toBeLessThan(T_MS + DOUBT_MS + 2_000);
    await desk.rest();
    expect([desk.told(/POSITION_NAKED.*WITHOUT/), [...desk.book.openers].length]).toEqual([1, 1]);
  });

  scenario('but a stop that nobody had the time to send is sent, and nothing is closed for it', async (seed) => {
    const desk = await Desk.open(seed, { nakedPosition: 'flatten' }, seed % 2 === 0 ? 'kept' : 'spot');
    await desk.send({ action: 'buy', quantity: '1', stopLoss: '90' });
    await desk.until(() => desk.orders('entry')[0]?.status === 'filled');
    desk.world.now += 3 * T_MS;
    desk.cluster.crashLeader();
    await desk.until(() => desk.stops[0] === '1');
    await desk.rest();
    expect([desk.held, desk.stops]).toEqual(['1', ['1']]);
    expectOnce(desk);
  });
});

describe('a trailing stop', () => {
  scenario('follows the price up and not down, and a new leader keeps its mark', async (seed) => {
    const desk = await Desk.open(seed, {}, seed % 2 === 0 ? 'kept' : 'pushed');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: { trail: '10' } });
    const stopAt = (): string | undefined => desk.resting('stop').request.stopPrice?.toFixed();
    const known = (): string | undefined => desk.orders('stop_loss')[0]?.stopPrice?.toFixed();
    expect(stopAt()).toBe('90');
    desk.book.price = decimal(120);
    await desk.until(() => known() === '110' && desk.orders('stop_loss')[0]?.status === 'open');
    desk.book.price = decimal(115);
    desk.cluster.crashLeader();
    await desk.steps(300);
    expect([known(), progressOf(desk.orders('stop_loss')[0] ?? { progress: null }).mark]).toEqual(['110', '120']);
    desk.book.price = decimal(130);
    await desk.until(() => known() === '120' && desk.orders('stop_loss')[0]?.status === 'open');
    expect(desk.held).toBe('1');
    expectOnce(desk);
  });

  scenario('goes back to where it stood when the price has passed its new place before it is there', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: { trail: '10' } });
    desk.book.onCancel = () => {
      desk.book.price = decimal(105); // Below 110, above 90.
    };
    desk.book.price = decimal(120);
    await desk.until(() => desk.book.price.eq(105));
    desk.book.onCancel = () => undefined;
    await desk.until(() => desk.stops[0] === '1');
    expect([desk.resting('stop').request.stopPrice?.toFixed(), desk.told(/POSITION_NAKED/)]).toEqual(['90', 0]);
    expectOnce(desk);
  });

  scenario('stands for itself as an order, and its fill is booked under whatever id it has', async (seed) => {
    const desk = await Desk.open(seed, {}, 'kept');
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.alert({ action: 'sell', quantity: '1', type: 'trailing_stop', trail: '5%' });
    desk.book.price = decimal(200);
    await desk.until(() => desk.orders('exit')[0]?.stopPrice?.toFixed() === '190' && desk.orders('exit')[0]?.status === 'open');
    desk.book.trade(desk.resting('stop'), 1);
    await desk.until(() => desk.orders('exit')[0]?.status === 'filled');
    expect(desk.held).toBe('0');
  });
});
