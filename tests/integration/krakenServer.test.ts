import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExchangeClass } from '../../src/exchange/ccxt/loadCcxt.ts';
import { krakenClient } from '../helpers/kraken/krakenClient.ts';
import { type KrakenServer, startKrakenServer } from '../helpers/kraken/krakenServer.ts';

let server: KrakenServer;
let client: ReturnType<typeof krakenClient>;

beforeEach(async () => {
  server = await startKrakenServer();
  client = krakenClient(server);
});
afterEach(() => server.close());

type Terms = Readonly<Record<string, string>>;
const LIMIT: Terms = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: '0.01', price: '40000.0' };
const MARKET: Terms = { pair: 'XBTUSD', type: 'buy', ordertype: 'market', volume: '0.01' };
const add = (terms: Terms) => client.privately('AddOrder', terms);
const place = async (terms: Terms): Promise<string> => {
  const { error, result } = await add(terms);
  expect(error).toEqual([]);
  return String(result.txid[0]);
};
const refusal = async (terms: Terms): Promise<string | undefined> => (await add(terms)).error[0];
const ask = async (txid: string, more: Terms = {}) => (await client.privately('QueryOrders', { txid, ...more })).result[txid];

describe('to an untouched ccxt the protocol server is Kraken', () => {
  type Call = (method: string, ...given: unknown[]) => Promise<unknown>;

  const open = async (): Promise<Call> => {
    const Exchange = await loadExchangeClass('kraken');
    const exchange = new Exchange({ ...server.credentials, enableRateLimit: false });
    let nonce = Date.now();
    Object.assign(exchange, {
      nonce: () => ++nonce,
      fetchImplementation: (url: string, init: RequestInit) => fetch(url.replace('https://api.kraken.com', server.origin), init),
    });
    const methods = exchange as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    return (method, ...given) => {
      const run = methods[method];
      if (!run) throw new Error(`ccxt has no ${method}`);
      return run.apply(exchange, given);
    };
  };

  it('that lists markets, trades, is asked about orders, and pays fees', async () => {
    const call = await open();
    expect(await call('loadMarkets')).toMatchObject({
      'BTC/USD': { id: 'XXBTZUSD', taker: 0.004, maker: 0.0025, precision: { price: 0.1, amount: 1e-8 }, limits: { cost: { min: 0.5 } } },
      'BTC/USDT': { id: 'XBTUSDT', limits: { amount: { min: 0.00005 } } },
      'DOGE/USD': { id: 'XDGUSD' },
    });
    const bought = (await call('createOrder', 'BTC/USD', 'market', 'buy', 0.01)) as { id: string };
    expect(await call('fetchOrder', bought.id)).toMatchObject({
      ...{ status: 'closed', filled: 0.01, symbol: 'BTC/USD', average: 50000, fee: { cost: '2.00000', currency: 'USD' } },
    });
    expect(await call('fetchMyTrades', 'BTC/USD')).toMatchObject([{ order: bought.id, amount: 0.01, price: 50000, takerOrMaker: 'taker' }]);
    expect(await call('fetchBalance')).toMatchObject({ BTC: { free: 1000.01 }, USD: { free: 99_999_498 }, USDT: { used: 0 } });
    await expect(call('createOrder', 'BTC/USD', 'limit', 'buy', 10_000, 40_000)).rejects.toMatchObject({ name: 'InsufficientFunds' });
  });

  it('that keeps orders under their client ids, open, closed and canceled', async () => {
    const call = await open();
    const clientOrderId = 'c0ffee00c0ffee00c0ffee00c0ffee00';
    const limit = (await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60_000, { clientOrderId, postOnly: true })) as {
      id: string;
    };
    expect(await call('fetchOpenOrders', 'BTC/USDT', undefined, undefined, { clientOrderId })).toMatchObject([
      { id: limit.id, clientOrderId, status: 'open', price: 60_000, postOnly: true, side: 'sell' },
    ]);
    await expect(call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60_000, { clientOrderId })).rejects.toThrow('cl_ord_id not unique');
    await call('cancelOrder', limit.id);
    await expect(call('cancelOrder', limit.id)).rejects.toMatchObject({ name: 'OrderNotFound' });
    expect(await call('fetchClosedOrders', 'BTC/USDT', undefined, undefined, { clientOrderId })).toMatchObject([{ status: 'canceled' }]);
    expect(await call('fetchOpenOrders')).toEqual([]);
  });

  it('that knows stops, trailing stops, and amounts of money', async () => {
    const call = await open();
    const stop = (await call('createOrder', 'BTC/USD', 'limit', 'sell', 0.01, 44_000, { stopLossPrice: 45_000 })) as { id: string };
    expect(await call('fetchOrder', stop.id)).toMatchObject({ status: 'open', stopLossPrice: 45_000, price: 44_000, type: 'limit' });
    const trailing = (await call('createOrder', 'BTC/USD', 'market', 'sell', 0.01, undefined, { trailingPercent: 5 })) as { id: string };
    const paid = (await call('createMarketBuyOrderWithCost', 'BTC/USD', 500)) as { id: string };
    expect(await call('fetchOrder', paid.id)).toMatchObject({ status: 'closed', filled: 0.01, info: { oflags: 'fciq,viqc' } });
    server.book.setPrice('XXBTZUSD', '60000');
    server.book.setPrice('XXBTZUSD', '57001');
    expect(await call('fetchOrder', trailing.id)).toMatchObject({ status: 'open' });
    server.book.setPrice('XXBTZUSD', '57000');
    expect(await call('fetchOrder', trailing.id)).toMatchObject({ status: 'closed', average: 57_000 });
    server.book.setPrice('XXBTZUSD', '45000');
    expect(await call('fetchOrder', stop.id)).toMatchObject({ status: 'closed', average: 45_000 });
  });

  it('that is quoted, drawn and read as a book', async () => {
    const call = await open();
    expect(await call('fetchTicker', 'BTC/USD')).toMatchObject({ last: 50_000, bid: 50_000 });
    expect(await call('fetchOrderBook', 'BTC/USD', 1)).toMatchObject({
      ...{ bids: [[49_999, 3, expect.any(Number)]], asks: [[50_001, 3, expect.any(Number)]] },
    });
    expect(await call('fetchOHLCV', 'BTC/USD', '1h', Date.now() - 7_200_000)).toHaveLength(2);
    expect(await call('fetchStatus')).toMatchObject({ status: 'ok' });
    expect(Math.abs(Number(await call('fetchTime')) - Date.now())).toBeLessThan(2_000);
    expect(await call('fetchTradingFee', 'BTC/USD')).toMatchObject({ taker: 0.004, maker: 0.0025 });
  });
});

describe('keys of Kraken', () => {
  it('sign, and number what they sign upwards', async () => {
    expect(await client.privately('Balance', {}, '5000')).toMatchObject({ error: [], result: { ZUSD: '100000000.0000' } });
    for (const nonce of ['5000', '4999']) expect(await client.privately('Balance', {}, nonce)).toEqual({ error: ['EAPI:Invalid nonce'] });
    server.account.nonceWindow = 10;
    expect((await client.privately('Balance', {}, '4995')).error).toEqual([]);
    expect((await client.privately('Balance', {}, '4995')).error).toEqual(['EAPI:Invalid nonce']);
    const stranger = krakenClient({ ...server, credentials: { ...server.credentials, apiKey: 'nobody' } });
    expect((await stranger.privately('Balance')).error).toEqual(['EAPI:Invalid key']);
    const forger = krakenClient({ ...server, credentials: { ...server.credentials, secret: 'bm90LXRoZS1zZWNyZXQ=' } });
    expect((await forger.privately('Balance')).error).toEqual(['EAPI:Invalid signature']);
  });

  it('may what they were given, and can be asked about it', async () => {
    expect((await client.privately('GetApiKeyInfo')).result).toMatchObject({ nonceWindow: 0, validUntil: '0', ipAllowlist: ['127.0.0.1'] });
    server.account.permissions = ['query-funds'];
    expect((await client.privately('GetApiKeyInfo')).result.permissions).toEqual(['query-funds']);
    expect(await refusal(MARKET)).toBe('EGeneral:Permission denied');
    expect((await client.privately('Balance')).error).toEqual([]);
    expect((await client.privately('Nonsense')).error).toEqual(['EGeneral:Unknown method']);
  });

  it('are counted where the server is told to', async () => {
    const counted = await startKrakenServer({ limits: { calls: { max: 2, fallsPerSecond: 0 }, orders: { max: 1, fallsPerSecond: 0 } } });
    const { privately } = krakenClient(counted);
    const refusals = async (method: string, terms: Terms = {}) => (await privately(method, terms)).error;
    expect([await refusals('TradesHistory'), await refusals('Balance')]).toEqual([[], ['EAPI:Rate limit exceeded']]);
    expect([await refusals('AddOrder', LIMIT), await refusals('AddOrder', LIMIT)]).toEqual([[], ['EOrder:Rate limit exceeded']]);
    await counted.close();
  });

  it('are locked out after too many that nobody knows, and find no room for more orders than are allowed', async () => {
    const strict = await startKrakenServer({ limits: { unknownKeys: 2, openOrders: 1 } });
    const { privately } = krakenClient(strict);
    const refusals = async (method: string, terms: Terms = {}) => (await privately(method, terms)).error;
    expect([await refusals('AddOrder', LIMIT), await refusals('AddOrder', LIMIT)]).toEqual([[], ['EOrder:Orders limit exceeded']]);
    const stranger = krakenClient({ ...strict, credentials: { ...strict.credentials, apiKey: 'nobody' } });
    for (const _ of [1, 2]) expect((await stranger.privately('Balance')).error).toEqual(['EAPI:Invalid key']);
    expect(await refusals('Balance')).toEqual(['EGeneral:Temporary lockout']);
    await strict.close();
  });

  it('may be warned beside their answer', async () => {
    server.warnNext('WGeneral:Danger');
    expect(await client.privately('Balance')).toMatchObject({ error: ['WGeneral:Danger'], result: { XXBT: '1000.0000000000' } });
    expect((await client.privately('Balance')).error).toEqual([]);
  });
});

describe('orders at Kraken', () => {
  it.each<[string, Terms, string]>([
    ['of a pair nobody knows', { ...LIMIT, pair: 'FOOBAR' }, 'EQuery:Unknown asset pair'],
    ['too small', { ...LIMIT, volume: '0.00001' }, 'EGeneral:Invalid arguments:volume minimum not met'],
    ['worth too little', { ...LIMIT, volume: '0.0001', price: '100' }, 'EOrder:Cost minimum not met'],
    [
      'with too many decimals',
      { ...LIMIT, price: '40000.05' },
      'EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.',
    ],
    ['with too fine a volume', { ...LIMIT, volume: '0.010000001' }, 'EGeneral:Invalid arguments:volume'],
    ['that cannot be paid', { ...LIMIT, volume: '3000' }, 'EOrder:Insufficient funds'],
    ['that cannot be paid with its fee', { ...MARKET, volume: '2000' }, 'EOrder:Insufficient funds'],
    ['without a price', { ...LIMIT, price: '' }, 'EGeneral:Invalid arguments:price'],
    ['of an unknown kind', { ...LIMIT, ordertype: 'oco' }, 'EGeneral:Invalid arguments:ordertype'],
    ['with an unknown life', { ...LIMIT, timeinforce: 'PO' }, 'EGeneral:Invalid arguments:timeinforce'],
    ['until a day that is not told', { ...LIMIT, timeinforce: 'GTD' }, 'EGeneral:Invalid arguments:expiretm'],
    ['of which only the price is passive', { ...MARKET, oflags: 'post' }, 'EGeneral:Invalid arguments:oflags'],
    ['that sell for money', { ...MARKET, type: 'sell', oflags: 'viqc' }, 'EGeneral:Invalid arguments:oflags'],
    ['that only reduce', { ...MARKET, reduce_only: 'true' }, 'EOrder:Reduce only:No position exists'],
    ['on margin', { ...MARKET, leverage: '2' }, 'EOrder:Cannot open position'],
    ['under a long name', { ...LIMIT, cl_ord_id: 'a-name-of-more-than-18' }, 'EGeneral:Invalid arguments:cl_ord_id'],
    ['under a loud name', { ...LIMIT, cl_ord_id: 'LOUD' }, 'EGeneral:Invalid arguments:cl_ord_id'],
    ['under two names', { ...LIMIT, cl_ord_id: 'mine', userref: '7' }, 'EGeneral:Invalid arguments'],
    ['that came too late', { ...LIMIT, deadline: '2021-04-01T00:18:45Z' }, 'EService:Deadline elapsed'],
    ['that may come very late', { ...LIMIT, deadline: '2921-04-01T00:18:45Z' }, 'EGeneral:Invalid arguments:deadline'],
  ])('%s are refused', async (_, terms, error) => {
    expect(await refusal(terms)).toBe(error);
    expect(server.book.orders).toEqual([]);
  });

  it('are found under a name as long as they are open, and again under it afterwards', async () => {
    const cl_ord_id = '6d1b345e-2821-40e2-ad83-4ecb18a06876';
    const first = await place({ ...LIMIT, pair: 'XXBTZUSD', cl_ord_id });
    expect(await refusal({ ...LIMIT, pair: 'ETHUSDT', price: '2000.00', cl_ord_id })).toBe(
      'EGeneral:Invalid arguments:cl_ord_id not unique',
    );
    expect(Object.keys((await client.privately('OpenOrders', { cl_ord_id })).result.open)).toEqual([first]);
    expect((await client.privately('CancelOrder', { cl_ord_id })).result).toEqual({ count: 1 });
    const second = await place({ ...MARKET, pair: 'XBT/USD', cl_ord_id });
    const { closed, count } = (await client.privately('ClosedOrders', { cl_ord_id })).result;
    expect([Object.keys(closed), count]).toEqual([[second, first], 2]);
    expect(closed[first]).toMatchObject({ status: 'canceled', reason: 'User requested', cl_ord_id });
    expect(closed[second]).toMatchObject({ status: 'closed', vol_exec: '0.01000000', cost: '500.00000', fee: '2.00000', price: '50000.0' });
  });

  it('are canceled once, and ids that never were are told from orders that are gone', async () => {
    const txid = await place({ ...LIMIT, userref: '77' });
    const cancel = async (params: Terms) => (await client.privately('CancelOrder', params)).error[0];
    expect([await cancel({ txid: '77' }), await cancel({ txid }), await cancel({ txid: 'OZZZZZ-ZZZZZ-ZZZZZZ' })]).toEqual([
      undefined,
      'EOrder:Unknown order',
      'EOrder:Invalid order',
    ]);
    expect(await cancel({ cl_ord_id: 'never' })).toBe('EOrder:Unknown order');
    await place(LIMIT);
    expect((await client.privately('CancelAll')).result).toEqual({ count: 1 });
  });

  it('may fill while their cancel waits', async () => {
    const [filled, canceled] = [await place(LIMIT), await place({ ...LIMIT, price: '30000' })];
    server.holdCancels(true);
    for (const txid of [filled, canceled])
      expect((await client.privately('CancelOrder', { txid })).result).toEqual({ count: 1, pending: true });
    expect(await ask(filled)).toMatchObject({ status: 'open' });
    server.book.setPrice('XXBTZUSD', '40000');
    server.holdCancels(false);
    expect([(await ask(filled)).status, (await ask(canceled)).status]).toEqual(['closed', 'canceled']);
  });

  it('fill in parts, at several prices, and only what is there', async () => {
    server.book.setLiquidity('XXBTZUSD', '0.004');
    const ioc = await place({ ...LIMIT, price: '51000', timeinforce: 'IOC' });
    expect(await ask(ioc)).toMatchObject({ status: 'canceled', vol_exec: '0.00400000', price: '50000.0' });
    expect(await ask(await place({ ...LIMIT, price: '51000', timeinforce: 'FOK' }))).toMatchObject({
      status: 'canceled',
      vol_exec: '0.00000000',
    });
    server.book.setLiquidity('XXBTZUSD', '0.006');
    const rests = await place({ ...LIMIT, price: '51000' });
    server.book.setLiquidity('XXBTZUSD', null);
    expect(await ask(rests)).toMatchObject({ status: 'open', vol_exec: '0.00600000', misc: 'partial' });
    server.book.setPrice('XXBTZUSD', '51000');
    const filled = await ask(rests, { trades: 'true' });
    expect(filled).toMatchObject({ status: 'closed', price: '50400.0', cost: '504.00000' });
    const trades = (await client.privately('QueryTrades', { txid: filled.trades.join(',') })).result;
    expect(filled.trades.map((id: string) => [trades[id].vol, trades[id].price, trades[id].fee, trades[id].maker])).toEqual([
      ['0.00600000', '50000.00000', '1.20000', false],
      ['0.00400000', '51000.00000', '0.51000', true],
    ]);
  });

  it('that would take are made and canceled when they may not, or refused where the server is told so', async () => {
    const txid = await place({ ...LIMIT, price: '51000', oflags: 'post' });
    expect(await ask(txid)).toMatchObject({ status: 'canceled', reason: 'Post only order', vol_exec: '0.00000000', oflags: 'fciq,post' });
    const strict = await startKrakenServer({ postOnly: 'refuse' });
    const { privately } = krakenClient(strict);
    expect((await privately('AddOrder', { ...LIMIT, price: '51000', oflags: 'post' })).error).toEqual(['EOrder:Post only order']);
    await strict.close();
  });

  it('wait for their trigger, and do not where it is past', async () => {
    const waiting = await place({ ...MARKET, type: 'sell', ordertype: 'stop-loss', price: '45000' });
    expect(await ask(waiting)).toMatchObject({ status: 'open', stopprice: '45000.0', misc: '', trigger: 'last' });
    expect((await ask(waiting)).descr).toMatchObject({ ordertype: 'stop-loss', order: 'sell 0.01000000 XBTUSD @ stop loss 45000.0' });
    const past = await place({ ...LIMIT, type: 'sell', ordertype: 'stop-loss-limit', price: '50100', price2: '49000' });
    expect(await ask(past)).toMatchObject({
      status: 'closed',
      price: '50000.0',
      descr: { ordertype: 'stop-loss-limit', price2: '49000.0' },
    });
    server.book.setPrice('XXBTZUSD', '45000');
    expect(await ask(waiting)).toMatchObject({ status: 'closed', misc: 'stopped' });
  });

  it('end at their time', async () => {
    const txid = await place({ ...LIMIT, timeinforce: 'GTD', expiretm: '+60' });
    expect(await ask(txid)).toMatchObject({ status: 'open' });
    server.setClockOffset(61_000);
    expect(await ask(txid)).toMatchObject({ status: 'expired', vol_exec: '0.00000000' });
  });

  it('are only looked at when validated', async () => {
    const { result } = await add({ ...LIMIT, validate: 'true' });
    expect(result).toEqual({ descr: { order: 'buy 0.01000000 XBTUSD @ limit 40000.0' } });
    expect(await refusal({ ...LIMIT, volume: '3000', validate: 'true' })).toBe('EOrder:Insufficient funds');
    expect(server.book.orders).toEqual([]);
  });

  it('are amended and stay themselves', async () => {
    const txid = await place(LIMIT);
    expect((await client.privately('AmendOrder', { txid, limit_price: '41000', order_qty: '0.02' })).error).toEqual([]);
    expect(await ask(txid)).toMatchObject({ status: 'open', vol: '0.02000000', misc: 'amended', descr: { price: '41000.0' } });
    expect((await client.privately('BalanceEx')).result.ZUSD).toEqual({ balance: '100000000.0000', hold_trade: '823.2800' });
    await client.privately('AmendOrder', { txid, limit_price: '50000' });
    expect(await ask(txid)).toMatchObject({ status: 'closed', vol_exec: '0.02000000' });
  });

  it('pay their fee in base when they say so, which the ledger tells', async () => {
    await place({ ...MARKET, oflags: 'fcib' });
    const { result } = await client.privately('Ledgers');
    expect(Object.values(result.ledger)).toMatchObject([
      { asset: 'XXBT', amount: '0.0100000000', fee: '0.0000400000', balance: '1000.0099600000' },
      { asset: 'ZUSD', amount: '-500.0000000000', fee: '0.0000000000', balance: '99999500.0000000000' },
    ]);
    await place(MARKET);
    const [, paid] = Object.values((await client.privately('Ledgers')).result.ledger) as unknown[];
    expect(paid).toMatchObject({ asset: 'ZUSD', fee: '2.0000000000', balance: '99998998.0000000000' });
    expect((await client.privately('Balance')).result).toMatchObject({ XXBT: '1000.0199600000', ZUSD: '99998998.0000' });
  });

  it('tell what else was sent with them, which is read over', async () => {
    await place({ ...LIMIT, clientOrderId: 'x', timeInForce: 'IOC' });
    expect(server.junk).toEqual(['AddOrder.clientOrderId', 'AddOrder.timeInForce']);
  });
});

describe('histories of Kraken', () => {
  it('come in pages of 50, and trades of one order as one unless asked otherwise', async () => {
    server.book.setFillSlices(60);
    await place({ ...MARKET, volume: '0.6' });
    const history = async (params: Terms) => (await client.privately('TradesHistory', params)).result;
    expect(await history({})).toMatchObject({ count: 1 });
    const [first, second] = [await history({ consolidate_taker: 'false' }), await history({ consolidate_taker: 'false', ofs: '50' })];
    expect([first.count, Object.keys(first.trades).length, Object.keys(second.trades).length]).toEqual([60, 50, 10]);
    expect(new Set([...Object.keys(first.trades), ...Object.keys(second.trades)]).size).toBe(60);
    const [only] = Object.values((await history({})).trades) as [{ vol: string }];
    expect(only.vol).toBe('0.60000000');
    expect(await history({ start: String(Date.now() / 1000 + 1) })).toEqual({ trades: {}, count: 0 });
  });

  it('lag behind when told to, and new orders can be out of sight', async () => {
    const txid = await place({ ...MARKET, cl_ord_id: 'mine' });
    server.lagHistory(1);
    const closed = async () => Object.keys((await client.privately('ClosedOrders', { cl_ord_id: 'mine' })).result.closed);
    expect([await closed(), await closed()]).toEqual([[], [txid]]);
    server.book.hideNewOrders(1);
    const hidden = await place({ ...MARKET, cl_ord_id: 'mine' });
    expect([await closed(), await closed()]).toEqual([[txid], [hidden, txid]]);
  });
});

describe('faults', () => {
  it('happen on the way, not in the books', async () => {
    server.fail({ kind: 'acceptThenDrop' }, { path: '/0/private/AddOrder', times: 1 });
    await expect(add(MARKET)).rejects.toThrow();
    expect(server.book.orders).toHaveLength(1);
    server.fail({ kind: 'rejectWith', code: 'EService', msg: 'Unavailable', status: 200 }, { times: 1 });
    expect(await add(MARKET)).toEqual({ error: ['EService:Unavailable'] });
    server.fail({ kind: 'slowDown', status: 429, retryAfterSec: 1 }, { times: 1 });
    expect(await add(MARKET)).toEqual({ error: ['EAPI:Rate limit exceeded'] });
    server.system.status = 'cancel_only';
    expect(await refusal(MARKET)).toBe('EService:Market in cancel_only mode');
    expect((await client.publicly('SystemStatus')).result).toMatchObject({ status: 'cancel_only' });
  });
});
