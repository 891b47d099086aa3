import { describe, expect } from 'vitest';
import type { CommandBody } from '../../src/domain/signal/command.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const HALT: CommandBody = { kind: 'trading.set', action: 'halt', accountId: null, reason: null };
const LONG_WITH_STOP = { action: 'long', quantity: '1', stopLoss: '90' };
const RESTING_BUY = { action: 'buy', quantity: '1', type: 'limit', price: '100' };

describe('a venue that cannot be reached', () => {
  const away = (desk: Desk, ms: number): void => {
    desk.book.awayUntil = desk.world.now + ms;
  };

  scenario('is tried for as long as an alert lives, and the alert is carried out once', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    away(desk, 20_000);
    const id = await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.fate(id) === 'done');
    expect(desk.held).toBe('2');
    expect(desk.cluster.ledger.content.signals.get(id)?.status).toBe('done');
  });

  scenario('keeps the order of a lane: what came first leaves first', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    away(desk, 15_000);
    for (const price of ['95', '96', '97', '98']) await desk.send({ ...RESTING_BUY, price });
    await desk.until(() => desk.book.resting().length === 4);
    expect(desk.book.resting().map(({ request }) => request.price?.toFixed())).toEqual(['95', '96', '97', '98']);
  });

  scenario('lets an alert go when it is too old, and says which venue it was', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    away(desk, 200_000);
    const id = await desk.send({ ...RESTING_BUY, price: '99' });
    await desk.until(() => desk.fate(id).startsWith('expired'));
    expect(desk.fate(id)).toBe('expired VENUE_UNREACHABLE');
    const told = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice).filter(({ signalId }) => signalId === id);
    expect(told.map(({ text }) => text).join()).toMatch(/VENUE_UNREACHABLE.*too old/);
  });

  scenario('lets no entry through that a close has made void meanwhile, and closes when it is back', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert(LONG_WITH_STOP);
    away(desk, 30_000);
    const entry = await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.cluster.ledger.content.signals.has(entry));
    const close = await desk.send({ action: 'close' });
    await desk.until(() => desk.fate(close) === 'done');
    expect([desk.held, desk.fate(entry).split(' ')[1]]).toEqual(['0', 'ENTRY_SUPERSEDED']);
    expect(desk.book.resting()).toEqual([]);
  });

  scenario('does not keep a halt from being heard by what waits for it', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    away(desk, 30_000);
    const first = await desk.send({ ...RESTING_BUY, price: '95' });
    const second = await desk.send({ ...RESTING_BUY, price: '96' });
    await desk.until(() => desk.cluster.ledger.content.signals.has(second));
    await desk.command(HALT);
    await desk.until(() => [first, second].every((id) => desk.fate(id).endsWith('TRADING_HALTED')));
    expect(desk.world.now).toBeLessThan(desk.book.awayUntil);
  });

  scenario('leaves what waits for it to the next leader', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    away(desk, 20_000);
    const [first, second] = [await desk.send({ ...RESTING_BUY, price: '95' }), await desk.send({ action: 'buy', quantity: '1' })];
    await desk.until(() => desk.orders('entry').some(({ status, code }) => status === 'intent' && code === 'VENUE_UNREACHABLE'));
    desk.cluster.crashLeader();
    await desk.until(() => desk.fate(second) === 'done');
    expect([desk.fate(first), desk.held]).toEqual(['executing', '2']);
  });

  scenario('gets the stop of a position as soon as it is back, and people hear that it is missing', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ ...RESTING_BUY, stopLoss: '90' });
    const entry = desk.resting('limit');
    away(desk, 120_000);
    desk.book.trade(entry, 1);
    const texts = (): string => [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice.text).join('\n');
    await desk.until(() => texts().includes('WITHOUT this stop'));
    await desk.until(() => desk.book.resting().some(({ request }) => request.type === 'stop'));
    await desk.until(() => texts().includes('Sent at last'));
  });

  scenario('and was never connected holds nothing up, and keeps the order of what waits', async (seed) => {
    const desk = await Desk.open(seed);
    away(desk, 20_000);
    const [entry, close, again] = [
      await desk.send({ action: 'buy', quantity: '1' }),
      await desk.send({ action: 'close' }),
      await desk.send({ action: 'buy', quantity: '2' }),
    ];
    await desk.until(() => desk.fate(again) === 'done');
    expect([desk.fate(entry), desk.fate(close), desk.held]).toEqual(['refused ENTRY_SUPERSEDED', 'done NO_POSITION', '2']);
  });

  scenario('is given up on when its session hangs for longer than an alert lives', async (seed) => {
    const desk = await Desk.open(seed);
    desk.cluster.unreachable.add('pushed');
    const id = await desk.send({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.fate(id) === 'expired ACCOUNT_UNAVAILABLE');
  });
});
