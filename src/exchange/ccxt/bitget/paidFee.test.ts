import { expect, it } from 'vitest';
import { readFills } from './bitgetReplies.ts';
import * as swap from './swapReplies.ts';
import { readSpotTrades, spotTradeOf } from './viewReplies.ts';

const answer = (data: unknown) => ({ code: '00000', msg: 'success', data });

it.each([
  ['what is paid in the coin that is traded', { deduction: 'no', feeCoin: 'USDT', totalFee: '-0.0075' }, '0.0075'],
  ['a rebate', { deduction: 'no', feeCoin: 'USDT', totalFee: '0.0119' }, '-0.0119'],
  ['what is paid with BGB, told as positive', { deduction: 'yes', feeCoin: 'BGB', totalFee: '0.0016' }, '0.0016'],
  ['what is paid with BGB, told as negative', { deduction: 'yes', feeCoin: 'BGB', totalFee: '-0.0016' }, '0.0016'],
])('%s', (_, detail, fee) => {
  const common = { tradeId: '1', orderId: '2', side: 'buy', tradeScope: 'taker', cTime: '1690196141868' };
  const spot = answer([{ ...common, priceAvg: '50000', size: '0.01', feeDetail: detail }]);
  const futures = answer({ fillList: [{ ...common, price: '50000', baseVolume: '0.01', feeDetail: [detail] }] });
  const fills = [
    ...readFills(spot),
    ...readSpotTrades(spot).map((row) => spotTradeOf(row, 'BTC/USDT')),
    ...swap.readFills(futures).map(swap.fillOf),
  ];
  expect(fills.map((fill) => [fill.fee.toFixed(), fill.feeAsset])).toEqual(Array(3).fill([fee, detail.feeCoin]));
});
