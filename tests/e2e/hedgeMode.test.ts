import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { beforeAll, expect, it } from 'vitest';
import { type BinanceSwapServer, startBinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { clusterEnvironment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { BINANCE_HEDGED } from '../helpers/venue/kinds.ts';
import { type Json, post, storyOf } from './world.ts';

let server: BinanceSwapServer;
let instance: Instance;
let accountId: string;
let hookPath: string;

/** The real process with one account, which holds long and short side by side. */
beforeAll(async () => {
  server = await startBinanceSwapServer({ hedgeMode: true });
  const file = join(tmpdir(), `signalman-hedged-${uuid()}.json`);
  writeFileSync(file, JSON.stringify({ binance: { origins: { [BINANCE_HEDGED.origin]: server.origin } } }));
  const database = await createTestDatabase({ durable: true });
  instance = await startInstance({ ...clusterEnvironment(), DATABASE_URL: database.url, CCXT_CONFIG: file, INSTANCE_ID: 'only' });
  const credentials = server.credentials;
  const account = await instance.call('POST', '/api/v1/accounts', { name: 'hedged', ...BINANCE_HEDGED.account, credentials });
  accountId = String(account.body.id);
  const hook = await instance.call('POST', '/api/v1/hooks', { name: 'hedged', accounts: ['hedged'], maxAgeSec: 600 });
  hookPath = `/hooks/${hook.body.key}`;
  return async () => {
    await instance.close();
    await database.drop();
    await server.close();
    rmSync(file);
  };
}, 180_000);

const alert = async (body: Json): Promise<Json> => {
  const answer = await post({ hookPath }, instance, { symbol: 'ETHUSDT.P', ...body });
  return storyOf(instance, String(answer.body.signalId));
};
const held = (): string[] => (['LONG', 'SHORT'] as const).map((side) => server.book.wallet.position('ETHUSDT', side).quantity.toFixed());
const orders = (from: number) =>
  server.book.orders.slice(from).map(({ side, positionSide, origQty }) => [side, positionSide, origQty.toFixed()]);

it('its test says how it holds positions', async () => {
  const { body } = await instance.call('POST', `/api/v1/accounts/${accountId}/test`);
  expect(body).toMatchObject({ ok: true });
  const checks = body.checks as readonly { name: string; detail: string }[];
  expect(checks.find(({ name }) => name === 'position mode')?.detail).toContain('side by side');
});

it('what turns a position round closes the one side and opens the other', async () => {
  expect(await alert({ action: 'long', quantity: '1' })).toMatchObject({ status: 'done' });
  expect(held()).toEqual(['1', '0']);
  expect(await alert({ action: 'short', quantity: '2' })).toMatchObject({ status: 'done' });
  expect(held()).toEqual(['0', '-2']);
  expect(orders(0)).toEqual([
    ['BUY', 'LONG', '1'],
    ['SELL', 'LONG', '1'],
    ['SELL', 'SHORT', '2'],
  ]);
  for (const { params } of server.requestsTo('POST /fapi/v1/order')) expect(params.reduceOnly).toBeUndefined();
});

it('a target and a close reduce what is held, and leave alone what somebody holds on the other side', async () => {
  const order = { symbol: 'ETHUSDT', side: 'BUY', type: 'MARKET', timeInForce: 'GTC', price: null, stopPrice: null } as const;
  const { quantity } = server.book.wallet.position('ETHUSDT', 'SHORT');
  server.book.place({ ...order, clientOrderId: 'web_1', quantity: quantity.abs().mul(3), positionSide: 'LONG' });
  expect(await alert({ action: 'target', position: '-0.5' })).toMatchObject({ status: 'done' });
  expect(held()).toEqual(['6', '-0.5']);
  expect(await alert({ action: 'close' })).toMatchObject({ status: 'done' });
  expect(held()).toEqual(['6', '0']);
});
