import { afterEach, describe, expect, it } from 'vitest';
import type { Account } from '../../src/domain/portfolio/account.ts';
import type { PlaceRequest } from '../../src/exchange/exchange.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { type BybitServer, type BybitServerOptions, startBybitServer } from '../helpers/bybit/bybitServer.ts';
import { NO_OPENING, type OpenVenue, openVenue, reachVenue, type VenueKind } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BYBIT_SPOT, BYBIT_SWAP } from '../helpers/venue/kinds.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Opened = Omit<OpenVenue, 'server'> & { readonly server: BybitServer };

function withOptions(kind: VenueKind, options: BybitServerOptions): VenueKind {
  const category = kind.account.market === 'spot' ? 'spot' : 'linear';
  return { ...kind, start: () => startBybitServer({ ...options, category }) };
}

async function opened(kind: VenueKind, options: BybitServerOptions = {}): Promise<Opened> {
  const venue = await openVenue(withOptions(kind, options));
  open.push(venue.close);
  await venue.session.feed.quote(kind.symbol, 60_000);
  return venue as Opened;
}

const testAccount = (kind: VenueKind): Account => ({
  ...kind.account,
  ...{ id: 'account-1', name: 'main', sandbox: false, sealedCredentials: null, settings: {}, ownerId: null, enabled: true, createdAt: 0 },
});

const spotOrder = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder(overrides);
const swapOrder = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder({ symbol: BYBIT_SWAP.symbol, ...overrides });

describe.each([
  ['spot', BYBIT_SPOT, spotOrder],
  ['perpetuals', BYBIT_SWAP, swapOrder],
] as const)('Bybit %s', (_, kind, order) => {
  it.each([
    ['EC_PostOnlyWillTakeLiquidity', 'VENUE_WOULD_MATCH'],
    ['EC_NoImmediateQtyToFill', 'VENUE_NO_LIQUIDITY'],
    ['EC_ReachRiskPriceLimit', 'VENUE_REJECTED'],
  ])('an order that was taken and then rejected (%s) ends rejected, with the reason', async (reason, code) => {
    const { session, server } = await opened(kind);
    server.rejectNext(reason);
    const request = order({ type: 'limit', price: '40000' });
    const report = accepted(await session.orders.place(request));
    expect(report).toMatchObject({ status: 'rejected', code, fills: [], fillsComplete: true });
    expect(found(await session.orders.lookup(refOf(request)))).toMatchObject({ status: 'rejected', code });
  });

  it('an order that is taken and cannot be seen yet is open, and found later', async () => {
    const { session, server } = await opened(kind);
    server.book.hideNewOrders(2);
    const request = order({ type: 'limit', price: '40000' });
    expect(accepted(await session.orders.place(request))).toMatchObject({ status: 'open', fills: [] });
    expect((await session.orders.lookup(refOf(request))).kind).toBe('not_found');
    expect(found(await session.orders.lookup(refOf(request))).status).toBe('open');
  });

  it('an ended order that a restart of the venue has taken from the recent ones is found in the history', async () => {
    const { session, server } = await opened(kind);
    const request = order();
    accepted(await session.orders.place(request));
    server.restart();
    expect(found(await session.orders.lookup(refOf(request)))).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(server.requestsTo('GET /v5/order/history').length).toBe(1);
  });

  it('too many orders of one user in a second are refused, and tried again after it', async () => {
    const { session, server } = await opened(kind, { createsPerSecond: 2 });
    const requests = Array.from({ length: 3 }, () => order({ type: 'limit', price: '40000' }));
    const outcomes = await Promise.all(requests.map((request) => session.orders.place(request)));
    expect(outcomes.filter(({ kind: result }) => result === 'accepted').length).toBe(2);
    expect(outcomes.filter((outcome) => outcome.kind === 'rejected' && outcome.code === 'VENUE_RATE_LIMIT').length).toBe(1);
    expect(server.book.orders.length).toBe(2);
  });

  it.each([
    [10000, 'Server Timeout', 'unknown'],
    [10014, 'Invalid duplicate request.', 'unknown'],
    [110072, 'OrderLinkedID is duplicate', 'unknown'],
    [170007, 'Timeout waiting for response from backend server.', 'unknown'],
    [170141, 'Duplicate clientOrderId.', 'unknown'],
    [170149, 'Create order failed.', 'unknown'],
    [110079, 'The order is processing and can not be operated, please try again later', 'unknown'],
    [10010, "Unmatched IP, please check your API key's bound IP addresses.", 'VENUE_AUTH'],
    [10001, 'position idx not match position mode', 'VENUE_REJECTED'],
    [110090, 'Order placement failed as your position may exceed the max limit.', 'VENUE_REJECTED'],
  ])('retCode %i, "%s", means %s', async (code, msg, meaning) => {
    const { session, server } = await opened(kind);
    server.fail({ kind: 'rejectWith', code, msg, status: 200 }, { ...kind.place, times: 1 });
    const outcome = await session.orders.place(order());
    expect(outcome.kind === 'rejected' ? outcome.code : outcome.kind).toBe(meaning);
  });

  it('a classic account is not opened, and its test says what to do', async () => {
    const { exchanges, account, close } = await reachVenue(withOptions(kind, { account: { unifiedMarginStatus: 1 } }));
    open.push(close);
    await expect(exchanges.open(account, NO_OPENING)).rejects.toMatchObject({
      code: 'VENUE_SETTINGS',
      message: expect.stringContaining('unified trading account'),
    });
    const { ok, checks } = await exchanges.test(account);
    expect([ok, checks.filter((check) => !check.ok).map(({ name }) => name)]).toEqual([false, ['settings']]);
  });

  it('a key that may only read, and one that may withdraw, are told', async () => {
    const reads = await reachVenue(withOptions(kind, { account: { readOnly: true } }));
    const withdraws = await reachVenue(
      withOptions(kind, {
        account: { permissions: { Spot: ['SpotTrade'], ContractTrade: ['Order', 'Position'], Wallet: ['AccountTransfer', 'Withdraw'] } },
      }),
    );
    open.push(reads.close, withdraws.close);
    expect((await reads.exchanges.test(reads.account)).checks.find(({ name }) => name === 'trading')?.ok).toBe(false);
    const { ok, checks } = await withdraws.exchanges.test(withdraws.account);
    expect([ok, checks.find(({ name }) => name === 'withdrawals')?.ok]).toEqual([true, false]);
  });

  it('a key that lacks what its market needs is told what, and one for any address is pointed out', async () => {
    const { exchanges, account, close } = await reachVenue(
      withOptions(kind, { account: { permissions: { Options: ['OptionsTrade'] }, ips: ['*'] } }),
    );
    open.push(close);
    const failed = (await exchanges.test(account)).checks.filter(({ ok }) => !ok);
    expect(failed).toMatchObject([{ name: 'trading', detail: expect.stringContaining('Unified Trading') }, { name: 'addresses' }]);
  });

  it.each([
    ['the testnet', 'https://api-testnet.bybit.com', { sandbox: true }, {}],
    ['demo trading', 'https://api-demo.bybit.com', { sandbox: true, settings: { sandbox: 'demo' } }, {}],
    ['the site of another region', 'https://api.bybit.eu', {}, { hostname: 'bybit.eu' }],
  ] as const)('trades at %s', async (name, origin, overrides, ccxt) => {
    const server = await startBybitServer({ category: kind.account.market === 'spot' ? 'spot' : 'linear' });
    const exchanges = createExchanges({
      venues: { bybit: { origins: { [origin]: server.origin }, ccxt } },
      clock: systemClock,
      logger: silentLogger,
      openCredentials: () => server.credentials,
    });
    const account = { ...testAccount(kind), ...overrides };
    open.push(async () => {
      await exchanges.closeAccount(account.id);
      await server.close();
    });
    const session = await exchanges.open(account, NO_OPENING);
    await session.feed.quote(kind.symbol, 60_000);
    expect(accepted(await session.orders.place(order())).status).toBe('filled');
    expect((await exchanges.test(account)).ok).toBe(true);
    expect(server.requestsTo('GET /v5/user/query-api').length).toBe(name === 'demo trading' ? 0 : 1);
  });

  it('shows what rests, its kind and what has filled of it, over more than one page', async () => {
    const { session, server } = await opened(kind);
    const limit = order({ type: 'limit', price: '40000', quantity: '0.03' });
    const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000' });
    const stopLimit = order({ type: 'stop_limit', stopPrice: '55000', price: '55100' });
    for (const request of [limit, stop, stopLimit]) accepted(await session.orders.place(request));
    const [placed] = server.book.orders;
    if (placed) server.book.fillPart(placed, '0.01');
    for (let count = 0; count < 49; count += 1) accepted(await session.orders.place(order({ type: 'limit', price: '30000' })));
    const resting = (await session.orders.openOrders?.(kind.symbol)) ?? [];
    expect(resting.length).toBe(52);
    const seen = (request: PlaceRequest) => {
      const one = resting.find(({ clientOrderId }) => clientOrderId === request.clientOrderId);
      return one && [one.type, one.side, one.quantity, one.filledQuantity, one.price, one.stopPrice].map((value) => value?.toString());
    };
    expect(seen(limit)).toEqual(['limit', 'buy', '0.03', '0.01', '40000', undefined]);
    expect(seen(stop)).toEqual(['stop', 'sell', '0.01', '0', undefined, '45000']);
    expect(seen(stopLimit)).toEqual(['stop_limit', 'buy', '0.01', '0', '55100', '55000']);
  });

  it('lists trades since a time, oldest first, each once, whoever placed the order; nothing else that is called an execution', async () => {
    const { session, server } = await opened(kind);
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    server.book.setFillSlices(120);
    const sold = order({ side: 'sell', quantity: '0.12' });
    accepted(await session.orders.place(sold));
    server.settle({ id: 'f1', symbol: kind.bookSymbol, amount: '-0.5', at: Date.now() });
    const trades = (await session.orders.trades?.(kind.symbol, Date.now() - 30 * 86_400_000)) ?? [];
    expect(trades.length).toBe(121);
    expect(new Set(trades.map(({ venueTradeId }) => venueTradeId)).size).toBe(121);
    expect(trades[0]).toMatchObject({ side: 'buy', symbol: kind.symbol });
    expect(trades.at(-1)).toMatchObject({ side: 'sell', clientOrderId: sold.clientOrderId });
    expect(await session.orders.trades?.(kind.symbol, Date.now() + 1_000)).toEqual([]);
  });

  it('an order that began to fill weeks ago ends with all its fills', async () => {
    const { session, server } = await opened(kind);
    const request = order({ type: 'limit', price: '40000', quantity: '0.02' });
    server.setClockOffset(-20 * 86_400_000);
    const placed = server.book.place({
      ...{ clientOrderId: request.clientOrderId, symbol: kind.bookSymbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC' },
      ...{ quantity: request.quantity, price: request.price, stopPrice: null },
    });
    server.book.fillPart(placed, '0.005');
    server.setClockOffset(0);
    server.book.fillPart(placed, '0.015');
    const report = found(await session.orders.lookup(refOf(request)));
    expect(report).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(report.fills.map(({ quantity }) => quantity.toFixed()).toSorted()).toEqual(['0.005', '0.015']);
  });

  it('a list that cannot be had whole is not had at all', async () => {
    const { session, server } = await opened(kind);
    accepted(await session.orders.place(order({ type: 'limit', price: '40000' })));
    server.fail({ kind: 'html', status: 502 }, { path: '/v5/order/realtime' });
    expect(await session.orders.openOrders?.(kind.symbol)).toBeNull();
  });
});

describe('Bybit spot', () => {
  it('a stop holds what it would sell from the start, and is canceled under the shelf it stands on, triggered or not', async () => {
    const { session, server } = await opened(BYBIT_SPOT, { balances: { USDT: '100000', BTC: '0.015' } });
    const stop = spotOrder({ side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
    const { venueOrderId } = accepted(await session.orders.place(stop));
    expect(await session.orders.place(spotOrder({ side: 'sell' }))).toMatchObject({ kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS' });
    server.book.setPrice(BYBIT_SPOT.bookSymbol, '44999');
    // Without its type, as of an order that is only known by name.
    expect(await session.orders.cancel(refOf(stop, venueOrderId))).toMatchObject({ kind: 'canceled' });
  });
});

describe('Bybit perpetuals', () => {
  const hedged = { account: { hedgeMode: true } } as const;

  it('a reduce-only order that would open is refused by the venue, one that reduces is taken', async () => {
    const { session } = await opened(BYBIT_SWAP);
    const outcome = await session.orders.place(swapOrder({ side: 'sell', reduceOnly: true }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'REDUCE_ONLY_WOULD_OPEN' });
    accepted(await session.orders.place(swapOrder({ quantity: '0.02' })));
    expect(accepted(await session.orders.place(swapOrder({ side: 'sell', reduceOnly: true }))).status).toBe('filled');
  });

  it('in hedge mode long and short stand side by side, and each is closed by its own', async () => {
    const { session, server } = await opened(BYBIT_SWAP, hedged);
    const [market] = await session.feed.markets();
    expect(market && session.orders.capabilities(market).hedged).toBe(true);
    accepted(await session.orders.place(swapOrder({ quantity: '0.02' })));
    accepted(await session.orders.place(swapOrder({ side: 'sell', quantity: '0.01' })));
    const held = async () => (await session.orders.positions?.())?.map(({ quantity }) => quantity.toFixed()).toSorted();
    expect(await held()).toEqual(['-0.01', '0.02']);
    accepted(await session.orders.place(swapOrder({ side: 'sell', quantity: '0.02', reduces: true })));
    accepted(await session.orders.place(swapOrder({ side: 'buy', quantity: '0.01', reduceOnly: true })));
    expect(await held()).toEqual([]);
    const sent = server.requestsTo('POST /v5/order/create').map(({ json }) => json as Record<string, unknown>);
    expect(sent.map(({ side, positionIdx, reduceOnly }) => [side, positionIdx, reduceOnly])).toEqual([
      ['Buy', 1, undefined],
      ['Sell', 2, undefined],
      ['Sell', 1, true],
      ['Buy', 2, true],
    ]);
  });

  it('a mode that is changed behind our back refuses orders rather than misplacing them', async () => {
    const { session, server } = await opened(BYBIT_SWAP);
    server.account.hedgeMode = true;
    const outcome = await session.orders.place(swapOrder());
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED', message: expect.stringContaining('position mode') });
  });

  it('shows positions with entry, mark and liquidation price, leverage and the margin mode of the account', async () => {
    const { session, server } = await opened(BYBIT_SWAP, { account: { marginMode: 'ISOLATED_MARGIN' } });
    expect(await session.orders.positions?.()).toEqual([]);
    await session.orders.configure?.(BYBIT_SWAP.symbol, { leverage: 10, marginMode: null });
    accepted(await session.orders.place(swapOrder({ side: 'sell', quantity: '0.02' })));
    server.book.setPrice(BYBIT_SWAP.bookSymbol, '49000');
    const [position] = (await session.orders.positions?.()) ?? [];
    expect(position).toMatchObject({ symbol: BYBIT_SWAP.symbol, marginMode: 'isolated' });
    const { quantity, entryPrice, markPrice, liquidationPrice, leverage } = position ?? {};
    expect([quantity, entryPrice, markPrice, liquidationPrice, leverage].map(String)).toEqual(['-0.02', '50000', '49000', '55000', '10']);
  });

  it.each(['BustTrade', 'AdlTrade'] as const)('a position the venue closes (%s) is a trade of nobody, and gone', async (how) => {
    const { session, server } = await opened(BYBIT_SWAP, hedged);
    accepted(await session.orders.place(swapOrder({ quantity: '0.02' })));
    const before = Date.now() - 1_000;
    server.closeByVenue(BYBIT_SWAP.bookSymbol, how);
    expect(await session.orders.positions?.()).toEqual([]);
    const [entry, exit, ...more] = (await session.orders.trades?.(BYBIT_SWAP.symbol, before)) ?? [];
    expect([entry?.side, exit?.side, exit?.quantity.toFixed(), exit?.clientOrderId, more]).toEqual(['buy', 'sell', '0.02', null, []]);
  });

  it('lists funding since a time, oldest first: negative was paid', async () => {
    const { session, server } = await opened(BYBIT_SWAP);
    const now = Date.now();
    const day = 86_400_000;
    server.settle({ id: 'a', symbol: 'BTCUSDT', amount: '-1.25', at: now - 20 * day });
    server.settle({ id: 'b', symbol: 'BTCUSDT', amount: '0.75', at: now - 2 * day });
    server.settle({ id: 'c', symbol: 'UNLISTED', amount: '-3', at: now - day });
    for (let count = 0; count < 60; count += 1)
      server.settle({ id: `h${count}`, symbol: 'ETHUSDT', amount: '-0.01', at: now - 3_600_000 + count });
    const payments = (await session.orders.funding?.(now - 21 * day)) ?? [];
    expect(payments.length).toBe(62);
    expect(payments[0]).toMatchObject({ id: 'log_a', symbol: BYBIT_SWAP.symbol, asset: 'USDT', at: now - 20 * day });
    expect(payments.slice(0, 3).map(({ amount }) => amount.toFixed())).toEqual(['-1.25', '0.75', '-0.01']);
    expect((await session.orders.funding?.(now - 3 * day))?.length).toBe(61);
  });

  it('leverage is set, and set again without complaint; one that is too high is refused', async () => {
    const { session, server } = await opened(BYBIT_SWAP);
    const set = (leverage: number) => session.orders.configure?.(BYBIT_SWAP.symbol, { leverage, marginMode: null });
    for (let time = 1; time <= 2; time += 1) expect(await set(3)).toEqual({ kind: 'done' });
    expect(await set(101)).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
    server.fail({ kind: 'html', status: 502 }, { path: '/v5/position/set-leverage' });
    expect(await set(4)).toMatchObject({ kind: 'unknown' });
  });

  it('the margin mode is made sure of, and never changed: it is that of the whole account', async () => {
    const { session, server } = await opened(BYBIT_SWAP);
    const set = (marginMode: 'cross' | 'isolated') => session.orders.configure?.(BYBIT_SWAP.symbol, { leverage: 5, marginMode });
    expect(await set('cross')).toEqual({ kind: 'done' });
    const outcome = await set('isolated');
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED', message: expect.stringContaining('whole account') });
    expect(server.requestsTo('POST /v5/position/set-leverage').length).toBe(1);
  });
});
