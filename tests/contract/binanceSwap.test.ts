import { afterEach, expect, it } from 'vitest';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { binanceAccount } from '../helpers/binance/binanceFixture.ts';
import { startBinanceSwapServer } from '../helpers/binance/swapServer.ts';
import type { OpenVenue } from '../helpers/venue/bench.ts';
import { NO_OPENING, openVenue, reachVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BINANCE_SWAP } from '../helpers/venue/kinds.ts';

const SYMBOL = BINANCE_SWAP.symbol;
const order = (overrides: Parameters<typeof btcOrder>[0] = {}) => btcOrder({ symbol: SYMBOL, ...overrides });
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
const opened = async (): Promise<OpenVenue> => {
  const venue = await openVenue(BINANCE_SWAP);
  open.push(venue.close);
  return venue;
};

it('a reduce-only order that would open is refused by the venue, one that reduces is taken', async () => {
  const { session } = await opened();
  expect(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).toMatchObject({
    kind: 'rejected',
    code: 'REDUCE_ONLY_WOULD_OPEN',
  });
  accepted(await session.orders.place(order({ quantity: '0.02' })));
  expect(accepted(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).status).toBe('filled');
});

it('leverage and margin mode are set, and set again without complaint', async () => {
  const { session, server } = await opened();
  const settings = { leverage: 3, marginMode: 'isolated' } as const;
  for (let time = 1; time <= 2; time += 1) expect(await session.orders.configure?.(SYMBOL, settings)).toEqual({ kind: 'done' });
  expect(await session.orders.configure?.(SYMBOL, { leverage: 126, marginMode: null })).toMatchObject({
    kind: 'rejected',
    code: 'VENUE_REJECTED',
  });
  server.fail({ kind: 'html', status: 502 }, { path: '/fapi/v1/leverage' });
  expect(await session.orders.configure?.(SYMBOL, settings)).toMatchObject({ kind: 'unknown' });
});

it('a conditional order whose answer is lost is found by its id, though it stands apart from other orders', async () => {
  const { session, server } = await opened();
  server.fail({ kind: 'acceptThenDrop' }, { method: 'POST', path: '/fapi/v1/algoOrder', times: 1 });
  accepted(await session.orders.place(order()));
  const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000', reduceOnly: true });
  expect(await session.orders.place(stop)).toMatchObject({ kind: 'unknown' });
  expect(found(await session.orders.lookup(refOf(stop)))).toMatchObject({ status: 'open' });
  server.book.setPrice(BINANCE_SWAP.bookSymbol, '44999');
  const filled = found(await session.orders.lookup({ ...refOf(stop), type: 'stop' }));
  expect(filled).toMatchObject({ status: 'filled', fillsComplete: true, clientOrderId: stop.clientOrderId });
});

it('good till a date is native; post-only or conditional with it is refused before it leaves', async () => {
  const { session, server } = await opened();
  const expiresAt = Date.now() + 3_600_000;
  const terms = { type: 'limit', price: '40000', timeInForce: 'GTD', expiresAt } as const;
  expect(accepted(await session.orders.place(order(terms))).status).toBe('open');
  const sent = server.book.orders.length;
  for (const overrides of [
    { ...terms, postOnly: true },
    { ...terms, type: 'stop_limit', stopPrice: '55000', price: '55100' },
  ] as const)
    expect(await session.orders.place(order(overrides))).toMatchObject({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED' });
  expect(server.book.orders.length).toBe(sent);
});

it('the test of an account tells its position mode, and what the key lacks', async () => {
  const { exchanges, account, close } = await reachVenue({
    ...BINANCE_SWAP,
    start: () => startBinanceSwapServer({ key: { enableFutures: false, ipRestrict: false } }),
  });
  open.push(close);
  const { ok, checks } = await exchanges.test(account);
  const details = Object.fromEntries(checks.map(({ name, detail }) => [name, detail]));
  expect(details).toMatchObject({
    trading: expect.stringContaining('Enable Futures'),
    addresses: expect.stringContaining('bind it'),
    'position mode': expect.stringContaining('one-way'),
  });
  expect([ok, checks.filter((check) => !check.ok).map(({ name }) => name)]).toEqual([false, ['trading', 'addresses']]);
});

it('without money it trades in demo trading, and nowhere else', async () => {
  const server = await startBinanceSwapServer();
  const exchanges = createExchanges({
    venues: { binance: { origins: { 'https://demo-fapi.binance.com': server.origin, '*': 'http://127.0.0.1:9' }, ccxt: {} } },
    clock: systemClock,
    logger: silentLogger,
    openCredentials: () => server.credentials,
  });
  const account = binanceAccount({ market: 'swap', sandbox: true });
  open.push(async () => {
    await exchanges.closeAccount(account.id);
    await server.close();
  });
  const session = await exchanges.open(account, NO_OPENING);
  expect(accepted(await session.orders.place(order())).status).toBe('filled');
  expect((await exchanges.test(account)).ok).toBe(true);
});
