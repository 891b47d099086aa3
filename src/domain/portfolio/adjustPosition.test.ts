import { describe, expect, it } from 'vitest';
import { decimal } from '../money.ts';
import { adjustPosition } from './adjustPosition.ts';

function held(quantity: string, cost: string) {
  return { accountId: 'a', symbol: 'BTC/USDT', quantity: decimal(quantity), cost: decimal(cost), realizedPnl: decimal('7') };
}

describe('a position found to be another', () => {
  it.each([
    ['what comes in costs what the venue says of all of it', held('1', '100'), '3', '110', '330'],
    ['without that, what the rest cost', held('1', '100'), '3', null, '300'],
    ['and nothing where nothing was held', held('0', '0'), '2', null, '0'],
    ['what leaves takes its cost along', held('4', '400'), '1', '90', '100'],
    ['all of it, exactly', held('3', '100'), '0', null, '0'],
    ['a short that was a long', held('2', '200'), '-1', '120', '-120'],
    ['a short is received for', held('-1', '-100'), '-2', null, '-200'],
  ])('%s', (_name, before, quantity, entryPrice, cost) => {
    const { entry, position } = adjustPosition(before, decimal(quantity), entryPrice === null ? null : decimal(entryPrice));
    expect([position.quantity.toFixed(), position.cost.toFixed()]).toEqual([quantity, cost]);
    expect(before.quantity.plus(entry.quantityDelta).toFixed()).toBe(quantity);
    expect(before.cost.plus(entry.costDelta).toFixed()).toBe(cost);
    expect([entry.realizedPnl.toFixed(), position.realizedPnl.toFixed()]).toEqual(['0', '7']);
  });
});
