import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApi } from './apiServer.ts';

interface Shown {
  readonly role: string;
  readonly status: string;
  readonly quantity: string;
}

/** On spot a bracket holds all there is to sell, so part of a position can be sold only when the bracket gives way. */
describe('a part of a bracketed spot position', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApi();
    await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper', settings: { takerFee: '0' } });
  });
  afterAll(() => api.close());

  const order = (alert: Record<string, unknown>) => api.call('POST', '/api/v1/orders', { account: 'main', ...alert });
  const bracket = async (symbol: string): Promise<string[]> => {
    const { body } = await api.call('GET', `/api/v1/orders?open=true&limit=50&symbol=${encodeURIComponent(symbol)}`);
    return (body.items as Shown[]).map(({ role, quantity }) => `${role} ${quantity}`).sort();
  };

  it('is sold, and what is left keeps a bracket of its own size', async () => {
    const entry = { action: 'buy', symbol: 'ETHUSDT', quantity: '0.1', takeProfit: '5%', stopLoss: '5%' };
    expect((await order(entry)).body).toMatchObject({ status: 'filled' });
    expect(await bracket('ETH/USDT')).toEqual(['stop_loss 0.1', 'take_profit 0.1']);
    expect((await order({ action: 'close', symbol: 'ETHUSDT', quantity: '50%' })).body).toMatchObject({
      status: 'filled',
      quantity: '0.05',
    });
    expect(await bracket('ETH/USDT')).toEqual(['stop_loss 0.05', 'take_profit 0.05']);
    expect((await order({ action: 'target', symbol: 'ETHUSDT', position: '0.02' })).body).toMatchObject({
      status: 'filled',
      quantity: '0.03',
    });
    expect(await bracket('ETH/USDT')).toEqual(['stop_loss 0.02', 'take_profit 0.02']);
  });

  it('keeps its whole bracket when the exit comes to nothing', async () => {
    const entry = { action: 'buy', symbol: 'SOLUSDT', quantity: '2', takeProfit: '5%', stopLoss: '5%' };
    expect((await order(entry)).body).toMatchObject({ status: 'filled' });
    const never = { action: 'close', symbol: 'SOLUSDT', quantity: '50%', type: 'limit', price: '9999', timeInForce: 'IOC' };
    expect((await order(never)).body).toMatchObject({ status: 'expired', filledQuantity: '0' });
    expect(await bracket('SOL/USDT')).toEqual(['stop_loss 2', 'take_profit 2']);
  });
});
