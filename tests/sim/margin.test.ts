import { describe, expect } from 'vitest';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const SHORT = { action: 'short', quantity: '3', leverage: 5, marginMode: 'isolated', stopLoss: '110' };

async function openLong(seed: number, hedged: boolean): Promise<Desk> {
  const desk = await Desk.open(seed);
  desk.book.hedged = hedged;
  await desk.alert({ action: 'buy', quantity: '2', stopLoss: '90' });
  return desk;
}

describe.each([
  ['one-way', false],
  ['hedge', true],
])('a reversal with leverage in %s mode', (_name, hedged) => {
  scenario('has it set before the first of its orders, leaves, and enters once it has left', async (seed) => {
    const desk = await openLong(seed, hedged);
    const before = desk.book.orders.length;
    expect(await desk.alert(SHORT)).toMatch(/^(done|executing)/);
    expect(desk.book.margins).toEqual([{ symbol: 'ETH/USDT:USDT', leverage: 5, orders: before }]);
    expect(desk.held).toBe('-3');
    expect(desk.book.orders.slice(before).map(({ request }) => `${request.type} ${request.side} ${request.quantity.toFixed()}`)).toEqual([
      'market sell 2',
      'market sell 3',
      'stop buy 3',
    ]);
    expect(desk.book.ambiguous).toEqual([]);
  });

  scenario('leaves all the same when it cannot be set, and tells of the entry that is missing', async (seed) => {
    const desk = await openLong(seed, hedged);
    desk.book.refusesMargin = true;
    await desk.alert(SHORT);
    expect(desk.held).toBe('0');
    expect(desk.book.resting()).toEqual([]);
    const texts = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice.text);
    expect(texts.filter((text) => text.startsWith('Left out: the entry of short') && text.includes('MARGIN_NOT_SET'))).toHaveLength(1);
    expect(await desk.alert(SHORT)).toBe('refused MARGIN_NOT_SET');
    expect(desk.held).toBe('0');
  });
});
