import { describe, expect, it } from 'vitest';
import { startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { type BinanceSwapServer, startBinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { until } from '../helpers/until.ts';
import type { OpenVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BINANCE_SPOT, BINANCE_SWAP } from '../helpers/venue/kinds.ts';
import { openedVenue } from '../helpers/venue/openedVenue.ts';

const swapVenue = async (): Promise<{ venue: OpenVenue; server: BinanceSwapServer }> => {
  const server = await startBinanceSwapServer();
  return { server, venue: await openedVenue({ ...BINANCE_SWAP, start: async () => server }) };
};

const LONG = /^90071992547\d{7}$/;

describe.each([
  ['spot', { ...BINANCE_SPOT, start: () => startBinanceServer({ longIds: true }) }],
  ['futures', { ...BINANCE_SWAP, start: () => startBinanceSwapServer({ longIds: true }) }],
] as const)('ids beyond 2^53 on %s', (_, kind) => {
  it('stay what they are from the answer to the next request', async () => {
    const { session, server } = await openedVenue(kind);
    const request = btcOrder({ symbol: kind.symbol, type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await session.orders.place(request));
    expect(venueOrderId).toMatch(LONG);
    expect(Number(venueOrderId)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    expect((await session.orders.openOrders?.(kind.symbol))?.map((order) => order.venueOrderId)).toEqual([venueOrderId]);
    expect(found(await session.orders.lookup(refOf(request, venueOrderId))).venueOrderId).toBe(venueOrderId);
    expect((await session.orders.cancel(refOf(request, venueOrderId))).kind).toBe('canceled');
    server.book.setFillSlices(2);
    const bought = accepted(await session.orders.place(btcOrder({ symbol: kind.symbol, quantity: '0.02' })));
    const trades = (await session.orders.trades?.(kind.symbol, Date.now() - 60_000)) ?? [];
    expect(trades.map((trade) => trade.venueOrderId)).toEqual([bought.venueOrderId, bought.venueOrderId]);
    for (const { venueTradeId } of trades) expect(venueTradeId).toMatch(LONG);
    expect(bought.fills.map(({ venueTradeId }) => venueTradeId)).toEqual(trades.map(({ venueTradeId }) => venueTradeId));
  });
});

describe.each([BINANCE_SPOT, BINANCE_SWAP].map((kind) => [kind.title, kind] as const))('%s', (_, kind) => {
  const order = (overrides: Parameters<typeof btcOrder>[0] = {}) => btcOrder({ symbol: kind.symbol, ...overrides });

  it('an order that would have met another of the account ends expired, with what had filled, and is told as ended by the venue', async () => {
    const { session, server } = await openedVenue(kind);
    const request = order({ type: 'limit', price: '40000', quantity: '0.03' });
    const { venueOrderId } = accepted(await session.orders.place(request));
    const [placed] = server.book.orders;
    if (!placed) throw new Error('the order is not in the book');
    server.book.fillPart(placed, '0.01');
    server.book.cancel(placed);
    Object.assign(placed, { status: 'EXPIRED_IN_MATCH' });
    const report = found(await session.orders.lookup(refOf(request, venueOrderId)));
    expect(report).toMatchObject({ status: 'expired', code: 'VENUE_CANCELED', fillsComplete: true });
    expect(report.filledQuantity.toFixed()).toBe('0.01');
  });

  it('an order that fills while its cancel is on the way is no longer open, and found filled', async () => {
    const { session, server } = await openedVenue(kind);
    const request = order({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await session.orders.place(request));
    server.book.setPrice(kind.bookSymbol, '39999');
    expect(await session.orders.cancel(refOf(request, venueOrderId))).toEqual({ kind: 'not_open' });
    expect(found(await session.orders.lookup(refOf(request, venueOrderId)))).toMatchObject({ status: 'filled', fillsComplete: true });
  });

  it.each([
    ['the firewall (403 with a page)', { kind: 'html', status: 403 }],
    ['a ban (418)', { kind: 'slowDown', status: 418, retryAfterSec: 30 }],
  ] as const)('%s: refused, and left alone', async (_name, fault) => {
    const { session, server } = await openedVenue(kind);
    server.fail(fault, { ...kind.place, times: 1 });
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    const requests = server.requests.length;
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(await session.orders.openOrders?.(kind.symbol)).toBeNull();
    expect(server.requests.length).toBe(requests);
  });

  it.each([
    ['a timeout inside', -1007, 408],
    ['an answer lost inside', -1006, 400],
    ['an unknown error', -1000, 400],
    ['an overload', -1008, 503],
  ])('%s proves nothing of a new order, a cancel, or a look-up', async (_name, code, status) => {
    const { session, server } = await openedVenue(kind);
    const request = order({ type: 'limit', price: '40000' });
    accepted(await session.orders.place(request));
    server.fail({ kind: 'rejectWith', code, msg: 'Status unknown.', status });
    for (const outcome of [
      await session.orders.place(order()),
      await session.orders.cancel(refOf(request)),
      await session.orders.lookup(refOf(request)),
    ])
      expect(outcome.kind).toBe('unknown');
  });
});

describe('conditional orders of futures', () => {
  const stop = () => btcOrder({ symbol: BINANCE_SWAP.symbol, side: 'sell', type: 'stop', stopPrice: '45000' });

  it('that appear late in one query are found in the other', async () => {
    const { venue, server } = await swapVenue();
    const request = stop();
    accepted(await venue.session.orders.place(request));
    const gone = { kind: 'rejectWith', code: -2013, msg: 'Order does not exist.' } as const;
    server.fail(gone, { method: 'GET', path: '/fapi/v1/algoOrder', times: 1 });
    expect(found(await venue.session.orders.lookup({ ...refOf(request), type: 'stop' })).status).toBe('open');
  });

  it('that appear late are not found, then found; that never appear are never found, and listed nowhere', async () => {
    const { venue, server } = await swapVenue();
    server.book.hideNewOrders(2);
    const request = stop();
    const ref = { ...refOf(request), type: 'stop' } as const;
    const asked: string[] = [(await venue.session.orders.place(request)).kind];
    while (asked.length < 5) asked.push((await venue.session.orders.lookup(ref)).kind);
    expect([asked[0], asked.at(-1)]).toEqual(['accepted', 'found']);
    server.book.conditionalsHidden = true;
    expect(await venue.session.orders.lookup(ref)).toEqual({ kind: 'not_found' });
    expect(await venue.session.orders.openOrders?.(BINANCE_SWAP.symbol)).toEqual([]);
  });

  it('that have waited for longer than the venue lists them are known by their name all the same, once they were asked about', async () => {
    const server = await startBinanceSwapServer();
    const DAYS_8 = 8 * 24 * 3_600_000;
    server.setClockOffset(-DAYS_8);
    const { session } = await openedVenue({ ...BINANCE_SWAP, start: async () => server });
    const request = btcOrder({ symbol: BINANCE_SWAP.symbol, side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
    const { venueOrderId } = accepted(await session.orders.place(request));
    server.setClockOffset(0);
    server.book.setPrice(BINANCE_SWAP.bookSymbol, '44999');
    const ref = { ...refOf(request, venueOrderId), type: 'stop_limit' } as const;
    await until(async () => (await session.orders.lookup(ref)).kind === 'found', { what: 'the time of the venue to be taken over' });
    const names = { clientOrderId: request.clientOrderId, venueOrderId };
    expect(await session.orders.openOrders?.(BINANCE_SWAP.symbol)).toMatchObject([names]);
    server.book.setPrice(BINANCE_SWAP.bookSymbol, '46001');
    expect(await session.orders.trades?.(BINANCE_SWAP.symbol, Date.now() - 60_000)).toMatchObject([names]);
  });

  it('a cancel that comes while one is being triggered proves nothing', async () => {
    const { venue, server } = await swapVenue();
    const request = stop();
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    const triggering = { kind: 'rejectWith', code: -4117, msg: 'Stop order is in triggering process. Please wait.' } as const;
    server.fail(triggering, { method: 'DELETE', path: '/fapi/v1/algoOrder', times: 1 });
    expect(await venue.session.orders.cancel({ ...refOf(request, venueOrderId), type: 'stop' })).toMatchObject({ kind: 'unknown' });
    server.book.setPrice(BINANCE_SWAP.bookSymbol, '44999');
    expect(found(await venue.session.orders.lookup({ ...refOf(request, venueOrderId), type: 'stop' })).status).toBe('filled');
  });

  it('one placed twice under an id is looked at, not called refused', async () => {
    const { venue, server } = await swapVenue();
    const request = stop();
    accepted(await venue.session.orders.place(request));
    expect(await venue.session.orders.place(request)).toMatchObject({ kind: 'unknown' });
    expect(server.book.accepted(request.clientOrderId)).toHaveLength(1);
  });
});

it.each(['liquidation', 'adl'] as const)(
  'a position the venue closes itself (%s) is gone, and its trade is nobody we know',
  async (cause) => {
    const { venue, server } = await swapVenue();
    const mine = accepted(await venue.session.orders.place(btcOrder({ symbol: BINANCE_SWAP.symbol, quantity: '0.02' })));
    server.closeByVenue(BINANCE_SWAP.bookSymbol, cause);
    expect(await venue.session.orders.positions?.()).toEqual([]);
    const trades = (await venue.session.orders.trades?.(BINANCE_SWAP.symbol, Date.now() - 60_000)) ?? [];
    expect(trades.map(({ side, quantity }) => [side, quantity.toFixed()])).toEqual([
      ['buy', '0.02'],
      ['sell', '0.02'],
    ]);
    expect(trades[0]?.venueOrderId).toBe(mine.venueOrderId);
    expect(trades[1]?.venueOrderId).not.toBe(mine.venueOrderId);
    const [closing] = server.book.orders.slice(-1);
    expect(closing?.clientOrderId).toMatch(cause === 'liquidation' ? /^autoclose-/ : /^adl_autoclose$/);
  },
);

it('a position tells where it is liquidated: by the whole wallet, or by its own margin, and nowhere when no price does it', async () => {
  const server = await startBinanceSwapServer({ balance: '1000' });
  const { session } = await openedVenue({ ...BINANCE_SWAP, start: async () => server });
  const liquidation = async () => {
    const [position] = (await session.orders.positions?.()) ?? [];
    return [position?.marginMode, position?.leverage?.toFixed(), position?.liquidationPrice?.toDecimalPlaces(0).toFixed() ?? null];
  };
  await session.orders.configure?.(BINANCE_SWAP.symbol, { leverage: 10, marginMode: 'isolated' });
  accepted(await session.orders.place(btcOrder({ symbol: BINANCE_SWAP.symbol, side: 'sell', quantity: '0.02' })));
  expect(await liquidation()).toEqual(['isolated', '10', '54780']);
  accepted(await session.orders.place(btcOrder({ symbol: BINANCE_SWAP.symbol, quantity: '0.02' })));
  await session.orders.configure?.(BINANCE_SWAP.symbol, { leverage: null, marginMode: 'cross' });
  accepted(await session.orders.place(btcOrder({ symbol: BINANCE_SWAP.symbol, quantity: '0.01' })));
  expect(await liquidation()).toEqual(['cross', '10', null]);
  server.fail({ kind: 'html', status: 502 }, { path: '/fapi/v1/symbolConfig' });
  expect(await liquidation()).toEqual([null, undefined, null]);
});
