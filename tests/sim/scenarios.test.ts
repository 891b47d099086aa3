import { describe, expect } from 'vitest';
import type { CommandBody } from '../../src/domain/signal/command.ts';
import { isUnfinished } from '../../src/ledger/statuses.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const HALT: CommandBody = { kind: 'trading.set', action: 'halt', accountId: null, reason: null };
const FLATTEN: CommandBody = { kind: 'trading.set', action: 'flatten', accountId: null, reason: null };

const LONG_WITH_STOP = { action: 'long', quantity: '1', stopLoss: '90' };
const RESTING_BUY = { action: 'buy', quantity: '1', type: 'limit', price: '100' };

describe('protection', () => {
  scenario('a reversal keeps the stop of its new position', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    expect(await desk.alert({ action: 'short', quantity: '1', stopLoss: '110' })).toBe('done');
    expect(desk.held).toBe('-1');
    expect(desk.book.resting().map(({ request }) => `${request.side} ${request.stopPrice?.toFixed()}`)).toEqual(['buy 110']);
  });

  scenario('a close that is refused leaves the stop where it is', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    await desk.command(HALT);
    expect(await desk.alert({ action: 'close' })).toBe('refused TRADING_HALTED');
    expect(desk.resting('stop').quantity.toFixed()).toBe('1');
  });

  scenario('a close that the venue refuses after its stop was canceled is a critical matter', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    desk.book.mishaps.push({ call: 'place', kind: 'refused' });
    expect(await desk.alert({ action: 'close' })).toBe('failed VENUE_INSUFFICIENT_FUNDS');
    const told = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice);
    expect(told.filter(({ severity, text }) => severity === 'critical' && /Stops were canceled for it/.test(text)).length).toBe(1);
  });

  scenario('a stop that fills while it is being canceled leaves nothing to close', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    desk.book.onCancel = (order) => desk.book.fill(order, 1);
    expect(await desk.alert({ action: 'close' })).toBe('done NO_POSITION');
    expect([desk.held, desk.orders('exit').length]).toEqual(['0', 0]);
  });

  scenario('a close closes also what a venue has not been asked about since it filled', async (seed) => {
    const desk = await Desk.open(seed, { pollMs: 60_000 });
    const book = desk.cluster.books.get('acc-asked');
    if (!book) throw new Error('there is no such account');
    Object.assign(book, { lag: 0, marketShare: () => 1 });
    await desk.alert({ ...RESTING_BUY, account: 'asked' });
    const [resting] = book.resting();
    if (!resting) throw new Error('nothing rests');
    book.trade(resting, 1);
    await desk.alert({ action: 'close', account: 'asked' });
    expect(book.positions.get('ETH/USDT:USDT')?.toFixed()).toBe('0');
  });

  scenario('a close leaves an entry that still rests its stop', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ ...RESTING_BUY, price: '99', stopLoss: '90' });
    await desk.alert({ action: 'buy', quantity: '1' });
    expect(await desk.alert({ action: 'close' })).toBe('done');
    desk.book.trade(desk.resting('limit'), 1);
    await desk.rest();
    expect([desk.held, desk.resting('stop').quantity.toFixed()]).toEqual(['1', '1']);
  });

  scenario(
    'a close that has canceled the stop is finished by the next leader, however late, and although trading is halted',
    async (seed) => {
      const desk = await Desk.open(seed);
      await desk.alert(LONG_WITH_STOP);
      const close = await desk.send({ action: 'close' });
      await desk.until(() => desk.book.resting().length === 0);
      expect(desk.orders('exit')).toEqual([]);
      desk.cluster.crashLeader();
      desk.world.now += 3_600_000;
      await desk.traffic.send(HALT);
      await desk.until(() => desk.held === '0');
      await desk.until(() => desk.fate(close) === 'done');
      expect(desk.orders('exit').map(({ status }) => status)).toEqual(['filled']);
    },
  );

  scenario('a reversal that has canceled the stop is too old for its entry when the next leader comes, not for its exit', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    await desk.send({ action: 'short', quantity: '1' });
    await desk.until(() => desk.book.resting().length === 0);
    desk.cluster.crashLeader();
    desk.world.now += 3_600_000;
    await desk.until(() => desk.held === '0');
    await desk.rest();
    expect([desk.held, desk.orders('entry').length]).toEqual(['0', 1]);
  });

  scenario('a reversal whose exit was in doubt for long opens nothing at a price of long ago', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(200).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.send({ action: 'short', quantity: '1' });
    await desk.until(() => desk.orders('exit').some(({ status }) => status === 'unknown'));
    desk.world.now += 600_000;
    desk.book.mishaps.length = 0;
    await desk.rest();
    expect(desk.held).toBe('0');
    expect(desk.orders('entry').at(-1)).toMatchObject({ status: 'canceled', code: 'SIGNAL_STALE' });
  });

  scenario('a stop goes with the position, whoever closed it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    expect(await desk.alert({ action: 'sell', quantity: '1' })).toBe('done');
    expect([desk.held, desk.book.resting().length]).toEqual(['0', 0]);
    expect(desk.orders('stop_loss')).toMatchObject([{ status: 'canceled', code: 'POSITION_CLOSED' }]);
  });

  scenario('what is left of an entry is canceled once its take profit has filled, for nothing would protect it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ ...RESTING_BUY, takeProfit: '110', stopLoss: '90' });
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.rest();
    const [gain] = desk.book.resting().filter(({ request }) => request.side === 'sell' && request.type === 'limit');
    if (!gain) throw new Error('the entry has no take profit');
    desk.book.trade(gain, 1);
    await desk.rest();
    expect(desk.book.resting()).toEqual([]);
    expect(desk.orders('entry').map(({ status, filledQuantity }) => `${status} ${filledQuantity.toFixed()}`)).toEqual(['canceled 0.5']);
  });

  scenario('a stop whose arrival was in doubt takes the size its entry has reached meanwhile', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ ...RESTING_BUY, stopLoss: '90' });
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(3).fill({ call: 'lookup', kind: 'request lost' }));
    desk.book.trade(desk.resting('limit'), 0.5);
    await desk.until(() => desk.orders('stop_loss').some(({ status }) => status === 'unknown'));
    desk.book.trade(desk.resting('limit'), 1);
    await desk.until(() => desk.book.mishaps.length === 0);
    await desk.until(() => desk.resting('stop').quantity.eq(1));
    await desk.rest();
    expect(desk.orders('stop_loss').map(({ status, quantity }) => `${status} ${quantity.toFixed()}`)).toEqual(['open 1']);
  });
});

describe('a kill switch', () => {
  scenario('keeps a reversal from going on: its entry and its stop are left out', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    await desk.alert({ action: 'short', quantity: '1', type: 'limit', price: '101', stopLoss: '110' });
    await desk.command(HALT);
    desk.book.trade(desk.resting('limit'), 1);
    await desk.rest();
    expect(desk.held).toBe('0');
    expect(desk.orders('entry').at(-1)).toMatchObject({ status: 'canceled', code: 'TRADING_HALTED' });
    expect(desk.orders('stop_loss').map(({ status, code }) => `${status} ${code}`)).toEqual(['canceled LEG_ABANDONED']);
  });

  scenario('keeps an entry that never arrived from being sent again', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'request lost' });
    await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    await desk.command(HALT);
    await desk.until(() => desk.orders('entry').every(({ status }) => status === 'rejected'));
    expect(desk.orders('entry')).toMatchObject([{ code: 'TRADING_HALTED' }]);
    expect(desk.book.orders).toEqual([]);
  });

  scenario('is heard by a new leader before it asks any venue', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.cluster.unreachable.add('pushed').add('asked');
    desk.cluster.crashLeader();
    const sentAt = desk.world.now;
    await desk.traffic.send(HALT);
    await desk.until(() => desk.cluster.ledger.content.replies.has(desk.traffic.accepted.at(-1)?.id ?? ''));
    expect(desk.cluster.ledger.content.modes.get(null)?.mode).toBe('halted');
    expect(desk.world.now - sentAt).toBeLessThan(1_000);
  });

  scenario('is not undone by an older resume, though a new leader hears it first', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.cluster.crashLeader();
    await desk.traffic.send({ kind: 'trading.set', action: 'resume', accountId: null, reason: null });
    await desk.traffic.send(HALT);
    await desk.rest();
    expect(desk.cluster.ledger.content.modes.get(null)?.mode).toBe('halted');
  });

  scenario('that flattens waits for what the last leader left in doubt, and forbids entries meanwhile', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    await desk.send({ action: 'close' });
    await desk.until(() => desk.orders('exit').some(({ status }) => status === 'submitted'));
    desk.cluster.crashLeader();
    expect(await desk.command(FLATTEN)).toMatchObject({ status: 200, body: { mode: 'reduce_only', left: [] } });
    expect(desk.held).toBe('0');
  });

  scenario('flatten goes on under the next leader although it was answered while the venue was away', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    desk.book.awayUntil = desk.world.now + 120_000;
    const { body } = await desk.command(FLATTEN);
    expect(body).toMatchObject({ left: [expect.stringContaining('1 held')] });
    desk.cluster.crashLeader();
    await desk.until(() => desk.held === '0');
  });

  scenario('is heard at once also when as many commands are under way as may be', async (seed) => {
    const desk = await Desk.open(seed, { commandsInFlight: 8 });
    desk.cluster.unreachable.add('pushed');
    const alerts = await Promise.all(Array.from({ length: 20 }, () => desk.send({ action: 'buy', quantity: '1' })));
    await desk.until(() => alerts.filter((id) => desk.cluster.ledger.content.signals.has(id)).length === 8);
    const sentAt = desk.world.now;
    await desk.traffic.send(HALT);
    await desk.until(() => desk.cluster.ledger.content.modes.get(null)?.mode === 'halted');
    expect(desk.world.now - sentAt).toBeLessThan(1_000);
    await desk.traffic.send({ kind: 'order.cancel', orderId: 'none' });
    await desk.until(() => desk.cluster.ledger.content.replies.has(desk.traffic.accepted.at(-1)?.id ?? ''));
  });

  scenario('flatten tries again when a cancel gets lost, and says so when nothing is left', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    await desk.alert({ ...RESTING_BUY, price: '99' });
    desk.book.mishaps.push({ call: 'cancel', kind: 'request lost' }, { call: 'cancel', kind: 'reply lost' });
    expect(await desk.command(FLATTEN)).toMatchObject({ status: 200, body: { mode: 'reduce_only', left: [] } });
    expect([desk.held, desk.book.resting().length]).toEqual(['0', 0]);
  });

  scenario('flatten names what it could not close', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    desk.book.mishaps.push(...Array(40).fill({ call: 'place', kind: 'refused' }));
    const { body } = await desk.command(FLATTEN);
    expect(body).toMatchObject({ left: [expect.stringContaining('ETH/USDT:USDT on pushed: 1 held')] });
    expect([...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice.text).join()).toContain('Flatten is not complete');
  });
});

describe('an order in doubt', () => {
  scenario('is closed by a close that came meanwhile, also when the leader dies in between', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(6).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    expect(await desk.alert({ action: 'close' })).toBe('done NO_POSITION');
    expect(desk.held).toBe('1');
    desk.cluster.crashLeader();
    await desk.until(() => desk.held === '0');
    await desk.rest();
    expect(desk.orders('exit').map(({ status }) => status)).toEqual(['filled']);
  });

  scenario('that never arrived is not sent again once a later alert has closed the position', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'request lost' });
    const entry = await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    await desk.alert({ action: 'close' });
    await desk.until(() => desk.fate(entry) === 'failed ENTRY_SUPERSEDED');
    expect(desk.book.orders).toEqual([]);
  });

  scenario('is canceled by a cancel that came meanwhile', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(4).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.send(RESTING_BUY);
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    await desk.alert({ action: 'cancel' });
    await desk.until(() => desk.book.resting().length === 0);
    await desk.rest();
    expect(desk.orders('entry')).toMatchObject([{ status: 'canceled', code: 'CANCELED_BY_REQUEST' }]);
  });

  scenario('holds back new entries also while the venue takes its time to answer a new leader', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'submitted'));
    desk.book.mishaps.push({ call: 'lookup', kind: 'hangs' });
    desk.cluster.crashLeader();
    const next = await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.cluster.ledger.content.signals.has(next));
    await desk.steps(100);
    expect(desk.orders('entry').map(({ status }) => status)).toEqual(['unknown']);
  });

  scenario('counts with the larger of its two sizes while an amendment is in doubt', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(RESTING_BUY);
    const orderId = desk.orders('entry')[0]?.id ?? '';
    desk.book.mishaps.push({ call: 'amend', kind: 'reply lost' }, ...Array(20).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.command({ kind: 'order.amend', orderId, quantity: '1.5', price: null, stopPrice: null });
    expect(desk.orders('entry').map(({ status, quantity }) => `${status} ${quantity.toFixed()}`)).toEqual(['unknown 1.5']);
  });

  scenario('does not lose its legs to a cancel that cannot know yet what they protect', async (seed) => {
    const desk = await Desk.open(seed);
    desk.book.mishaps.push({ call: 'place', kind: 'reply lost' }, ...Array(4).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.send(LONG_WITH_STOP);
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    await desk.alert({ action: 'cancel' });
    await desk.until(() => desk.orders('stop_loss').every(({ status }) => status !== 'intent'));
    expect(desk.orders('stop_loss').map(({ sentAt }) => sentAt === null)).toEqual([false]);
  });

  scenario('does not stop the reader, however many entries wait behind it', async (seed) => {
    const desk = await Desk.open(seed, { commandsInFlight: 8 });
    desk.book.mishaps.push({ call: 'place', kind: 'request lost' }, ...Array(200).fill({ call: 'lookup', kind: 'request lost' }));
    await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.orders('entry').some(({ status }) => status === 'unknown'));
    const waiting = await Promise.all(Array.from({ length: 12 }, () => desk.send({ action: 'buy', quantity: '1' })));
    await desk.until(() => waiting.filter((id) => desk.fate(id) === 'refused TOO_MANY_WAITING').length === 8);
    await desk.traffic.send(HALT);
    await desk.until(() => waiting.filter((id) => desk.fate(id) === 'refused TRADING_HALTED').length === 4);
  });
});

describe('a flatten that is delivered again', () => {
  scenario('does not flatten what people opened after they resumed', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    desk.book.mishaps.push(...Array(200).fill({ call: 'place', kind: 'refused' }));
    await desk.traffic.send(FLATTEN);
    const flatten = desk.traffic.accepted.at(-1)?.id ?? '';
    await desk.until(() => desk.cluster.ledger.content.modes.get(null)?.mode === 'reduce_only');
    await desk.traffic.send({ kind: 'trading.set', action: 'resume', accountId: null, reason: null });
    await desk.until(() => desk.cluster.ledger.content.modes.get(null)?.mode === 'active');
    desk.cluster.crashLeader();
    desk.book.mishaps.length = 0;
    await desk.until(() => desk.cluster.ledger.content.replies.has(flatten));
    await desk.rest();
    expect(desk.cluster.ledger.content.modes.get(null)?.mode).toBe('active');
    expect(desk.cluster.ledger.content.replies.get(flatten)).toMatchObject({ body: { superseded: true } });
    expect(await desk.alert({ action: 'buy', quantity: '1' })).toBe('done');
  });
});

describe('a leader', () => {
  scenario('leaves a venue that does not answer to itself and serves the others', async (seed) => {
    const desk = await Desk.open(seed);
    desk.cluster.unreachable.add('asked');
    expect(await desk.alert({ action: 'buy', quantity: '1' })).toBe('done');
    expect(desk.world.now - 1_750_000_000_000).toBeLessThan(5_000);
  });

  scenario('goes when its time is up, even while it still waits for a venue', async (seed) => {
    const desk = await Desk.open(seed);
    desk.cluster.unreachable.add('asked').add('pushed');
    await desk.steps(5);
    const isOver = desk.cluster.abdicate();
    await desk.until(isOver);
  });

  scenario('sets a command aside that brings it down again and again, also when its lane was to blame', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(RESTING_BUY);
    const orderId = desk.orders('entry')[0]?.id ?? '';
    desk.book.mishaps.push(...Array(9).fill({ call: 'cancel', kind: 'bug' }));
    expect(await desk.command({ kind: 'order.cancel', orderId })).toMatchObject({ status: 500, body: { code: 'SET_ASIDE' } });
    expect(await desk.alert({ action: 'buy', quantity: '1' })).toBe('done');
  });

  scenario('leaves nothing behind of an order whose account was removed while it was being planned', async (seed) => {
    const desk = await Desk.open(seed);
    const payload = JSON.stringify({ action: 'buy', symbol: 'ETHUSDT', quantity: '1', account: ['pushed'] });
    await desk.traffic.send({ kind: 'order.create', payload });
    await desk.traffic.send({ kind: 'hook.remove', hookId: 'hook' });
    await desk.traffic.send({ kind: 'account.remove', accountId: 'acc-pushed' });
    await desk.rest();
    const { accounts, orders, parts } = desk.cluster.ledger.content;
    if (!accounts.has('acc-pushed')) expect([...orders.values()]).toEqual([]);
    expect([...parts.values()].filter(({ status }) => isUnfinished(status))).toEqual([]);
  });
});
