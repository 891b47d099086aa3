import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import { type Decimal, ZERO } from '../../src/domain/money.ts';
import { spotSymbol, startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { startBybitSwapServer } from '../helpers/bybit/bybitServer.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import type { BookOrder } from '../helpers/venue/bookTypes.ts';
import { BINANCE_SPOT, BYBIT_SWAP } from '../helpers/venue/kinds.ts';
import { startVenueInstances, type VenueInstances } from './venueInstances.ts';
import { type Alert, type Json, list, post } from './world.ts';

/** A market for each kind of order, so that prices are moved for one of them alone. */
const SYMBOLS = [
  spotSymbol('BTC', 'USDT', '50000'),
  spotSymbol('ETH', 'USDT', '2500', { stepSize: '0.01', minQty: '0.01' }),
  spotSymbol('SOL', 'USDT', '150', { stepSize: '0.01', minQty: '0.01' }),
  spotSymbol('XRP', 'USDT', '2', { stepSize: '1', minQty: '1' }),
];
const SPOT: VenueKind = { ...BINANCE_SPOT, start: (options) => startBinanceServer({ ...options, symbols: SYMBOLS }) };
const SWAP: VenueKind = { ...BYBIT_SWAP, start: (options) => startBybitSwapServer({ ...options, symbols: SYMBOLS }) };
const KINDS = [SPOT, SWAP];

const BOT_TOKEN = '123456:bot-token';

/** How long all of it may take on a busy machine: a TWAP of a minute is the shortest there is. */
const WITHIN_MS = 240_000;

interface Desk extends VenueInstances {
  readonly telegram: BotApiServer;
  readonly hooks: ReadonlyMap<VenueKind, string>;
}

/** For the running test: an account and a hook at each venue, all kept by one process. */
async function openDesk(): Promise<Desk> {
  const telegram = await startBotApiServer({ token: BOT_TOKEN, now: Date.now });
  onTestFinished(() => telegram.close());
  const venues = await startVenueInstances(KINDS, {
    TELEGRAM_TRADING_TOKEN: BOT_TOKEN,
    TELEGRAM_TRADING_CHAT_ID: '1001',
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_CHAT_INTERVAL_MS: '20',
    LEASE_TTL_MS: '2000',
  });
  onTestFinished(() => venues.close());
  onTestFailed(() => void process.stderr.write(`…${venues.instanceOf(SPOT).output().slice(-6_000)}\n`));
  const hooks = new Map<VenueKind, string>();
  for (const kind of KINDS) hooks.set(kind, await openHook(venues, kind));
  return { ...venues, telegram, hooks };
}

async function openHook(venues: VenueInstances, kind: VenueKind): Promise<string> {
  const name = `${kind.account.venue}-${kind.account.market}`;
  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await venues.instanceOf(kind).call('POST', path, body);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body;
  };
  await create('/api/v1/accounts', { name, ...kind.account, credentials: venues.serverOf(kind).credentials });
  const hook = await create('/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
  return `/hooks/${hook.key}`;
}

const booked = (desk: Desk, kind: VenueKind, symbol: string): BookOrder[] =>
  desk.serverOf(kind).book.orders.filter((order) => order.symbol === symbol);
const resting = (desk: Desk, kind: VenueKind, symbol: string): BookOrder[] => desk.serverOf(kind).book.openOrders(symbol);

/** Bought less sold. */
function traded(desk: Desk, kind: VenueKind, symbol: string): Decimal {
  const trades = desk.serverOf(kind).book.trades.filter((trade) => trade.symbol === symbol);
  return trades.reduce((sum, { side, qty }) => (side === 'BUY' ? sum.plus(qty) : sum.minus(qty)), ZERO);
}

interface Sent {
  readonly kind: VenueKind;
  readonly signalId: string;
}

async function alert(desk: Desk, kind: VenueKind, symbol: string, fields: Alert): Promise<Sent> {
  const answer = await post({ hookPath: desk.hooks.get(kind) ?? '' }, desk.instanceOf(kind), { symbol, ...fields });
  expect([answer.status, answer.text]).toEqual([202, expect.anything()]);
  return { kind, signalId: String(answer.body.signalId) };
}

function alertBoth(desk: Desk, symbol: string, fields: Alert): Promise<Sent[]> {
  return Promise.all(KINDS.map((kind) => alert(desk, kind, kind === SWAP ? `${symbol}.P` : symbol, fields)));
}

/** The order of an alert as the API tells it once it is as `status` says, and its slices. */
function once(desk: Desk, { kind, signalId }: Sent, status: string, timeoutMs = 15_000): Promise<{ order: Json; slices: Json[] }> {
  const look = async (): Promise<{ order: Json; slices: Json[] }> => {
    const orders = (await list(desk.instanceOf(kind), '/api/v1/orders')).filter((order) => order.signalId === signalId);
    const order = orders.find(({ sliceOf, parentId }) => sliceOf === null && parentId === null);
    if (order?.status !== status) throw new Error(`it is ${JSON.stringify(order)}`);
    return { order, slices: orders.filter(({ sliceOf }) => sliceOf === order.id) };
  };
  return until(look, { what: `the order to be ${status}`, timeoutMs, everyMs: 100 });
}

/** A third of it is shown at a time. */
async function workIceberg(desk: Desk): Promise<void> {
  const sent = await alertBoth(desk, 'ETHUSDT', { action: 'buy', quantity: '0.3', type: 'iceberg', price: '2400', display: '0.1' });
  for (let part = 1; part <= 3; part += 1)
    for (const kind of KINDS) {
      const shows = (): boolean => booked(desk, kind, 'ETHUSDT').length === part;
      await until(shows, { what: `part ${part} at ${kind.title}`, timeoutMs: 15_000 });
      const [shown, ...others] = resting(desk, kind, 'ETHUSDT');
      expect([shown?.origQty.toFixed(), shown?.price.toFixed(), others]).toEqual(['0.1', '2400', []]);
      desk.serverOf(kind).book.setPrice('ETHUSDT', '2400');
      desk.serverOf(kind).book.setPrice('ETHUSDT', '2500');
    }
  for (const one of sent) {
    const { order, slices } = await once(desk, one, 'filled');
    expect([order.type, order.filledQuantity, slices.map(({ status }) => status)]).toEqual(['iceberg', '0.3', Array(3).fill('filled')]);
    expect([traded(desk, one.kind, 'ETHUSDT').toFixed(), resting(desk, one.kind, 'ETHUSDT')]).toEqual(['0.3', []]);
  }
}

/** A stop follows the price up, never back, and closes the position in the end. */
async function trail(desk: Desk): Promise<void> {
  await alertBoth(desk, 'BTCUSDT', { action: 'buy', quantity: '0.02', stopLoss: { trail: '1%' } });
  const stopAt = (kind: VenueKind): string | undefined => {
    const stops = resting(desk, kind, 'BTCUSDT').filter(({ side, waiting }) => side === 'SELL' && waiting);
    return stops.length === 1 ? stops[0]?.stopPrice?.toFixed() : undefined;
  };
  for (const [price, stop] of [
    ['50000', '49500'],
    ['51000', '50490'],
    ['50800', '50490'],
    ['52000', '51480'],
  ] as const) {
    for (const kind of KINDS) desk.serverOf(kind).book.setPrice('BTCUSDT', price);
    for (const kind of KINDS) await until(() => stopAt(kind) === stop, { what: `the stop at ${stop} at ${kind.title}`, timeoutMs: 15_000 });
  }
  for (const kind of KINDS) {
    desk.serverOf(kind).book.setPrice('BTCUSDT', '51400');
    const closed = (): boolean => traded(desk, kind, 'BTCUSDT').lt('0.0001') && resting(desk, kind, 'BTCUSDT').length === 0;
    await until(closed, { what: `the position to be closed at ${kind.title}` });
  }
}

/** A venue without GTD has it as GTC, and it is canceled at its time. */
async function expire(desk: Desk): Promise<void> {
  const expiresAt = new Date(Date.now() + 3_000).toISOString();
  const terms = { action: 'buy', quantity: '0.02', type: 'limit', price: '2000', timeInForce: 'GTD', expiresAt };
  const sent = await alert(desk, SPOT, 'ETHUSDT', terms);
  const order = await until(() => resting(desk, SPOT, 'ETHUSDT')[0], { what: 'the order to rest' });
  expect([order.timeInForce, order.price.toFixed()]).toEqual(['GTC', '2000']);
  await until(() => order.status === 'CANCELED', { what: 'the order to be canceled', timeoutMs: 15_000 });
  expect(order.updateTime).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  expect((await once(desk, sent, 'expired')).order).toMatchObject({ code: 'ORDER_EXPIRED', filledQuantity: '0' });
  const told = (): boolean => desk.telegram.messages.some(({ text }) => /Expired: .*ORDER_EXPIRED/s.test(text));
  await until(told, { what: 'people to be told' });
}

/** Filled as a whole, in slices that are each at the venue once. */
async function expectFilled(desk: Desk, sent: Sent, symbol: string, quantity: string): Promise<Json> {
  const { order, slices } = await once(desk, sent, 'filled', 60_000);
  expect([order.filledQuantity, traded(desk, sent.kind, symbol).toFixed()]).toEqual([quantity, quantity]);
  // One that was missed while nobody led is made up for by the next.
  expect(slices.length).toBeGreaterThanOrEqual(3);
  expect(slices.every(({ status }) => status === 'filled')).toBe(true);
  const ids = booked(desk, sent.kind, symbol).map(({ clientOrderId }) => clientOrderId);
  expect(ids.sort()).toEqual(slices.map(({ clientOrderId }) => String(clientOrderId)).sort());
  return order;
}

it('works orders off at the venues, goes on after kill -9, and does nothing twice', { timeout: WITHIN_MS }, async () => {
  const desk = await openDesk();
  const twaps = await alertBoth(desk, 'SOLUSDT', { action: 'buy', quantity: '8', type: 'twap', duration: '1m' });
  const vwaps = await alertBoth(desk, 'XRPUSDT', { action: 'buy', quantity: '400', type: 'vwap', duration: '1m' });
  const second = (): boolean => KINDS.some((kind) => booked(desk, kind, 'SOLUSDT').length === 2);
  await until(second, { what: 'a second slice', timeoutMs: 30_000 });
  const instance = desk.instanceOf(SPOT);
  await instance.kill(); // The venue has the slice, and maybe nobody else knows of it.
  await instance.restart();
  await Promise.all([workIceberg(desk), trail(desk)]);
  await expire(desk);
  for (const twap of twaps) await expectFilled(desk, twap, 'SOLUSDT', '8');
  for (const vwap of vwaps) {
    const { progress } = await expectFilled(desk, vwap, 'XRPUSDT', '400');
    // The swap server tells no candles.
    expect(/usual volume .* is not known/.test(String(progress))).toBe(vwap.kind === SWAP);
  }
  for (const kind of KINDS) {
    const ids = desk.serverOf(kind).book.orders.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(ids).size).toBe(ids.length);
  }
});
