import { expect, it } from 'vitest';
import type { Market } from '../../../domain/market/market.ts';
import { fillOf, readExecutions } from './bybitViewReplies.ts';

const execution = (side: string, execFee: string, feeCurrency: string) => {
  const common = { symbol: 'BTCUSDT', orderId: '1', execId: '2', execType: 'Trade', execPrice: '50000', execQty: '0.01' };
  const list = [{ ...common, side, execFee, feeCurrency, isMaker: false, execTime: '1690196141868' }];
  const [row] = readExecutions({ retCode: 0, result: { list, nextPageCursor: '' } }).rows;
  if (!row) throw new Error('the execution was not read');
  return row;
};
const market = (type: 'spot' | 'swap') => ({ type, base: 'BTC', quote: 'USDT' }) as Market;

it.each([
  ['spot', 'Buy', '0.00001', '', 'BTC'],
  ['spot', 'Sell', '0.5', '', 'USDT'],
  ['spot', 'Buy', '-0.05', '', 'USDT'],
  ['spot', 'Sell', '-0.000001', '', 'BTC'],
  ['spot', 'Buy', '0.02', 'MNT', 'MNT'],
  ['swap', 'Buy', '0.3', '', 'USDT'],
] as const)('the fee of a %s %s (%s, told as in "%s") is in %s', (type, side, fee, told, asset) => {
  expect(fillOf(execution(side, fee, told), market(type))).toMatchObject({ feeAsset: asset });
});
