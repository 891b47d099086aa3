import { expect, it } from 'vitest';
import { decimal } from '../domain/money.ts';
import type { StoredPosition } from '../ledger/readModel.ts';
import { markedPositions, totalsPerAsset } from './positions.ts';

const prices: Record<string, string> = { 'BTC/USDT': '60000.1', 'ETH/USDT:USDT': '3000' };
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const quotes = {
  ticker: async (_account: string, symbol: string) => {
    const price = prices[symbol];
    if (price === undefined) return null;
    return { symbol, bid: decimal(price), ask: decimal(price), last: decimal(price), at: AT, source: 'test' };
  },
};

function held(symbol: string, quantity: string, averagePrice: string | null, realizedPnl: string): StoredPosition {
  return { account: 'main', accountId: 'a1', symbol, quantity, averagePrice, realizedPnl, funding: '-0.5' };
}

it('values longs, shorts and flat positions exactly', async () => {
  const marked = await markedPositions(quotes, [
    held('BTC/USDT', '0.3', '50000', '1.5'),
    held('ETH/USDT:USDT', '-2', '3100', '-0.1'),
    held('SOL/USDT', '0', null, '7'),
  ]);
  expect(marked.map(({ markPrice, unrealizedPnl }) => [markPrice, unrealizedPnl])).toEqual([
    ['60000.1', '3000.03'],
    ['3000', '200'],
    [null, '0'],
  ]);
  expect(marked.map(({ markedAt }) => markedAt)).toEqual(['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05.000Z', null]);
  expect(totalsPerAsset(marked)).toEqual([
    { asset: 'USDT', realizedPnl: '8.4', funding: '-1.5', unrealizedPnl: '3200.03', positionValue: '12000.03' },
  ]);
});

it('does not sum up what it cannot value', async () => {
  const marked = await markedPositions(quotes, [
    held('BTC/USDT', '1', '50000', '0'),
    held('DOGE/USDT', '5', '0.1', '2'),
    held('ETH/BTC', '0', null, '0.01'),
  ]);
  expect(totalsPerAsset(marked)).toEqual([
    { asset: 'BTC', realizedPnl: '0.01', funding: '-0.5', unrealizedPnl: '0', positionValue: '0' },
    { asset: 'USDT', realizedPnl: '2', funding: '-1', unrealizedPnl: null, positionValue: null },
  ]);
});

it('shows no digits that come from a division only', async () => {
  const [marked] = await markedPositions(quotes, [held('BTC/USDT', '0.01998926', '63971.677240362415846', '0')]);
  expect(marked?.unrealizedPnl).toBe('-79.388890067686');
});
