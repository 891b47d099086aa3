import { v4 as uuid } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { until } from '../helpers/until.ts';
import { BINANCE_SWAP, VENUE_KINDS } from '../helpers/venue/kinds.ts';
import { startVenueInstances, type VenueInstances } from './venueInstances.ts';
import { type Json, post, storyOf } from './world.ts';

let venues: VenueInstances;
beforeAll(async () => {
  venues = await startVenueInstances(VENUE_KINDS);
  return venues.close;
}, 180_000);

describe.each(VENUE_KINDS.map((kind) => [kind.title, kind] as const))('%s', (_, kind) => {
  const name = `${kind.account.venue}-${uuid().slice(0, 8)}`;
  let hookPath: string;

  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await venues.instanceOf(kind).call('POST', path, body);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body;
  };
  const send = async (body: Json): Promise<string> => {
    const answer = await post({ hookPath }, venues.instanceOf(kind), { symbol: kind.symbol, ...body });
    expect(answer.status).toBe(202);
    return String(answer.body.signalId);
  };
  const alert = async (body: Json): Promise<Json> => storyOf(venues.instanceOf(kind), await send(body));

  it('is added over the API, tested, and trades what an alert says', async () => {
    const server = venues.serverOf(kind);
    const account = await create('/api/v1/accounts', { name, ...kind.account, credentials: server.credentials });
    const test = await venues.instanceOf(kind).call('POST', `/api/v1/accounts/${account.id}/test`);
    expect(test.body).toMatchObject({ ok: true });
    const hook = await create('/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
    hookPath = `/hooks/${hook.key}`;
    const bought = await alert({ action: 'buy', quantity: '0.02' });
    expect(bought).toMatchObject({ status: 'done', orders: [{ status: 'filled', filledQuantity: '0.02', type: 'market' }] });
    const closed = await alert({ action: 'close', quantity: '50%' });
    expect(closed).toMatchObject({ status: 'done', orders: [{ status: 'filled', side: 'sell' }] });
    const resting = await send({ action: 'buy', quantity: '0.01', type: 'limit', price: '40000' });
    await until(() => server.book.orders.length === 3, { what: 'the limit order to rest' });
    expect(await alert({ action: 'cancel' })).toMatchObject({ status: 'done' });
    expect(await storyOf(venues.instanceOf(kind), resting)).toMatchObject({ orders: [{ status: 'canceled' }] });
    expect(server.book.orders.map(({ status }) => status)).toEqual(['FILLED', 'FILLED', 'CANCELED']);
  });

  it('takes an order that only reduces where there are positions; on spot the alert is refused with the alternative', async () => {
    const before = venues.serverOf(kind).book.orders.length;
    const story = await alert({ action: 'sell', quantity: '0.01', reduceOnly: true });
    if (kind.account.market !== 'spot')
      return expect(story).toMatchObject({ status: 'done', orders: [{ status: 'filled', side: 'sell' }] });
    expect(story).toMatchObject({ status: 'refused', code: 'FEATURE_NOT_SUPPORTED' });
    expect(String(story.message)).toContain('Use "action":"close"');
    expect(venues.serverOf(kind).book.orders.length).toBe(before);
  });
});

describe('positions on futures', () => {
  const server = () => venues.serverOf(BINANCE_SWAP) as BinanceSwapServer;
  let hookPath: string;

  beforeAll(async () => {
    const name = `futures-${uuid().slice(0, 8)}`;
    await venues
      .instanceOf(BINANCE_SWAP)
      .call('POST', '/api/v1/accounts', { name, ...BINANCE_SWAP.account, credentials: server().credentials });
    const hook = await venues.instanceOf(BINANCE_SWAP).call('POST', '/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
    hookPath = `/hooks/${hook.body.key}`;
  });

  const alert = async (body: Json): Promise<Json> => {
    const answer = await post({ hookPath }, venues.instanceOf(BINANCE_SWAP), { symbol: 'ETHUSDT.P', ...body });
    return storyOf(venues.instanceOf(BINANCE_SWAP), String(answer.body.signalId));
  };
  const held = () => server().book.wallet.position('ETHUSDT').quantity.toFixed();

  it('leverage and margin mode are set before the first order, and an order is not sent when they cannot be', async () => {
    await alert({ action: 'long', quantity: '1', leverage: 7, marginMode: 'isolated' });
    expect([held(), server().book.wallet.leverage('ETHUSDT'), server().book.wallet.isIsolated('ETHUSDT')]).toEqual(['1', 7, true]);
    const endpoints = server().requests.map(({ method, path }) => `${method} ${path}`);
    expect(endpoints.indexOf('POST /fapi/v1/leverage')).toBeLessThan(endpoints.lastIndexOf('POST /fapi/v1/order'));
    const orders = server().book.orders.length;
    const refused = await alert({ action: 'buy', quantity: '1', marginMode: 'cross' });
    expect(refused).toMatchObject({ status: 'refused', code: 'MARGIN_NOT_SET' });
    expect([held(), server().book.orders.length]).toEqual(['1', orders]);
  });

  it('long, short and target reverse as one ordered operation: a reduce-only exit, then the entry', async () => {
    const before = server().book.orders.length;
    const reversed = await alert({ action: 'short', quantity: '2' });
    expect(reversed).toMatchObject({ status: 'done' });
    expect(held()).toBe('-2');
    expect(
      server()
        .book.orders.slice(before)
        .map(({ side, origQty, reduceOnly }) => [side, origQty.toFixed(), reduceOnly]),
    ).toEqual([
      ['SELL', '1', true],
      ['SELL', '2', false],
    ]);
    await alert({ action: 'target', position: '0.5' });
    expect(held()).toBe('0.5');
    const { body } = await venues.instanceOf(BINANCE_SWAP).call('GET', '/api/v1/portfolio/positions');
    const positions = body.items as readonly Json[];
    expect(positions.find(({ symbol }) => symbol === 'ETH/USDT:USDT')).toMatchObject({ quantity: '0.5' });
    await alert({ action: 'close' });
    expect(held()).toBe('0');
  });
});
