import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type CcxtStream, loadStreamClass, surviveLosses } from '../../src/exchange/ccxt/loadCcxt.ts';
import { krakenClient } from '../helpers/kraken/krakenClient.ts';
import { type KrakenServer, startKrakenServer } from '../helpers/kraken/krakenServer.ts';
import { until } from '../helpers/until.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever is said; a test says what it expects of it.
type Said = any;

let server: KrakenServer;
let client: ReturnType<typeof krakenClient>;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  server = await startKrakenServer();
  client = krakenClient(server);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
});

/** A connection, what it was told, and how to talk back. */
async function connect(): Promise<{
  heard: Said[];
  say: (message: object) => void;
  told: (what: string, that: (said: Said) => boolean) => Promise<Said>;
}> {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/v2`);
  sockets.push(socket);
  const heard: Said[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  socket.on('error', () => undefined);
  await until(() => socket.readyState === WebSocket.OPEN, { what: 'the connection' });
  const told = (what: string, that: (said: Said) => boolean): Promise<Said> =>
    until(() => heard.find(that), { what: `${what}; heard ${JSON.stringify(heard)}` });
  return { heard, say: (message) => socket.send(JSON.stringify(message)), told };
}

const token = async (): Promise<string> => String((await client.privately('GetWebSocketsToken')).result.token);
const LIMIT = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: '0.01', price: '40000.0', cl_ord_id: 'mine' };
const executions = (heard: readonly Said[]): Said[] => heard.filter(({ channel, type }) => channel === 'executions' && type === 'update');

it('orders are told from their beginning to their end, each step by itself', async () => {
  const { heard, say, told } = await connect();
  await told('the status', ({ channel }) => channel === 'status');
  say({ method: 'ping', req_id: 7 });
  await told('a pong', ({ method, req_id }) => method === 'pong' && req_id === 7);
  say({ method: 'subscribe', params: { channel: 'executions', token: await token() }, req_id: 1 });
  expect(await told('an answer', ({ method }) => method === 'subscribe')).toMatchObject({ success: true, req_id: 1 });
  expect(await told('a snapshot', ({ type }) => type === 'snapshot')).toMatchObject({ channel: 'executions', data: [], sequence: 1 });

  const { txid } = (await client.privately('AddOrder', LIMIT)).result;
  const [resting] = server.book.openOrders();
  if (!resting) throw new Error('it does not rest');
  server.book.fillPart(resting, '0.004');
  await client.privately('AmendOrder', { txid: txid[0], limit_price: '41000' });
  server.book.setPrice('XXBTZUSD', '40500');
  await told('the end', ({ data }) => data?.[0]?.exec_type === 'filled');
  expect(executions(heard).map(({ data, sequence }) => [data[0].exec_type, data[0].order_status, sequence])).toEqual([
    ['pending_new', 'pending_new', 2],
    ['new', 'new', 3],
    ['trade', 'partially_filled', 4],
    ['amended', 'partially_filled', 5],
    ['trade', 'partially_filled', 6],
    ['filled', 'filled', 7],
  ]);
  for (const { data } of executions(heard)) expect(data[0]).toMatchObject({ order_id: txid[0], cl_ord_id: 'mine' });
  const [, , first, , second, end] = executions(heard).map(({ data }) => data[0]);
  expect(first).toMatchObject({ symbol: 'BTC/USD', last_qty: 0.004, last_price: 40000, cum_qty: 0.004, liquidity_ind: 'm' });
  expect(second).toMatchObject({ cum_qty: 0.01, last_price: 41000, fees: [{ asset: 'USD', qty: 0.615 }] });
  expect(end).toMatchObject({ cum_qty: 0.01, avg_price: 40600 });
  expect(end.symbol).toBeUndefined();
  await told('a heartbeat', ({ channel }) => channel === 'heartbeat');
});

it('who comes later is shown what rests, and then how it is triggered or canceled', async () => {
  await client.privately('AddOrder', LIMIT);
  await client.privately('AddOrder', { ...LIMIT, type: 'sell', ordertype: 'stop-loss', price: '45000', cl_ord_id: 'stop' });
  const { heard, say, told } = await connect();
  say({ method: 'subscribe', params: { channel: 'executions', token: await token(), snap_trades: true } });
  const { data } = await told('a snapshot', ({ type }) => type === 'snapshot');
  expect(data).toMatchObject([
    { exec_type: 'new', order_status: 'new', cl_ord_id: 'mine', limit_price: 40000, symbol: 'BTC/USD' },
    { exec_type: 'pending_new', cl_ord_id: 'stop', triggers: { status: 'untriggered', price: 45000, reference: 'last' } },
  ]);
  await client.privately('CancelOrder', { cl_ord_id: 'mine' });
  server.book.setPrice('XXBTZUSD', '45000');
  await told('the end', ({ data: [said] = [] }) => said?.exec_type === 'filled');
  expect(executions(heard).map(({ data: [said] }) => [said.cl_ord_id, said.exec_type, said.reason])).toEqual([
    ['mine', 'canceled', 'User requested'],
    ['stop', 'status', undefined],
    ['stop', 'new', undefined],
    ['stop', 'trade', undefined],
    ['stop', 'filled', undefined],
  ]);
});

it('an order that reaches its time is told of, though nobody asks', async () => {
  const { say, told } = await connect();
  say({ method: 'subscribe', params: { channel: 'executions', token: await token(), order_status: false } });
  await told('an answer', ({ method }) => method === 'subscribe');
  await client.privately('AddOrder', { ...LIMIT, timeinforce: 'GTD', expiretm: String(Math.floor(Date.now() / 1000) + 2) });
  const [report] = (await told('the end', ({ data: [said] = [] }) => said?.exec_type === 'expired')).data;
  expect(report).toMatchObject({ order_status: 'expired', cl_ord_id: 'mine', cum_qty: 0 });
});

it('balances are shown, and how trades change them', async () => {
  const { say, told } = await connect();
  say({ method: 'subscribe', params: { channel: 'balances', token: await token() } });
  const { data } = await told('a snapshot', ({ type }) => type === 'snapshot');
  expect(data).toContainEqual({
    ...{ asset: 'BTC', asset_class: 'currency', balance: 1000, wallets: [{ type: 'spot', id: 'main', balance: 1000 }] },
  });
  await client.privately('AddOrder', { ...LIMIT, ordertype: 'market' });
  expect(await told('a change', ({ type, channel }) => channel === 'balances' && type === 'update')).toMatchObject({
    data: [
      { asset: 'USD', amount: -500, fee: 2, balance: 99_999_498 },
      { asset: 'BTC', amount: 0.01, fee: 0, balance: 1000.01 },
    ],
  });
});

it('nobody is told anything without a token that is good', async () => {
  const { say, told } = await connect();
  const subscribe = (word: string, req_id: number): void =>
    say({ method: 'subscribe', params: { channel: 'executions', token: word }, req_id });
  const old = await token();
  server.setClockOffset(901_000);
  subscribe(old, 1);
  expect(await told('a refusal', ({ req_id }) => req_id === 1)).toMatchObject({ success: false, error: 'ESession:Invalid session' });
  subscribe(await token(), 2);
  expect(await told('an answer', ({ req_id }) => req_id === 2)).toMatchObject({ success: true });
  subscribe(await token(), 3);
  expect(await told('a refusal', ({ req_id }) => req_id === 3)).toMatchObject({ error: 'Already subscribed' });
  server.account.permissions = ['modify-trades'];
  expect((await client.privately('GetWebSocketsToken')).error).toEqual(['EGeneral:Permission denied']);
});

it('ccxt watches orders, trades and balances, and hears of a cut', async () => {
  server.account.nonceWindow = 1e16; // Two clients number what they send with one key.
  const Stream = await loadStreamClass('kraken');
  const stream = new Stream({ ...server.credentials, enableRateLimit: false }) as CcxtStream &
    Record<'watchMyTrades' | 'watchBalance', () => Promise<Said>>;
  Object.assign(stream, {
    fetchImplementation: (url: string, init: RequestInit) => fetch(url.replace('https://api.kraken.com', server.origin), init),
  });
  const { ws } = stream.urls.api as { ws: Record<string, string> };
  ws.privateV2 = `${server.origin.replace('http', 'ws')}/v2`;
  await stream.loadHttpProxyAgent();
  surviveLosses(stream);

  await client.privately('AddOrder', LIMIT);
  expect(await stream.watchOrders()).toMatchObject([{ symbol: 'BTC/USD', status: 'open', amount: 0.01, side: 'buy', price: 40000 }]);
  const [canceled, traded] = [stream.watchOrders(), stream.watchMyTrades()];
  await client.privately('CancelOrder', { cl_ord_id: 'mine' });
  expect(await canceled).toContainEqual(expect.objectContaining({ status: 'canceled' }));
  await client.privately('AddOrder', { pair: 'XBTUSDT', type: 'buy', ordertype: 'market', volume: '0.01' });
  expect(await traded).toMatchObject([{ symbol: 'BTC/USDT', amount: 0.01, takerOrMaker: 'taker', fee: { cost: 2, currency: 'USDT' } }]);
  expect(await stream.watchBalance()).toMatchObject({ BTC: { total: 1000.01 } });
  const lost = stream.watchOrders();
  server.streams.drop();
  await expect(lost).rejects.toThrow();
  await stream.close();
});
