import { v4 as uuid } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Decimal, ZERO } from '../../src/domain/money.ts';
import { PROFILES } from '../../src/exchange/ccxt/profiles.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind, VenueServer } from '../helpers/venue/bench.ts';
import type { BookOrder } from '../helpers/venue/bookTypes.ts';
import { VENUE_KINDS } from '../helpers/venue/kinds.ts';
import { startVenueInstances, type VenueInstances } from './venueInstances.ts';
import { type Json, post } from './world.ts';

/** Venues that leave it to the leader to keep pairs of orders. */
const KINDS = VENUE_KINDS.filter(({ account }) =>
  PROFILES.some(({ venue, market, features }) => venue === account.venue && market === account.market && features.oco.kind === 'emulated'),
);

let venues: VenueInstances;
beforeAll(async () => {
  venues = await startVenueInstances(KINDS);
  return venues.close;
}, 180_000);

async function openHook(kind: VenueKind): Promise<string> {
  const name = `${kind.account.venue}-${uuid().slice(0, 8)}`;
  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await venues.instanceOf(kind).call('POST', path, body);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body;
  };
  await create('/api/v1/accounts', { name, ...kind.account, credentials: venues.serverOf(kind).credentials });
  const hook = await create('/api/v1/hooks', { name, accounts: [name], maxAgeSec: 600 });
  return `/hooks/${hook.key}`;
}

describe.each(KINDS.map((kind) => [kind.title, kind] as const))('a bracket at %s', (_, kind) => {
  const server = (): VenueServer => venues.serverOf(kind);
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
    const answer = await post({ hookPath }, venues.instanceOf(kind), { symbol: kind.symbol, ...bracket });
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
