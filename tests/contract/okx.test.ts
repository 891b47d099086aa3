import { afterEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import { type OkxServer, type OkxServerOptions, startOkxSpotServer, startOkxSwapServer } from '../helpers/okx/okxServer.ts';
import { NO_OPENING, openVenue, reachVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { OKX_SPOT, OKX_SWAP } from '../helpers/venue/kinds.ts';

const SYMBOL = OKX_SWAP.symbol;
const HOUR_MS = 3_600_000;
const order = (overrides: Parameters<typeof btcOrder>[0] = {}) => btcOrder({ symbol: SYMBOL, ...overrides });
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const spot = (options: OkxServerOptions = {}) => ({ ...OKX_SPOT, start: () => startOkxSpotServer(options) });
const swap = (options: OkxServerOptions = {}) => ({ ...OKX_SWAP, start: () => startOkxSwapServer(options) });

async function opened(kind = swap(), options: Record<string, unknown> = {}) {
  const venue = await openVenue(kind, { ccxt: { options } });
  open.push(venue.close);
  return { ...venue, server: venue.server as unknown as OkxServer };
}

async function reached(kind = swap(), options: Record<string, unknown> = {}) {
  const venue = await reachVenue(kind, { ccxt: { options } });
  open.push(venue.close);
  return venue;
}

const bodies = (server: OkxServer, endpoint: string) => server.requestsTo(endpoint).map(({ json }) => json);

describe('contracts', () => {
  it('are what OKX is told, and base units what it is understood to say', async () => {
    const { session, server } = await opened();
    const market = (await session.feed.markets()).find(({ symbol }) => symbol === SYMBOL);
    expect([market?.stepSize, market?.minQuantity, market?.contractSize].map((value) => value?.toFixed())).toEqual([
      '0.0001',
      '0.0001',
      '0.01',
    ]);
    const report = accepted(await session.orders.place(order({ quantity: '0.0123' })));
    expect(bodies(server, 'POST /api/v5/trade/order')).toMatchObject([{ sz: '1.23', tdMode: 'cross' }]);
    expect([report.filledQuantity.toFixed(), report.fills[0]?.quantity.toFixed()]).toEqual(['0.0123', '0.0123']);
  });

  it('that would be no whole number of lots are refused before anything is sent', async () => {
    const { session, server } = await opened();
    const sent = server.requests.length;
    for (const terms of [{}, { type: 'stop', stopPrice: '55000' }] as const)
      expect(await session.orders.place(order({ quantity: '0.00015', ...terms }))).toMatchObject({
        kind: 'rejected',
        code: 'VENUE_PRECISION',
      });
    expect(server.requests.length).toBe(sent);
  });
});

describe('the deadline of an order', () => {
  it('is kept by the venue: what arrives after it is not carried out', async () => {
    const { session, server } = await opened(spot(), { recvWindow: 50 });
    await session.feed.quote(OKX_SPOT.symbol, 60_000);
    server.fail({ kind: 'latency', ms: 200 }, { ...OKX_SPOT.place, times: 1 });
    expect(await session.orders.place(order({ symbol: OKX_SPOT.symbol }))).toMatchObject({ kind: 'rejected', code: 'VENUE_CLOCK' });
    expect(server.book.orders).toEqual([]);
  });
});

describe('the account', () => {
  it.each([
    ['spot mode, for swaps', swap({ acctLv: '1' }), {}, 'Set its account mode to Futures'],
    ['multi-currency margin, for spot', spot({ acctLv: '3' }), {}, 'spot orders may borrow'],
    ['spot mode with borrowing, for spot', spot({ enableSpotBorrow: true }), {}, 'borrowing is switched on'],
    ['portfolio margin, with isolated margin wanted', swap({ acctLv: '4' }), { defaultMarginMode: 'isolated' }, 'isolated margin is set'],
  ] as const)('in %s is not opened, and its test says what to do', async (_, kind, options, words) => {
    const { exchanges, account } = await reached(kind, options);
    await expect(exchanges.open(account, NO_OPENING)).rejects.toMatchObject({
      code: 'VENUE_SETTINGS',
      message: expect.stringContaining(words),
    });
    const { ok, checks } = await exchanges.test(account);
    expect([ok, checks.filter((check) => !check.ok).map(({ name }) => name)]).toEqual([false, ['settings']]);
  });

  it('whose key may withdraw, or may not trade, is told so', async () => {
    const failing = async (perm: string) => {
      const { exchanges, account } = await reached(swap({ perm }));
      const { ok, checks } = await exchanges.test(account);
      return [ok, checks.filter((check) => !check.ok).map(({ name }) => name)];
    };
    expect(await failing('read_only,withdraw,trade')).toEqual([true, ['withdrawals']]);
    expect(await failing('read_only')).toEqual([false, ['trading']]);
    const { session } = await opened(swap({ perm: 'read_only' }));
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_AUTH' });
  });

  it('of demo trading is reached as a sandbox, and not otherwise', async () => {
    const { exchanges, account } = await reached(swap({ demo: true }));
    const sandbox: Account = { ...account, sandbox: true };
    const session = await exchanges.open(sandbox, NO_OPENING);
    expect(accepted(await session.orders.place(order())).status).toBe('filled');
    await expect(exchanges.open({ ...account, id: 'account-2' }, NO_OPENING)).rejects.toMatchObject({ code: 'VENUE_AUTH' });
  });
});

describe('leverage and margin', () => {
  it('leverage is set, and set again without complaint; more than there is is refused', async () => {
    const { session, server } = await opened();
    const settings = { leverage: 3, marginMode: 'cross' } as const;
    for (let time = 1; time <= 2; time += 1) expect(await session.orders.configure?.(SYMBOL, settings)).toEqual({ kind: 'done' });
    expect([...server.leverage]).toEqual([[`${OKX_SWAP.bookSymbol} cross`, '3']]);
    expect(await session.orders.configure?.(SYMBOL, { leverage: 101, marginMode: null })).toMatchObject({
      kind: 'rejected',
      code: 'VENUE_REJECTED',
    });
    server.fail({ kind: 'html', status: 502 }, { path: '/api/v5/account/set-leverage' });
    expect(await session.orders.configure?.(SYMBOL, settings)).toMatchObject({ kind: 'unknown' });
  });

  it('another margin mode than orders are sent with is refused, and nothing is set', async () => {
    const { session, server } = await opened();
    expect(await session.orders.configure?.(SYMBOL, { leverage: 3, marginMode: 'isolated' })).toMatchObject({
      kind: 'rejected',
      code: 'FEATURE_NOT_SUPPORTED',
      message: expect.stringContaining('defaultMarginMode'),
    });
    expect([...server.leverage]).toEqual([]);
  });

  it('isolated margin, configured, is said by every order, and leverage is set for both sides in long/short mode', async () => {
    const { session, server } = await opened(swap({ posMode: 'long_short_mode' }), { defaultMarginMode: 'isolated' });
    expect(await session.orders.configure?.(SYMBOL, { leverage: 5, marginMode: 'isolated' })).toEqual({ kind: 'done' });
    expect([...server.leverage.keys()]).toEqual(['long', 'short'].map((side) => `${OKX_SWAP.bookSymbol} isolated ${side}`));
    accepted(await session.orders.place(order()));
    expect(bodies(server, 'POST /api/v5/trade/order')).toMatchObject([{ tdMode: 'isolated', posSide: 'long' }]);
  });

  it('a margin mode that does not exist is refused when the account is opened', async () => {
    const { exchanges, account } = await reached(swap(), { defaultMarginMode: 'crossed' });
    await expect(exchanges.open(account, NO_OPENING)).rejects.toMatchObject({ code: 'VENUE_CONFIG' });
  });
});

describe('positions', () => {
  it('net: a reduce-only order that would open is refused, one that reduces is taken', async () => {
    const { session } = await opened();
    expect(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).toMatchObject({
      kind: 'rejected',
      code: 'REDUCE_ONLY_WOULD_OPEN',
    });
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    expect(accepted(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).status).toBe('filled');
  });

  it('long and short side by side: each order says which it is of, also a stop', async () => {
    const { session, server } = await opened(swap({ posMode: 'long_short_mode' }));
    const held = async () => ((await session.orders.positions?.()) ?? []).map(({ quantity }) => quantity.toFixed());
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.03' })));
    expect(await held()).toEqual(['0.02', '-0.03']);
    const stop = order({ side: 'buy', type: 'stop', stopPrice: '55000', quantity: '0.03', reduceOnly: true });
    accepted(await session.orders.place(stop));
    expect(bodies(server, 'POST /api/v5/trade/order-algo')).toMatchObject([{ posSide: 'short', side: 'buy', sz: '3' }]);
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.02', reduces: true })));
    expect(await held()).toEqual(['-0.03']);
    server.book.setPrice(OKX_SWAP.bookSymbol, '55001');
    expect(found(await session.orders.lookup(refOf(stop))).status).toBe('filled');
    expect(await held()).toEqual([]);
    for (const body of bodies(server, 'POST /api/v5/trade/order')) expect(body).not.toHaveProperty('reduceOnly');
  });
});

describe('what OKX forgets', () => {
  /** Two hours later, by the venue's clock, which is taken over with the first refusal for it. */
  const laterAt = async ({ server, session }: Awaited<ReturnType<typeof opened>>, ms: number) => {
    server.setClockOffset(ms);
    await session.orders.place(order({ quantity: '0.0001' }));
    await session.orders.place(order({ quantity: '0.0001' }));
  };

  it('an order canceled with nothing filled is no longer found after two hours', async () => {
    const venue = await opened();
    const request = order({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    await venue.session.orders.cancel(refOf(request, venueOrderId));
    expect(found(await venue.session.orders.lookup(refOf(request))).status).toBe('canceled');
    await laterAt(venue, 2 * HOUR_MS + 60_000);
    expect(await venue.session.orders.lookup(refOf(request, venueOrderId))).toEqual({ kind: 'not_found' });
  });

  it('so a stop whose order was canceled longer ago was canceled too', async () => {
    const venue = await opened();
    const { session, server } = venue;
    accepted(await session.orders.place(order()));
    const request = order({ side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
    accepted(await session.orders.place(request));
    server.book.setPrice(OKX_SWAP.bookSymbol, '44999');
    expect(found(await session.orders.lookup(refOf(request))).status).toBe('open');
    const [placed] = server.book.openOrders(OKX_SWAP.bookSymbol);
    if (!placed) throw new Error('the triggered order is not in the book');
    server.book.cancel(placed);
    expect(found(await session.orders.lookup(refOf(request)))).toMatchObject({ status: 'canceled', code: 'VENUE_CANCELED' });
    await laterAt(venue, 2 * HOUR_MS + 60_000);
    expect(found(await session.orders.lookup(refOf(request)))).toMatchObject({ status: 'canceled', code: 'VENUE_CANCELED' });
  });
});

it('a conditional order whose answer is lost is found by its id, though it stands apart from other orders', async () => {
  const { session, server } = await opened();
  server.fail({ kind: 'acceptThenDrop' }, { method: 'POST', path: '/api/v5/trade/order-algo', times: 1 });
  accepted(await session.orders.place(order()));
  const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000', reduceOnly: true });
  expect(await session.orders.place(stop)).toMatchObject({ kind: 'unknown' });
  expect(found(await session.orders.lookup(refOf(stop)))).toMatchObject({ status: 'open' });
  server.book.setPrice(OKX_SWAP.bookSymbol, '44999');
  const filled = found(await session.orders.lookup({ ...refOf(stop), type: 'stop' }));
  expect(filled).toMatchObject({ status: 'filled', fillsComplete: true, clientOrderId: stop.clientOrderId });
});

it('a cancel that is under way already is waited for', async () => {
  const { session, server } = await opened();
  const request = order({ type: 'limit', price: '40000' });
  const { venueOrderId } = accepted(await session.orders.place(request));
  const canceling = { kind: 'rejectWith', code: '51410', msg: 'The order is already under cancelling status.', status: 200 } as const;
  server.fail(canceling, { ...OKX_SWAP.cancel, times: 2 });
  expect(await session.orders.cancel(refOf(request, venueOrderId))).toMatchObject({ kind: 'unknown' });
  const [placed] = server.book.orders;
  if (!placed) throw new Error('the order is not in the book');
  server.book.cancel(placed);
  expect(await session.orders.cancel(refOf(request, venueOrderId))).toMatchObject({ kind: 'canceled', report: { status: 'canceled' } });
});

it.each(['51400', '51412', '51416'])('a stop that has become a resting order is canceled by way of that order (%s)', async (code) => {
  const { session, server } = await opened();
  accepted(await session.orders.place(order()));
  const request = order({ side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000', reduceOnly: true });
  const { venueOrderId } = accepted(await session.orders.place(request));
  server.book.setPrice(OKX_SWAP.bookSymbol, '44999');
  const triggered = { kind: 'rejectWith', code, msg: "The order has been triggered and can't be canceled.", status: 200 } as const;
  server.fail(triggered, { method: 'POST', path: '/api/v5/trade/cancel-algos', times: 1 });
  const ref = { ...refOf(request, venueOrderId), type: 'stop_limit' } as const;
  expect(await session.orders.cancel(ref)).toMatchObject({ kind: 'canceled', report: { status: 'canceled' } });
  expect(server.book.openOrders(OKX_SWAP.bookSymbol)).toEqual([]);
});

it('what a stop became goes by the name of the stop, among orders and among trades', async () => {
  const { session, server } = await opened();
  const since = Date.now() - 1000;
  accepted(await session.orders.place(order({ quantity: '0.03' })));
  const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000' });
  const limit = order({ side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
  const [stopId, limitId] = [
    accepted(await session.orders.place(stop)).venueOrderId,
    accepted(await session.orders.place(limit)).venueOrderId,
  ];
  server.book.setPrice(OKX_SWAP.bookSymbol, '44999');
  const [resting] = (await session.orders.openOrders?.(SYMBOL)) ?? [];
  expect(resting).toMatchObject({ clientOrderId: limit.clientOrderId, venueOrderId: limitId, price: decimal('46000') });
  const trades = (await session.orders.trades?.(SYMBOL, since)) ?? [];
  expect(trades.at(-1)).toMatchObject({ clientOrderId: stop.clientOrderId, venueOrderId: stopId, side: 'sell' });
});
