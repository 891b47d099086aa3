import { describe, expect } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import type { CommandBody } from '../../src/domain/signal/command.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const ETH = 'ETH/USDT:USDT';
const HALT: CommandBody = { kind: 'trading.set', action: 'halt', accountId: null, reason: null };
const FLATTEN: CommandBody = { kind: 'trading.set', action: 'flatten', accountId: null, reason: null };

function inLedger(desk: Desk): string {
  return desk.cluster.ledger.content.positions.get(`acc-pushed\0${ETH}`)?.quantity.toFixed() ?? '0';
}

function notices(desk: Desk, words: RegExp) {
  return [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice).filter(({ text }) => words.test(text));
}

function drift(desk: Desk) {
  const [found] = [...desk.cluster.ledger.content.drifts.values()];
  if (!found) throw new Error('there is no drift');
  return found;
}

/** A long of 1 of which the venue has lost half, without a trade. */
async function drifted(seed: number): Promise<Desk> {
  const desk = await Desk.open(seed);
  await desk.alert({ action: 'buy', quantity: '1' });
  await desk.steps(400);
  desk.book.positions.set(ETH, decimal('0.5'));
  await desk.until(() => desk.cluster.ledger.content.drifts.size > 0);
  return desk;
}

async function decide(desk: Desk, decision: 'adopt' | 'align' | 'ignore') {
  return desk.command({ kind: 'drift.decide', driftId: drift(desk).id, decision });
}

describe('what somebody else does at the venue', () => {
  scenario('a trade by hand becomes an external order, the position follows, and nothing else does', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    desk.book.byHand(ETH, 'sell', decimal('0.4'));
    await desk.until(() => inLedger(desk) === '0.6');
    await desk.steps(2_000);
    const [external, ...others] = desk.orders('external');
    expect(others).toEqual([]);
    expect(external).toMatchObject({ status: 'filled', side: 'sell', clientOrderId: 'web_pushed_1', code: null });
    expect([desk.held, inLedger(desk), desk.book.orders.length]).toEqual(['0.6', '0.6', 3]);
    expect(desk.resting('stop').quantity.toFixed(), 'our stop is left as it is').toBe('1');
    expect(notices(desk, /^Traded by hand on pushed: sell 0.4 ETH/).map(({ severity }) => severity)).toEqual(['warning']);
    expect(desk.cluster.ledger.content.drifts.size).toBe(0);
  });

  scenario('a balance taken over from the venue after a trade by hand contains it: a close sells all that is held', async (seed) => {
    const desk = await Desk.open(seed, {}, 'spot');
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.book.byHand('ETH/USDT', 'sell', decimal('0.4'));
    const taken = { kind: 'balance.set', accountId: 'acc-spot', asset: 'ETH', total: decimal('0.6') } as const;
    void desk.cluster.term?.commit([{ ...taken, at: desk.world.now }]);
    await desk.until(() => desk.orders('external').length > 0);
    expect(desk.cluster.ledger.content.balances.get('acc-spot\0ETH')?.total.toFixed()).toBe('0.6');
    await desk.alert({ action: 'close' });
    expect(desk.held).toBe('0');
    expect(desk.cluster.ledger.content.balances.get('acc-spot\0ETH')?.total.toFixed()).toBe('0');
  });

  scenario('a trade by hand beside an order that is being worked off is met while its slices go on', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send({ action: 'buy', quantity: '4', type: 'twap', duration: '1m' });
    await desk.until(() => desk.held === '1');
    desk.book.byHand(ETH, 'sell', decimal('0.4'));
    await desk.until(() => desk.orders('external').length > 0);
    const [worked] = desk.orders('entry');
    expect([worked?.status, desk.orders('external')[0]?.status]).toEqual(['partially_filled', 'filled']);
    await desk.until(() => desk.held === '3.6' && inLedger(desk) === '3.6');
  });

  scenario('what rests by hand is shown, is followed, and only goes when somebody says so', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    const resting = desk.book.byHand(ETH, 'buy', decimal('2'), 'limit');
    await desk.until(() => desk.orders('external')[0]?.status === 'open');
    await desk.alert({ action: 'cancel' });
    await desk.alert({ action: 'close' });
    expect([resting.status, desk.held]).toEqual(['open', '0']);
    desk.book.fill(resting, 0.5);
    await desk.until(() => desk.orders('external')[0]?.status === 'partially_filled');
    expect(inLedger(desk)).toBe('1');
    const id = desk.orders('external')[0]?.id ?? '';
    expect(await desk.command({ kind: 'order.cancel', orderId: id })).toMatchObject({ status: 200 });
    expect([resting.status, desk.orders('external')[0]?.status]).toEqual(['canceled', 'canceled']);
  });

  scenario('flatten closes what came by hand, and cancels what rests by hand', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.book.byHand(ETH, 'buy', decimal('0.5'));
    const resting = desk.book.byHand(ETH, 'buy', decimal('2'), 'limit');
    await desk.until(() => inLedger(desk) === '1.5' && desk.orders('external').length === 2);
    await desk.command(FLATTEN);
    expect([desk.held, inLedger(desk), resting.status]).toEqual(['0', '0', 'canceled']);
  });

  scenario('a fill that nobody told of is booked on its order', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.alert({ action: 'buy', quantity: '1', type: 'limit', price: '100' });
    const resting = desk.resting('limit');
    desk.book.cancel(resting);
    await desk.command({ kind: 'order.cancel', orderId: desk.orders('entry')[1]?.id ?? '' });
    await desk.until(() => desk.orders('entry')[1]?.status === 'canceled');
    resting.status = 'open';
    desk.book.fill(resting, 0.5);
    resting.status = 'canceled';
    await desk.until(() => inLedger(desk) === '1.5');
    expect(desk.orders('external')).toEqual([]);
    expect(desk.orders('entry')[1]?.filledQuantity.toFixed()).toBe('0.5');
  });

  scenario('an execution counts as theirs only once the venue has answered about every order of ours there', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    desk.book.mishaps.push(...Array.from({ length: 20 }, () => ({ call: 'lookup', kind: 'request lost' }) as const));
    desk.book.byHand(ETH, 'sell', decimal('0.4'));
    await desk.until(() => desk.orders('external').length > 0);
    expect([desk.book.mishaps.length, inLedger(desk), desk.cluster.ledger.content.drifts.size]).toEqual([0, '0.6', 0]);
  });

  scenario('an order that is worked off is not asked about: only its slices are at the venue', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send({ action: 'buy', quantity: '8', type: 'twap', duration: '20m' });
    const worked = () => desk.orders('entry').find(({ terms }) => terms !== null);
    await desk.until(() => worked()?.filledQuantity.gt(0) ?? false);
    for (const count of [1, 2, 3, 4]) {
      desk.book.byHand(ETH, 'buy', decimal('0.1'));
      await desk.until(() => desk.orders('external').length === count);
    }
    expect(worked()).toMatchObject({ status: 'partially_filled', code: null });
    expect(desk.cluster.ledger.content.orderEvents.filter(({ orderId, to }) => orderId === worked()?.id && to === 'unknown')).toEqual([]);
  });
});

describe('what still differs', () => {
  scenario('is told once, with its cause and three answers', async (seed) => {
    const desk = await drifted(seed);
    await desk.steps(3_000);
    expect(drift(desk)).toMatchObject({ cause: 'manual_change', status: 'open', symbol: ETH });
    const [notice, ...more] = notices(desk, /^Drift on pushed/);
    expect(more).toEqual([]);
    expect([notice?.severity, notice?.buttons?.map(({ label, role }) => `${label} ${role}`)]).toEqual([
      'critical',
      ['Adopt trader', 'Align trader', 'Ignore trader'],
    ]);
  });

  scenario('is gone by itself', async (seed) => {
    const desk = await drifted(seed);
    desk.book.positions.set(ETH, decimal('1'));
    await desk.until(() => drift(desk).status === 'gone');
    expect(notices(desk, /^Drift settled by itself/).length).toBe(1);
    expect(await decide(desk, 'adopt')).toMatchObject({ status: 409, body: { code: 'DRIFT_SETTLED' } });
    expect(inLedger(desk)).toBe('1');
  });

  scenario("adopt: the ledger takes the venue's figure, and a close closes just that", async (seed) => {
    const desk = await drifted(seed);
    expect(await decide(desk, 'adopt')).toMatchObject({ status: 200, body: { status: 'adopted' } });
    expect([inLedger(desk), desk.book.orders.length]).toEqual(['0.5', 1]);
    await desk.alert({ action: 'close' });
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk), drift(desk).status]).toEqual(['0', '0', 'adopted']);
  });

  scenario('adopt: of a position that is gone it is told what still rests for it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    await desk.steps(400);
    desk.book.positions.set(ETH, decimal('0'));
    await desk.until(() => desk.cluster.ledger.content.drifts.size > 0);
    await decide(desk, 'adopt');
    expect(notices(desk, /^Adopted: pushed holds no ETH.* Still resting .*stop/).map(({ severity }) => severity)).toEqual(['warning']);
    expect(desk.resting('stop').quantity.toFixed()).toBe('1');
  });

  scenario('flatten closes what the ledger knows of, and says that the venue held more', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.steps(400);
    desk.book.positions.set(ETH, decimal('3'));
    await desk.until(() => desk.cluster.ledger.content.drifts.size > 0);
    const { body } = await desk.command(FLATTEN);
    expect([desk.held, inLedger(desk)]).toEqual(['2', '0']);
    expect(body).toMatchObject({ left: [expect.stringContaining('the venue held 2 more than the ledger')] });
    expect(notices(desk, /^Flatten is not complete: .* 2 more than the ledger/).length).toBe(1);
    await decide(desk, 'adopt');
    expect((await desk.command(FLATTEN)).body).toMatchObject({ left: [] });
    expect([desk.held, inLedger(desk)]).toEqual(['0', '0']);
  });

  scenario('align: an order brings the venue to the ledger', async (seed) => {
    const desk = await drifted(seed);
    expect(await decide(desk, 'align')).toMatchObject({ status: 200, body: { status: 'aligned' } });
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk), desk.book.orders.length]).toEqual(['1', '1', 2]);
  });

  scenario('align: not while trading is halted; the ledger then says what is true', async (seed) => {
    const desk = await drifted(seed);
    await desk.command(HALT);
    expect(await decide(desk, 'align')).toMatchObject({ status: 422, body: { code: 'TRADING_HALTED' } });
    await desk.steps(1_000);
    expect([desk.held, inLedger(desk), desk.book.orders.length]).toEqual(['0.5', '0.5', 1]);
  });

  scenario('align survives a leader that dies in between', async (seed) => {
    const desk = await drifted(seed);
    await desk.traffic.send({ kind: 'drift.decide', driftId: drift(desk).id, decision: 'align' });
    await desk.until(() => drift(desk).status === 'aligned');
    desk.cluster.crashLeader();
    await desk.rest();
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk), desk.book.orders.length]).toEqual(['1', '1', 2]);
  });

  scenario('align: what has been traded since is left alone, and the question is asked again with the figures of now', async (seed) => {
    const desk = await drifted(seed);
    await desk.alert({ action: 'buy', quantity: '2' });
    expect([desk.held, inLedger(desk)]).toEqual(['2.5', '3']);
    const { id } = drift(desk);
    expect(await decide(desk, 'align')).toMatchObject({ status: 409, body: { code: 'DRIFT_MOVED' } });
    expect([desk.held, inLedger(desk), desk.book.orders.length]).toEqual(['2.5', '3', 2]);
    expect(drift(desk)).toMatchObject({ status: 'open', held: decimal('3'), venue: decimal('2.5') });
    expect(drift(desk).id).not.toBe(id);
    expect(notices(desk, /^Drift on pushed: the ledger holds 3 .* the venue 2.5/).length).toBe(1);
    expect(await decide(desk, 'align')).toMatchObject({ status: 200, body: { status: 'aligned' } });
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk)]).toEqual(['3', '3']);
  });

  scenario('align: not what has been closed since', async (seed) => {
    const desk = await drifted(seed);
    await desk.alert({ action: 'close' });
    await decide(desk, 'align');
    await desk.steps(2_000);
    expect(desk.held).toBe('0');
  });

  scenario('align: not what somebody has mended since the last look', async (seed) => {
    const desk = await drifted(seed);
    desk.book.positions.set(ETH, decimal('1'));
    expect(await decide(desk, 'align')).toMatchObject({ status: 409, body: { code: 'DRIFT_SETTLED' } });
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk), desk.book.orders.length, drift(desk).status]).toEqual(['1', '1', 1, 'gone']);
  });

  scenario('align: what the venue holds otherwise since the last look is asked about anew', async (seed) => {
    const desk = await drifted(seed);
    desk.book.positions.set(ETH, decimal('0.8'));
    expect(await decide(desk, 'align')).toMatchObject({ status: 409, body: { code: 'DRIFT_MOVED' } });
    expect(drift(desk)).toMatchObject({ status: 'open', held: decimal('1'), venue: decimal('0.8') });
    expect(await decide(desk, 'align')).toMatchObject({ status: 200, body: { status: 'aligned' } });
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk)]).toEqual(['1', '1']);
  });

  scenario('align: an order that is under way is not undone', async (seed) => {
    const desk = await drifted(seed);
    await desk.traffic.send({ kind: 'drift.decide', driftId: drift(desk).id, decision: 'align' });
    await desk.send({ action: 'buy', quantity: '2' });
    await desk.rest();
    await desk.steps(2_000);
    expect([desk.held, inLedger(desk), desk.book.orders.some(({ request }) => request.side === 'sell')]).toEqual(['3', '3', false]);
  });

  scenario('ignore: until the difference is another one', async (seed) => {
    const desk = await drifted(seed);
    await decide(desk, 'ignore');
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.steps(2_000);
    expect([drift(desk).status, notices(desk, /^Drift on/).length]).toEqual(['ignored', 1]);
    desk.book.positions.set(ETH, decimal('0.25'));
    await desk.until(() => drift(desk).status === 'open');
    expect(notices(desk, /^Drift on/).length).toBe(2);
  });
});
