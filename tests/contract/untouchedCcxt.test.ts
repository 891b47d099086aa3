import { expect, it } from 'vitest';
import { loadExchangeClass } from '../../src/exchange/ccxt/loadCcxt.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import { BITGET_SPOT, COINBASE_SPOT, OKX_SPOT, OKX_SWAP } from '../helpers/venue/kinds.ts';

type Call = (method: string, ...given: unknown[]) => Promise<unknown>;

/** ccxt as it comes, with nothing of ours but where it goes. */
async function untouched(kind: VenueKind, options: object): Promise<{ call: Call; close: () => Promise<void> }> {
  const server = await kind.start();
  const Exchange = (await loadExchangeClass(kind.account.venue)) as unknown as new (
    options: object,
  ) => Record<string, (...given: unknown[]) => Promise<unknown>>;
  const exchange = new Exchange({ ...server.credentials, enableRateLimit: false, options });
  Object.assign(exchange, {
    fetchImplementation: (url: string, init: RequestInit) => fetch(url.replace(/^https:\/\/[^/]+/, server.origin), init),
  });
  Object.assign(exchange.has ?? {}, { fetchCurrencies: false });
  const call: Call = (method, ...given) => {
    const run = exchange[method];
    if (!run) throw new Error(`ccxt has no ${method}`);
    return run.apply(exchange, given);
  };
  return { call, close: () => server.close() };
}

it('the protocol server is Bitget to an untouched ccxt, unified account looked for and all', async () => {
  const { call, close } = await untouched(BITGET_SPOT, { defaultType: 'spot', fetchMarkets: { types: ['spot'] } });
  await call('loadMarkets');
  const bought = (await call('createOrder', 'BTC/USDT', 'market', 'buy', 0, undefined, { cost: 500 })) as { id: string };
  expect(await call('fetchOrder', bought.id, 'BTC/USDT')).toMatchObject({ status: 'closed', filled: 0.01 });
  const limit = (await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60000, { clientOrderId: 'mine' })) as { id: string };
  expect(await call('fetchOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'open', clientOrderId: 'mine' });
  expect(await call('fetchOpenOrders', 'BTC/USDT')).toHaveLength(1);
  await call('cancelOrder', limit.id, 'BTC/USDT');
  expect(await call('fetchOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'canceled' });
  expect(await call('fetchMyTrades', 'BTC/USDT')).toHaveLength(1);
  expect(await call('fetchBalance')).toMatchObject({ BTC: { free: 1000.00999 } });
  await expect(call('createOrder', 'BTC/USDT', 'limit', 'buy', 10000, 40000)).rejects.toMatchObject({ name: 'InsufficientFunds' });
  await close();
});

it('the protocol server is Coinbase to an untouched ccxt, tokens and all', async () => {
  const { call, close } = await untouched(COINBASE_SPOT, { fetchBalance: 'v3PrivateGetBrokerageAccounts' });
  await call('loadMarkets');
  const bought = (await call('createOrder', 'BTC/USD', 'market', 'buy', 0, undefined, { cost: 500 })) as { id: string };
  expect(await call('fetchOrder', bought.id, 'BTC/USD')).toMatchObject({ status: 'closed', filled: 0.01 });
  const limit = (await call('createOrder', 'BTC/USD', 'limit', 'sell', 0.01, 60000, { client_order_id: 'mine' })) as { id: string };
  expect(await call('fetchOrder', limit.id, 'BTC/USD')).toMatchObject({ status: 'open', clientOrderId: 'mine' });
  expect(await call('fetchOrders', 'BTC/USD')).toHaveLength(2);
  await call('cancelOrder', limit.id, 'BTC/USD');
  expect(await call('fetchOrder', limit.id, 'BTC/USD')).toMatchObject({ status: 'canceled' });
  expect(await call('fetchMyTrades', 'BTC/USD')).toHaveLength(1);
  expect(await call('fetchBalance')).toMatchObject({ BTC: { free: 1000.01 } });
  await expect(call('createOrder', 'BTC/USD', 'limit', 'buy', 10000, 40000)).rejects.toThrow('INSUFFICIENT_FUND');
  await close();
});

it('the protocol server is OKX to an untouched ccxt, algo orders and all', async () => {
  const { call, close } = await untouched(OKX_SPOT, { fetchMarkets: { types: ['spot'] }, createMarketBuyOrderRequiresPrice: false });
  await call('loadMarkets');
  const bought = (await call('createOrder', 'BTC/USDT', 'market', 'buy', 0.01, undefined, { tgtCcy: 'base_ccy', clOrdId: 'his' })) as {
    id: string;
  };
  expect(await call('fetchOrder', bought.id, 'BTC/USDT')).toMatchObject({ status: 'closed', filled: 0.01, clientOrderId: 'his' });
  const limit = (await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60000, { clOrdId: 'mine' })) as { id: string };
  expect(await call('fetchOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'open', clientOrderId: 'mine' });
  expect(await call('fetchOpenOrders', 'BTC/USDT')).toHaveLength(1);
  await call('cancelOrder', limit.id, 'BTC/USDT');
  expect(await call('fetchOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'canceled' });
  expect(await call('fetchClosedOrders', 'BTC/USDT')).not.toHaveLength(0);
  expect(await call('fetchMyTrades', 'BTC/USDT')).toHaveLength(1);
  expect(await call('fetchBalance')).toMatchObject({ BTC: { free: 1000.00999 } });
  await expect(call('createOrder', 'BTC/USDT', 'limit', 'buy', 10000, 40000)).rejects.toMatchObject({ name: 'InsufficientFunds' });
  await close();
});

it('and its swaps are counted in contracts', async () => {
  const { call, close } = await untouched(OKX_SWAP, { fetchMarkets: { types: ['swap'] }, defaultType: 'swap' });
  await call('loadMarkets');
  await call('setLeverage', 10, 'BTC/USDT:USDT', { marginMode: 'cross' });
  const bought = (await call('createOrder', 'BTC/USDT:USDT', 'market', 'buy', 2, undefined, { clOrdId: 'mine' })) as { id: string };
  expect(await call('fetchOrder', bought.id, 'BTC/USDT:USDT')).toMatchObject({ status: 'closed', filled: 2 });
  expect(await call('fetchPositions')).toMatchObject([{ symbol: 'BTC/USDT:USDT', side: 'long', contracts: 2, leverage: 10 }]);
  const close2 = (await call('createOrder', 'BTC/USDT:USDT', 'market', 'sell', 2, undefined, { reduceOnly: true, clOrdId: 'his' })) as {
    id: string;
  };
  expect(await call('fetchOrder', close2.id, 'BTC/USDT:USDT')).toMatchObject({ status: 'closed', side: 'sell' });
  expect(await call('fetchPositions')).toEqual([]);
  await close();
});
