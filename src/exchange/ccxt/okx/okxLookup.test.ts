import { describe, expect, it } from 'vitest';
import type { Market } from '../../../domain/market/market.ts';
import { decimal } from '../../../domain/money.ts';
import type { OkxExchange } from './okxExchange.ts';
import { findOrder } from './okxLookup.ts';

const NOW = 1_700_000_000_000;
const market: Market = {
  symbol: 'BTC/USDT:USDT',
  venueSymbol: 'BTC-USDT-SWAP',
  type: 'swap',
  base: 'BTC',
  quote: 'USDT',
  tickSize: decimal('0.1'),
  stepSize: decimal('0.0001'),
  contractSize: decimal('0.01'),
  minQuantity: decimal('0.0001'),
  minNotional: decimal('0'),
};
const answer = (...data: object[]) => ({ code: '0', msg: '', data });
const order = (ordId: string, state: string, accFillSz: string, more: object = {}) => ({
  ...{ ordId, clOrdId: '', state, ordType: 'market', side: 'sell', sz: '2', px: '', accFillSz, cTime: String(NOW), ...more },
});
const algo = (more: object) => ({
  ...{ algoId: '900', algoClOrdId: 'ours', ordType: 'conditional', side: 'sell', sz: '4', cTime: String(NOW), uTime: String(NOW), ...more },
});

/** Answers as OKX documents them, to what a look-up asks. */
function venue(stop: object, orders: readonly ReturnType<typeof order>[]): OkxExchange {
  const fillOf = ({ ordId, accFillSz }: ReturnType<typeof order>) => ({
    ...{ ordId, billId: `b${ordId}`, tradeId: `t${ordId}`, side: 'sell', fillPx: '50000', fillSz: accFillSz },
    ...{ fee: '-0.1', feeCcy: 'USDT', execType: 'T', ts: String(NOW) },
  });
  const known = ({ ordId }: Record<string, unknown>) => orders.find((one) => one.ordId === ordId);
  return {
    nonce: () => NOW + 60_000,
    privateGetTradeOrderAlgo: async () => answer(stop),
    privateGetTradeOrder: async (params: Record<string, unknown>) => {
      const found = known(params);
      return found ? answer(found) : { code: '51603', msg: 'Order does not exist', data: [] };
    },
    privateGetTradeFills: async (params: Record<string, unknown>) => {
      const found = known(params);
      return answer(...(found && found.accFillSz !== '0' ? [fillOf(found)] : []));
    },
  } as unknown as OkxExchange;
}

const find = (exchange: OkxExchange) =>
  findOrder(exchange, { clientOrderId: 'ours', venueOrderId: '900', symbol: market.symbol, type: 'stop' }, market);
const effective = { state: 'effective', ordId: '2', ordIdList: ['1', '2'] };

describe('what an algo order became', () => {
  it('is one order to us, however many OKX made of it', async () => {
    const report = await find(venue(algo(effective), [order('1', 'filled', '2'), order('2', 'filled', '2')]));
    expect(report).toMatchObject({ venueOrderId: '900', clientOrderId: 'ours', status: 'filled', fillsComplete: true, code: null });
    expect([report.filledQuantity.toFixed(), report.fills.map(({ quantity }) => quantity.toFixed())]).toEqual(['0.04', ['0.02', '0.02']]);
  });

  it('is under way as long as one of them is', async () => {
    const report = await find(venue(algo(effective), [order('1', 'filled', '2'), order('2', 'live', '0')]));
    expect([report.status, report.filledQuantity.toFixed()]).toEqual(['partially_filled', '0.02']);
    expect((await find(venue(algo(effective), [order('1', 'live', '0'), order('2', 'live', '0')]))).status).toBe('open');
  });

  it('was less than asked for where money was short: that is no filled order', async () => {
    const report = await find(venue(algo({ ...effective, ordIdList: ['1'], ordId: '1' }), [order('1', 'filled', '2')]));
    expect(report).toMatchObject({ status: 'canceled', code: 'VENUE_INSUFFICIENT_FUNDS', fillsComplete: true });
    expect(report.filledQuantity.toFixed()).toBe('0.02');
  });

  it('ended for the reason of the part that did not fill', async () => {
    const report = await find(venue(algo(effective), [order('1', 'filled', '2'), order('2', 'canceled', '0')]));
    expect(report).toMatchObject({ status: 'canceled', code: 'VENUE_NO_LIQUIDITY' });
  });

  it.each([
    ['51008', 'VENUE_INSUFFICIENT_FUNDS'],
    ['51006', 'VENUE_REJECTED'],
    ['51016', 'VENUE_REJECTED'],
    ['', 'VENUE_REJECTED'],
  ])('is nothing when it failed to trigger (%s)', async (failCode, code) => {
    expect(await find(venue(algo({ state: 'order_failed', failCode }), []))).toMatchObject({ status: 'rejected', code, fills: [] });
  });

  it('is not known the moment it was triggered, and is forgotten two hours after it was canceled unfilled', async () => {
    expect((await find(venue(algo(effective), []))).status).toBe('open');
    expect((await find(venue(algo({ state: 'effective', ordId: '', ordIdList: [] }), []))).status).toBe('open');
    const long = { ...effective, uTime: String(NOW - 3 * 3_600_000) };
    expect(await find(venue(algo(long), []))).toMatchObject({ status: 'canceled', code: 'VENUE_CANCELED' });
  });

  it('a state nobody has documented is no answer', async () => {
    await expect(find(venue(algo({ state: 'thinking' }), []))).rejects.toMatchObject({ name: 'BrokenReplyError' });
  });
});
