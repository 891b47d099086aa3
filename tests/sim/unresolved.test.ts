import { describe, expect } from 'vitest';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const BUY = { action: 'buy', quantity: '1' };

/** The venue took an order, hides it from every look-up, and says "duplicate" to whoever sends it again. */
async function contradicted(seed: number): Promise<Desk> {
  const desk = await Desk.open(seed);
  Object.assign(desk.book, { refusesTwice: true, hidden: 1_000_000 });
  desk.book.mishaps.push({ call: 'place', kind: 'reply lost' });
  await desk.send(BUY);
  await desk.until(() => desk.orders('entry')[0]?.code === 'ORDER_UNRESOLVED');
  return desk;
}

function entry(desk: Desk) {
  const [order] = desk.orders('entry');
  if (!order) throw new Error('there is no order');
  return order;
}

function questions(desk: Desk) {
  return [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice).filter(({ text }) => /^Does it exist/.test(text));
}

async function resolve(desk: Desk, exists: boolean, venueOrderId: string | null = null) {
  return desk.command({ kind: 'order.resolve', orderId: entry(desk).id, exists, venueOrderId });
}

describe('what cannot be found out is asked of a person', () => {
  scenario('answers that contradict each other: once, and nothing is sent any more', async (seed) => {
    const desk = await contradicted(seed);
    await desk.steps(2_000);
    expect([entry(desk).status, desk.book.executions.get(entry(desk).clientOrderId)]).toEqual(['unknown', 1]);
    const [question, ...more] = questions(desk);
    expect(more).toEqual([]);
    expect(question).toMatchObject({ severity: 'critical', buttons: [{ label: 'It exists' }, { label: 'It does not' }] });
    expect(await desk.alert(BUY), 'entries wait, until they are too old').toBe('expired SIGNAL_STALE');
    expect(desk.book.orders.length).toBe(1);
  });

  scenario('the next leader asks nobody a second time', async (seed) => {
    const desk = await contradicted(seed);
    desk.cluster.crashLeader();
    await desk.steps(3_000);
    expect([questions(desk).length, entry(desk).code]).toEqual([1, 'ORDER_UNRESOLVED']);
  });

  scenario('it exists, by its id there: found and booked', async (seed) => {
    const desk = await contradicted(seed);
    expect(await resolve(desk, true)).toMatchObject({ status: 422, body: { code: 'ORDER_NOT_FOUND' } });
    const [placed] = desk.book.orders;
    expect(await resolve(desk, true, placed?.venueOrderId ?? null)).toMatchObject({ status: 200, body: { status: 'filled' } });
    expect(desk.cluster.ledger.content.positions.get('acc-pushed\0ETH/USDT:USDT')?.quantity.toFixed()).toBe('1');
    expect(await resolve(desk, false)).toMatchObject({ status: 404 });
  });

  scenario('it does not: given up for good, and entries go on', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'request lost' });
    const signal = await desk.send(BUY);
    await desk.until(() => desk.orders('entry')[0]?.status === 'unknown');
    desk.book.awayUntil = desk.world.now + 700_000;
    await desk.until(() => entry(desk).code === 'ORDER_UNRESOLVED');
    expect(questions(desk)[0]?.text).toMatch(/Nothing was to be learned about it for ten minutes/);
    desk.book.awayUntil = 0;
    await resolve(desk, false);
    await desk.rest();
    expect([entry(desk).status, desk.fate(signal), desk.book.orders.length]).toEqual(['rejected', 'failed RESOLVED_ABSENT', 0]);
    expect(await desk.alert(BUY)).toBe('done');
    expect(desk.held).toBe('1');
  });

  scenario('what comes to light by itself needs no answer', async (seed) => {
    const desk = await contradicted(seed);
    for (const placed of desk.book.orders) placed.invisibleFor = 0;
    await desk.until(() => entry(desk).status === 'filled');
    expect(await resolve(desk, false)).toMatchObject({ status: 404 });
    expect(desk.held).toBe('1');
  });
});

describe('a stop that cannot be found out about', () => {
  async function doubtful(seed: number, nakedPosition: 'alarm' | 'flatten' = 'alarm'): Promise<Desk> {
    const desk = await Desk.open(seed, { nakedPosition }, seed % 2 === 0 ? 'kept' : 'pushed');
    await desk.send({ ...BUY, stopLoss: '90' });
    await desk.until(() => desk.orders('entry')[0]?.status === 'filled');
    Object.assign(desk.book, { refusesTwice: true, hidden: 1_000_000 });
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' });
    await desk.until(() => stop(desk)?.code === 'ORDER_UNRESOLVED');
    return desk;
  }

  const stop = (desk: Desk) => desk.orders('stop_loss')[0];
  const absent = (desk: Desk) => desk.command({ kind: 'order.resolve', orderId: stop(desk)?.id ?? '', exists: false, venueOrderId: null });

  scenario('holds nobody in the position where it can only reduce', async (seed) => {
    const desk = await doubtful(seed);
    await desk.alert({ action: 'close' });
    await desk.until(() => desk.held === '0' && desk.book.resting().length === 0);
    expect([...desk.book.openers].length).toBe(1);
  });

  scenario('and does not exist: people hear that the position is without it', async (seed) => {
    const desk = await doubtful(seed);
    await absent(desk);
    expect([stop(desk)?.status, desk.told(/POSITION_NAKED: 1 .*WITHOUT/), desk.held]).toEqual(['rejected', 1, '1']);
  });

  scenario('and does not exist: under the policy `flatten` the position is closed, once', async (seed) => {
    const desk = await doubtful(seed, 'flatten');
    await absent(desk);
    await desk.until(() => desk.held === '0');
    await desk.rest();
    expect([desk.told(/POSITION_NAKED/), [...desk.book.openers].length]).toEqual([1, 1]);
  });

  scenario('is taken up again when somebody was wrong to say that it does not exist', async (seed) => {
    const desk = await doubtful(seed);
    await absent(desk);
    for (const placed of desk.book.orders) placed.invisibleFor = 0;
    await desk.until(() => stop(desk)?.status === 'open');
    expect(stop(desk)?.code).toBe(null);
    await desk.alert({ action: 'close' });
    await desk.until(() => desk.held === '0' && desk.book.resting().length === 0);
    expect([...desk.book.openers].length).toBe(1);
  });
});
