import { describe, expect } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';

const ETH = 'ETH/USDT:USDT';

/** A long of 4 at 100 that the venue would liquidate at 90. */
async function openLong(seed: number, settings: Readonly<Record<string, unknown>> = {}): Promise<Desk> {
  const desk = await Desk.open(seed);
  const account = desk.cluster.ledger.content.accounts.get('acc-pushed');
  if (!account) throw new Error('no such account');
  await desk.until(() => desk.cluster.term !== null);
  void desk.cluster.term?.commit([{ kind: 'account.put', account: { ...account, settings } }]);
  await desk.until(
    () => desk.cluster.ledger.content.accounts.get('acc-pushed')?.settings === settings || Object.keys(settings).length === 0,
  );
  desk.book.price = decimal(120);
  desk.book.liquidationPrice = decimal(90);
  await desk.alert({ action: 'buy', quantity: '4' });
  return desk;
}

function told(desk: Desk, words: string): number {
  return [...desk.cluster.ledger.content.notices.values()].filter(({ notice }) => notice.text.includes(words)).length;
}

async function priceIs(desk: Desk, price: number, looks = 2): Promise<void> {
  desk.book.price = decimal(price);
  const until = desk.world.now + looks * 11_000;
  await desk.until(() => desk.world.now > until);
  await desk.rest();
}

describe('liquidation', () => {
  scenario('is told of once for each step, and again only after the position has recovered', async (seed) => {
    const desk = await openLong(seed);
    await priceIs(desk, 99, 3);
    expect([told(desk, 'Near liquidation'), desk.held]).toEqual([1, '4']);
    await priceIs(desk, 94, 3);
    await priceIs(desk, 99);
    await priceIs(desk, 94);
    expect(told(desk, 'Near liquidation')).toBe(2);
    await priceIs(desk, 110);
    await priceIs(desk, 99);
    expect([told(desk, 'Near liquidation'), desk.held]).toEqual([3, '4']);
    const margin = desk.cluster.term?.margins.get(`acc-pushed\0${ETH}`);
    expect([margin?.liquidationPrice?.toFixed(), margin?.leverage?.toFixed(), margin?.marginMode]).toEqual(['90', '5', 'isolated']);
    await desk.alert({ action: 'close' });
    await desk.alert({ action: 'buy', quantity: '1', type: 'limit', price: '1' });
    expect(told(desk, 'Near liquidation')).toBe(3);
  });

  scenario('is answered by closing half, once for each quantity, where the account asks for it', async (seed) => {
    const desk = await openLong(seed, { onLiquidationRisk: 'reduce' });
    await priceIs(desk, 99);
    expect(desk.held).toBe('4');
    desk.book.onFill = () => {
      desk.book.liquidationPrice = decimal(80);
    };
    desk.book.price = decimal(94);
    await desk.until(() => desk.held === '2');
    for (let i = 0; i < 3; i += 1) {
      desk.cluster.crashLeader();
      await priceIs(desk, 94, 1);
    }
    expect(desk.held).toBe('2');
    expect(desk.orders('exit').map(({ tag, reduceOnly }) => [tag, reduceOnly])).toEqual([['liquidation', true]]);
  });

  scenario('is not answered while trading is halted, and nobody is told that it were', async (seed) => {
    const desk = await openLong(seed, { onLiquidationRisk: 'reduce' });
    await desk.command({ kind: 'trading.set', action: 'halt', accountId: null, reason: null });
    await priceIs(desk, 93);
    expect([desk.held, told(desk, 'Near liquidation'), told(desk, 'Half of it is closed')]).toEqual(['4', 1, 0]);
  });

  scenario('is told of once for each side where both are held, however far the other one is', async (seed) => {
    const desk = await openLong(seed, { onLiquidationRisk: 'reduce' });
    desk.book.otherSide = { symbol: ETH, quantity: decimal(-1), liquidationPrice: decimal(300) };
    await priceIs(desk, 94, 6);
    expect([told(desk, 'Near liquidation'), told(desk, 'Half of it is closed'), desk.held]).toEqual([1, 0, '4']);
    desk.book.otherSide = { symbol: ETH, quantity: decimal(-1), liquidationPrice: decimal(96) };
    await priceIs(desk, 94, 6);
    expect(told(desk, 'Near liquidation')).toBe(2);
  });
});
