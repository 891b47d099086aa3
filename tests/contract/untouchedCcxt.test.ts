import { expect, it } from 'vitest';
import {
  BINANCE_HEDGED,
  BINANCE_SPOT,
  BINANCE_SWAP,
  BITGET_SPOT,
  BYBIT_HEDGED,
  BYBIT_SPOT,
  BYBIT_SWAP,
  COINBASE_SPOT,
  OKX_SPOT,
  OKX_SWAP,
} from '../helpers/venue/kinds.ts';
import { untouched } from '../helpers/venue/untouched.ts';

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

it('the protocol server is Binance to an untouched ccxt: spot', async () => {
  const { call, close } = await untouched(BINANCE_SPOT, { defaultType: 'spot', fetchMarkets: { types: ['spot'] } });
  await call('loadMarkets');
  const bought = (await call('createOrder', 'BTC/USDT', 'market', 'buy', 0.01)) as { id: string };
  expect(await call('fetchOrder', bought.id, 'BTC/USDT')).toMatchObject({ status: 'closed', filled: 0.01 });
  await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60000, { clientOrderId: 'mine' });
  await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 44000, { stopLossPrice: 45000, clientOrderId: 'waits' });
  const open = (await call('fetchOpenOrders', 'BTC/USDT')) as { clientOrderId: string }[];
  expect(open.map(({ clientOrderId }) => clientOrderId)).toEqual(['mine', 'waits']);
  await call('cancelAllOrders', 'BTC/USDT');
  expect(await call('fetchOpenOrders', 'BTC/USDT')).toEqual([]);
  expect(await call('fetchMyTrades', 'BTC/USDT', Date.now() - 60_000)).toHaveLength(1);
  await close();
});

it('the protocol server is Binance to an untouched ccxt: futures, in one-way mode', async () => {
  const { call, server, close } = await untouched(BINANCE_SWAP, { defaultType: 'swap', fetchMarkets: { types: ['linear'] } });
  const symbol = BINANCE_SWAP.symbol;
  await call('loadMarkets');
  await call('setLeverage', 10, symbol);
  await call('createOrder', symbol, 'market', 'sell', 0.02);
  expect(await call('fetchPositionMode', symbol)).toMatchObject({ hedged: false });
  const [position] = (await call('fetchPositionsRisk', [symbol])) as object[];
  expect(position).toMatchObject({ symbol, side: 'short', contracts: 0.02, entryPrice: 50000 });
  server.payFunding?.('0.0001');
  expect(await call('fetchFundingHistory', symbol)).toMatchObject([{ symbol, code: 'USDT', amount: 0.1 }]);
  await call('createOrder', symbol, 'limit', 'buy', 0.01, 40000, { clientOrderId: 'mine' });
  await call('createOrder', symbol, 'market', 'buy', 0.01, undefined, { stopLossPrice: 55000, clientOrderId: 'waits', reduceOnly: true });
  expect(await call('fetchOpenOrders', symbol)).toMatchObject([{ clientOrderId: 'mine', side: 'buy', price: 40000 }]);
  expect(await call('fetchOpenOrders', symbol, undefined, undefined, { trigger: true })).toMatchObject([{ triggerPrice: 55000 }]);
  expect(await call('fetchMyTrades', symbol, Date.now() - 60_000)).toHaveLength(1);
  await close();
});

it('the protocol server is Binance to an untouched ccxt: futures, in hedge mode', async () => {
  const { call, close } = await untouched(BINANCE_HEDGED, { defaultType: 'swap', fetchMarkets: { types: ['linear'] } });
  const symbol = BINANCE_HEDGED.symbol;
  await call('loadMarkets');
  await expect(call('createOrder', symbol, 'market', 'buy', 0.02)).rejects.toThrow('position side');
  await call('createOrder', symbol, 'market', 'buy', 0.02, undefined, { hedged: true });
  await call('createOrder', symbol, 'market', 'sell', 0.03, undefined, { hedged: true });
  await call('createOrder', symbol, 'market', 'sell', 0.01, undefined, { hedged: true, reduceOnly: true });
  expect(await call('fetchPositionMode', symbol)).toMatchObject({ hedged: true });
  const positions = (await call('fetchPositionsRisk', [symbol])) as { side: string; contracts: number }[];
  expect(positions.map(({ side, contracts }) => [side, contracts])).toEqual([
    ['long', 0.01],
    ['short', 0.03],
  ]);
  await close();
});

it('the protocol server is Bybit to an untouched ccxt: spot, unified account looked for and all', async () => {
  const { call, close } = await untouched(BYBIT_SPOT, { defaultType: 'spot', fetchMarkets: { types: ['spot'] } });
  const symbol = BYBIT_SPOT.symbol;
  const asked = { acknowledged: true };
  await call('loadMarkets');
  const bought = (await call('createOrder', symbol, 'market', 'buy', 0.01)) as { id: string };
  expect(await call('fetchOrder', bought.id, symbol, asked)).toMatchObject({ status: 'closed', filled: 0.01 });
  const byCost = (await call('createOrder', symbol, 'market', 'buy', 0, undefined, { cost: 500 })) as { id: string };
  expect(await call('fetchOrder', byCost.id, symbol, asked)).toMatchObject({ filled: 0.01 });
  const limit = (await call('createOrder', symbol, 'limit', 'sell', 0.01, 60000, { clientOrderId: 'mine' })) as { id: string };
  expect(await call('fetchOrder', limit.id, symbol, asked)).toMatchObject({ status: 'open', clientOrderId: 'mine' });
  await call('createOrder', symbol, 'limit', 'sell', 0.01, 44000, { stopLossPrice: 45000, clientOrderId: 'waits' });
  expect(await call('fetchOpenOrders', symbol)).toHaveLength(2);
  await call('cancelOrder', limit.id, symbol);
  await call('cancelOrder', undefined, symbol, { orderLinkId: 'waits', orderFilter: 'tpslOrder' });
  expect(await call('fetchOrder', limit.id, symbol, asked)).toMatchObject({ status: 'canceled' });
  expect(await call('fetchMyTrades', symbol)).toHaveLength(2);
  expect(await call('fetchBalance')).toMatchObject({ BTC: { total: 1000.01998 } });
  await expect(call('createOrder', symbol, 'limit', 'buy', 10000, 40000)).rejects.toMatchObject({ name: 'InsufficientFunds' });
  await close();
});

it.each([
  ['one-way', BYBIT_SWAP, {}],
  ['hedge', BYBIT_HEDGED, { hedged: true }],
] as const)('the protocol server is Bybit to an untouched ccxt: perpetuals, in %s mode', async (_, kind, mode) => {
  const { call, server, close } = await untouched(kind, { defaultType: 'swap', fetchMarkets: { types: ['linear'] } });
  const symbol = BYBIT_SWAP.symbol;
  await call('loadMarkets');
  await call('setLeverage', 10, symbol);
  await expect(call('setLeverage', 10, symbol)).rejects.toThrow('not modified');
  await call('createOrder', symbol, 'market', 'sell', 0.02, undefined, mode);
  expect(await call('fetchPositions')).toMatchObject([{ symbol, side: 'short', contracts: 0.02, entryPrice: 50000, leverage: 10 }]);
  server.payFunding?.('0.0001');
  await call('createOrder', symbol, 'limit', 'sell', 0.01, 60000, { ...mode, clientOrderId: 'mine' });
  await call('createOrder', symbol, 'market', 'buy', 0.01, undefined, {
    ...mode,
    reduceOnly: true,
    stopLossPrice: 55000,
    clientOrderId: 'waits',
  });
  const open = (await call('fetchOpenOrders', symbol)) as { clientOrderId: string }[];
  expect(open.map(({ clientOrderId }) => clientOrderId).toSorted()).toEqual(['mine', 'waits']);
  await call('createOrder', symbol, 'market', 'buy', 0.02, undefined, { ...mode, reduceOnly: true });
  expect(await call('fetchMyTrades', symbol, undefined, undefined, { execType: 'Trade' })).toHaveLength(2);
  await close();
});
