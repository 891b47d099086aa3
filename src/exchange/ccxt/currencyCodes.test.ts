import { expect, it } from 'vitest';
import type { Market } from '../../domain/market/market.ts';
import { decimal } from '../../domain/money.ts';
import type { Fill } from '../../domain/order/order.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import { inOurCodes } from './currencyCodes.ts';
import { loadExchangeClass } from './loadCcxt.ts';
import type { VenueApi } from './venueApi.ts';

const fill: Fill = {
  ...{ venueTradeId: '1', quantity: decimal('1'), price: decimal('3'), liquidity: 'taker', executedAt: 1 },
  ...{ fee: decimal('0.001'), feeAsset: 'TONCOIN' },
};
const report: OrderReport = {
  ...{ clientOrderId: 'ours', venueOrderId: '1', symbol: 'TON/USDT', status: 'filled', code: null },
  ...{ filledQuantity: decimal('1'), fills: [fill], fillsComplete: true },
};
const trade = { ...fill, venueOrderId: '1', clientOrderId: null, symbol: 'TON/USDT', side: 'buy' } as const;
const named = (asset: string) => ({ asset, free: decimal('1'), total: decimal('1') });

it('what a venue has a name of its own for goes by the name that its market has', async () => {
  const exchange = new (await loadExchangeClass('bitget'))({});
  const api = inOurCodes(exchange, {
    place: async () => report,
    cancel: async () => report,
    find: async () => report,
    balances: async () => [named('TONCOIN'), named('USDT')],
    trades: async () => [trade],
  } as unknown as VenueApi);
  const market = {} as Market;
  const ref = { clientOrderId: 'ours', venueOrderId: '1', symbol: 'TON/USDT' };
  expect((await api.balances()).map(({ asset }) => asset)).toEqual(['TON', 'USDT']);
  for (const told of [await api.find(ref, market), await api.cancel(ref, market), await api.place({} as never, market)])
    expect(told.fills.map(({ feeAsset }) => feeAsset)).toEqual(['TON']);
  expect((await api.trades?.(market, 0))?.map(({ feeAsset }) => feeAsset)).toEqual(['TON']);
  expect(api.openOrders).toBeUndefined();
});
