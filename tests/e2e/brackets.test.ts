import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Decimal, ZERO } from '../../src/domain/money.ts';
import { PROFILES } from '../../src/exchange/ccxt/profiles.ts';
import { clusterEnvironment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind, VenueServer } from '../helpers/venue/bench.ts';
import type { BookOrder } from '../helpers/venue/bookTypes.ts';
import { VENUE_KINDS } from '../helpers/venue/kinds.ts';
import { type Json, post } from './world.ts';

/** Venues that leave it to the leader to keep pairs of orders. */
const KINDS = VENUE_KINDS.filter(({ account }) =>
  PROFILES.some(({ venue, market, features }) => venue === account.venue && market === account.market && features.oco.kind === 'emulated'),
);

const servers = new Map<string, VenueServer>();
const undo: (() => unknown)[] = [];
let instance: Instance;

/** The real process with the real ccxt, and each venue behind its own origin. */
beforeAll(async () => {
  const config: Record<string, { origins: Record<string, string> }> = {};
  for (const kind of KINDS) {
    const server = await kind.start();
    undo.push(() => server.close());
    servers.set(kind.title, server);
    config[kind.account.venue] = { origins: { ...config[kind.account.venue]?.origins, [kind.origin]: server.origin } };
  }
  const file = join(tmpdir(), `signalman-brackets-${uuid()}.json`);
  writeFileSync(file, JSON.stringify(config));
  undo.push(() => rmSync(file));
  const database = await createTestDatabase({ durable: true });
  undo.push(() => database.drop());
  instance = await startInstance({ ...clusterEnvironment(), DATABASE_URL: database.url, CCXT_CONFIG: file, INSTANCE_ID: 'only' });
  undo.push(() => instance.close());
});

afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

async function openHook(kind: VenueKind): Promise<string> {
  const name = `${kind.account.venue}-${uuid().slice(0, 8)}`;
  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await instance.call('POST', path, body);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body;
  };
  await create('/api/v1/accounts', { name, ...kind.account, credentials: servers.get(kind.title)?.credentials });
  const hook = await create('/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
  return `/hooks/${hook.key}`;
}

describe.each(KINDS.map((kind) => [kind.title, kind] as const))('a bracket at %s', (_, kind) => {
  const server = (): VenueServer => {
    const found = servers.get(kind.title);
    if (!found) throw new Error('it was not started');
    return found;
  };
  const stops = (): BookOrder[] =>
    server()
      .book.openOrders(kind.bookSymbol)
      .filter(({ side, stopPrice }) => side === 'SELL' && stopPrice !== null);
  const sold = (): Decimal =>
    server()
      .book.trades.filter(({ side }) => side === 'SELL')
      .reduce((sum, trade) => sum.plus(trade.qty), ZERO);

  it('keeps a stop of what has filled at the venue, takes the profit, and leaves nothing behind', async () => {
    const { book } = server();
    const hookPath = await openHook(kind);
    const bracket = { action: 'buy', quantity: '0.02', type: 'limit', price: '49000', takeProfit: '55000', stopLoss: '45000' };
    const answer = await post({ hookPath }, instance, { symbol: kind.symbol, ...bracket });
    expect(answer.status).toBe(202);
    const entry = await until(() => book.openOrders(kind.bookSymbol).find(({ side }) => side === 'BUY'), { what: 'the entry to rest' });
    expect(stops()).toEqual([]);
    book.fillPart(entry, '0.01');
    await until(() => stops()[0]?.origQty.gt('0.0098') && stops()[0]?.origQty.lte('0.01'), {
      what: 'a stop of what filled',
      timeoutMs: 15_000,
    });
    book.setPrice(kind.bookSymbol, '49000');
    await until(() => stops().length === 1 && stops()[0]?.origQty.gt('0.0197'), {
      what: 'the stop to grow with its entry',
      timeoutMs: 15_000,
    });
    book.setPrice(kind.bookSymbol, '55000');
    await until(() => sold().gt('0.0197') && book.openOrders(kind.bookSymbol).length === 0, {
      what: 'the profit to be taken and the stop to be gone',
      timeoutMs: 20_000,
    });
    expect(sold().lte('0.02')).toBe(true);
    const ids = book.orders.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
