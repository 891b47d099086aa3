import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { OrderRef, PlaceRequest, VenueSession } from '../../src/exchange/exchange.ts';
import { type OpenVenue, openVenue, type VenueKind } from '../helpers/venue/bench.ts';
import { btcOrder } from '../helpers/venue/ccxtOrders.ts';
import { CONTRACT_KINDS } from '../helpers/venue/kinds.ts';

/** The exact requests the real ccxt makes of each feature, kept in tests/golden. `UPDATE_GOLDEN=1` writes them anew. */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

const ID = 'c0ffee00c0ffee00c0ffee00c0ffee01';
const IN_2100 = 4_102_444_800_000;

type Terms = Parameters<typeof btcOrder>[0];
const ORDERS: Readonly<Record<string, Terms>> = {
  'market buy': {},
  'market sell': { side: 'sell' },
  'limit, GTC': { type: 'limit', price: '40000.5' },
  'limit, IOC': { type: 'limit', price: '40000', timeInForce: 'IOC' },
  'limit, FOK': { type: 'limit', price: '40000', timeInForce: 'FOK' },
  'limit, GTD': { type: 'limit', price: '40000', timeInForce: 'GTD', expiresAt: IN_2100 },
  'limit, post-only': { type: 'limit', price: '40000', postOnly: true },
  'stop, sell below the market': { side: 'sell', type: 'stop', stopPrice: '45000.1' },
  'stop, buy above the market': { type: 'stop', stopPrice: '55000' },
  'stop-limit, sell': { side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '44900' },
  'stop-limit, buy': { type: 'stop_limit', stopPrice: '55000', price: '55100' },
  'market, reduce-only': { side: 'sell', reduceOnly: true },
  'stop, reduce-only': { side: 'sell', type: 'stop', stopPrice: '45000', reduceOnly: true },
  'stop-limit, reduce-only': { side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '44900', reduceOnly: true },
  'limit, reduce-only': { side: 'sell', type: 'limit', price: '60000', reduceOnly: true },
  'one of a pair': { side: 'sell', type: 'limit', price: '60000', ocoGroup: 'pair' },
};

const RESTING: Terms = { type: 'limit', price: '40000' };
const STOP: Terms = { type: 'stop', stopPrice: '55000' };
const AFTERWARDS: Readonly<Record<string, (session: VenueSession, ref: OrderRef) => Promise<unknown>>> = {
  'look-up by the id of the venue': (session, ref) => session.orders.lookup(ref),
  'look-up by client order id': (session, ref) => session.orders.lookup({ ...ref, venueOrderId: null }),
  'look-up of an order that is not there': (session, ref) =>
    session.orders.lookup({ ...ref, venueOrderId: null, clientOrderId: 'c0ffee00c0ffee00c0ffee00c0ffee99' }),
  'cancel by the id of the venue': (session, ref) => session.orders.cancel(ref),
  'cancel by client order id': (session, ref) => session.orders.cancel({ ...ref, venueOrderId: null }),
  balances: (session) => session.orders.balances(),
  'order book': (session, ref) => session.feed.orderBook?.(ref.symbol, 50) ?? Promise.resolve(),
};

/** Venues keep orders that wait for a price apart. */
const AFTER_STOP: typeof AFTERWARDS = {
  'look-up of a stop by the id of the venue': (session, ref) => session.orders.lookup(ref),
  'look-up of a stop by client order id': (session, ref) => session.orders.lookup({ ...ref, venueOrderId: null }),
  'cancel of a stop by the id of the venue': (session, ref) => session.orders.cancel(ref),
  'cancel of a stop by client order id': (session, ref) => session.orders.cancel({ ...ref, venueOrderId: null }),
};

/** Where the venue shows its account; the second ones on derivatives only. */
const VIEWS: typeof AFTERWARDS = {
  'list of what rests': (session, ref) => session.orders.openOrders?.(ref.symbol) ?? Promise.resolve(),
  'list of trades': (session, ref) => session.orders.trades?.(ref.symbol, Date.now() - 1000) ?? Promise.resolve(),
};
const SWAP_VIEWS: typeof AFTERWARDS = {
  'list of positions': async (session, ref) => {
    await session.orders.place({ ...orderOf({}, ref.symbol), clientOrderId: 'c0ffee00c0ffee00c0ffee00c0ffee02' });
    return session.orders.positions?.();
  },
  leverage: async (session, ref) => session.orders.configure?.(ref.symbol, { leverage: 7, marginMode: null }),
  'margin mode': async (session, ref) => session.orders.configure?.(ref.symbol, { leverage: null, marginMode: 'isolated' }),
  'list of funding payments': (session) => session.orders.funding?.(Date.now() - 1000) ?? Promise.resolve(),
};

function afterwardsOf({ view, account }: VenueKind): typeof AFTERWARDS {
  return { ...AFTERWARDS, ...AFTER_STOP, ...(view && VIEWS), ...(view && account.market === 'swap' && SWAP_VIEWS) };
}

/** Prices are asked for when they get old, not by an order. */
const PRICES = /ticker|best_bid_ask/i;
/** What is another value every time. */
const CHANGING = new Set([
  ...['timestamp', 'startTime', 'endTime', 'start_date', 'end_date', 'begin', 'start_sequence_timestamp'],
  ...['nonce', 'deadline', 'start'],
]);

function masked(value: unknown, name = ''): unknown {
  if (CHANGING.has(name)) return '<time>';
  if (Array.isArray(value)) return value.map((inner) => masked(inner));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, masked(inner, key)]));
}

async function requestsOf(venue: OpenVenue, action: () => Promise<unknown>): Promise<unknown> {
  const before = venue.server.requests.length;
  const outcome = await action();
  const made = venue.server.requests.slice(before).filter(({ path }) => !PRICES.test(path));
  if (made.length > 0) return made.map(({ method, path, params, json }) => ({ request: `${method} ${path}`, ...sent(params, json) }));
  return outcome;
}

function sent(params: Readonly<Record<string, string>>, json: unknown): object {
  if (json !== null) return { body: masked(json) };
  return Object.keys(params).length > 0 ? { params: masked(params) } : {};
}

function orderOf(terms: Terms, symbol: string): PlaceRequest {
  return { ...btcOrder(terms), clientOrderId: ID, symbol };
}

describe.each(CONTRACT_KINDS.map((kind) => [kind.title, kind] as const))('%s is asked, to the letter,', (_, kind) => {
  const file = new URL(`../golden/${kind.golden ?? `${kind.account.venue}-${kind.account.market}`}.json`, import.meta.url);
  const afterwards = afterwardsOf(kind);
  const golden = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  const recorded: Record<string, unknown> = {};

  const check = async (name: string, run: (venue: OpenVenue) => Promise<unknown>): Promise<void> => {
    const venue = await openVenue(kind);
    await venue.session.feed.quote(kind.symbol, 60_000);
    recorded[name] = JSON.parse(JSON.stringify(await run(venue)));
    await venue.close();
    if (!UPDATE) expect(recorded[name]).toEqual(golden[name]);
  };

  it.each(Object.entries(ORDERS))('for a %s order', async (name, terms) => {
    await check(name, (venue) => requestsOf(venue, () => venue.session.orders.place(orderOf(terms, kind.symbol))));
  });

  it.each(Object.entries(afterwards))('for a %s', async (name, act) => {
    await check(name, async (venue) => {
      const request = orderOf(name in AFTER_STOP ? STOP : RESTING, kind.symbol);
      const placed = await venue.session.orders.place(request);
      const venueOrderId = placed.kind === 'accepted' ? placed.report.venueOrderId : null;
      return requestsOf(venue, () => act(venue.session, { clientOrderId: ID, venueOrderId, symbol: kind.symbol, type: request.type }));
    });
  });

  afterAll(() => {
    if (UPDATE) writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  });

  it('and nothing else is kept', () => {
    if (!UPDATE) expect(Object.keys(golden).sort()).toEqual([...Object.keys(ORDERS), ...Object.keys(afterwards)].sort());
  });
});
