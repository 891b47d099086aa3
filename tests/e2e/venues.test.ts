import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { clusterEnvironment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind, VenueServer } from '../helpers/venue/bench.ts';
import { BINANCE_SWAP, VENUE_KINDS } from '../helpers/venue/kinds.ts';
import { type Json, post, storyOf } from './world.ts';

const servers = new Map<string, VenueServer>();
const instances = new Map<string, Instance>();

/** The real process, with every venue it can trade at behind its own origin; one more for markets that share an address with another. */
beforeAll(async () => {
  const closing = await Promise.all(byOrigin(VENUE_KINDS).map(start));
  return async () => {
    for (const close of closing) await close();
    for (const server of servers.values()) await server.close();
  };
});

async function start(kinds: readonly VenueKind[]): Promise<() => Promise<void>> {
  const config: Record<string, { origins: Record<string, string> }> = {};
  for (const kind of kinds) {
    const server = await kind.start();
    servers.set(kind.title, server);
    const venue = config[kind.account.venue] ?? { origins: {} };
    config[kind.account.venue] = { origins: { ...venue.origins, [kind.origin]: server.origin } };
  }
  const file = join(tmpdir(), `signalman-venues-${uuid()}.json`);
  writeFileSync(file, JSON.stringify(config));
  const database = await createTestDatabase({ durable: true });
  const instance = await startInstance({ ...clusterEnvironment(), DATABASE_URL: database.url, CCXT_CONFIG: file, INSTANCE_ID: 'only' });
  for (const { title } of kinds) instances.set(title, instance);
  return async () => {
    await instance.close();
    await database.drop();
    rmSync(file);
  };
}

/** Groups in which every origin is there once. */
function byOrigin(kinds: readonly VenueKind[]): VenueKind[][] {
  const groups: VenueKind[][] = [];
  for (const kind of kinds) {
    const group = groups.find((one) => one.every(({ origin }) => origin !== kind.origin));
    if (group) group.push(kind);
    else groups.push([kind]);
  }
  return groups;
}

function instanceOf({ title }: VenueKind): Instance {
  const instance = instances.get(title);
  if (!instance) throw new Error(`${title} was not started`);
  return instance;
}

describe.each(VENUE_KINDS.map((kind) => [kind.title, kind] as const))('%s', (_, kind) => {
  const name = `${kind.account.venue}-${uuid().slice(0, 8)}`;
  let hookPath: string;

  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await instanceOf(kind).call('POST', path, body);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body;
  };
  const send = async (body: Json): Promise<string> => {
    const answer = await post({ hookPath }, instanceOf(kind), { symbol: kind.symbol, ...body });
    expect(answer.status).toBe(202);
    return String(answer.body.signalId);
  };
  const alert = async (body: Json): Promise<Json> => storyOf(instanceOf(kind), await send(body));

  it('is added over the API, tested, and trades what an alert says', async () => {
    const server = servers.get(kind.title);
    const account = await create('/api/v1/accounts', { name, ...kind.account, credentials: server?.credentials });
    const test = await instanceOf(kind).call('POST', `/api/v1/accounts/${account.id}/test`);
    expect(test.body).toMatchObject({ ok: true });
    const hook = await create('/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
    hookPath = `/hooks/${hook.key}`;
    const bought = await alert({ action: 'buy', quantity: '0.02' });
    expect(bought).toMatchObject({ status: 'done', orders: [{ status: 'filled', filledQuantity: '0.02', type: 'market' }] });
    const closed = await alert({ action: 'close', quantity: '50%' });
    expect(closed).toMatchObject({ status: 'done', orders: [{ status: 'filled', side: 'sell' }] });
    const resting = await send({ action: 'buy', quantity: '0.01', type: 'limit', price: '40000' });
    await until(() => server?.book.orders.length === 3, { what: 'the limit order to rest' });
    expect(await alert({ action: 'cancel' })).toMatchObject({ status: 'done' });
    expect(await storyOf(instanceOf(kind), resting)).toMatchObject({ orders: [{ status: 'canceled' }] });
    expect(server?.book.orders.map(({ status }) => status)).toEqual(['FILLED', 'FILLED', 'CANCELED']);
  });

  it.runIf(kind.account.market === 'spot')('is not asked for what it has not: the alert is refused with the alternative', async () => {
    const before = servers.get(kind.title)?.book.orders.length;
    const refused = await alert({ action: 'buy', quantity: '0.01', reduceOnly: true });
    expect(refused).toMatchObject({ status: 'refused', code: 'FEATURE_NOT_SUPPORTED' });
    expect(String(refused.message)).toContain('Use "action":"close"');
    expect(servers.get(kind.title)?.book.orders.length).toBe(before);
  });
});

describe('positions on futures', () => {
  const server = () => {
    const found = servers.get(BINANCE_SWAP.title);
    if (!found) throw new Error('the futures server is not there');
    return found as BinanceSwapServer;
  };
  let hookPath: string;

  beforeAll(async () => {
    const name = `futures-${uuid().slice(0, 8)}`;
    await instanceOf(BINANCE_SWAP).call('POST', '/api/v1/accounts', { name, ...BINANCE_SWAP.account, credentials: server().credentials });
    const hook = await instanceOf(BINANCE_SWAP).call('POST', '/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
    hookPath = `/hooks/${hook.body.key}`;
  });

  const alert = async (body: Json): Promise<Json> => {
    const answer = await post({ hookPath }, instanceOf(BINANCE_SWAP), { symbol: 'ETHUSDT.P', ...body });
    return storyOf(instanceOf(BINANCE_SWAP), String(answer.body.signalId));
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
    const { body } = await instanceOf(BINANCE_SWAP).call('GET', '/api/v1/portfolio/positions');
    const positions = body.items as readonly Json[];
    expect(positions.find(({ symbol }) => symbol === 'ETH/USDT:USDT')).toMatchObject({ quantity: '0.5' });
    await alert({ action: 'close' });
    expect(held()).toBe('0');
  });
});
