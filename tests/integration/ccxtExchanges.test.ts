import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExchangeClass } from '../../src/exchange/ccxt/loadCcxt.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { type BinanceFixture, binanceAccount, NO_OPENING, startBinance } from '../helpers/binance/binanceFixture.ts';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { until } from '../helpers/until.ts';
import { accepted, btcOrder } from '../helpers/venue/ccxtOrders.ts';

const EXCHANGE_INFO = 'GET /api/v3/exchangeInfo';
const TICKER = 'GET /api/v3/ticker/24hr';

describe('opening accounts', () => {
  let venue: BinanceFixture;
  beforeEach(async () => {
    venue = await startBinance();
  });
  afterEach(async () => {
    for (const id of ['a', 'b', 'p']) await venue.exchanges.closeAccount(id);
    await venue.close();
  });

  it('accounts of one venue share its markets: they are loaded once', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map((id) => venue.exchanges.open(binanceAccount({ id }), NO_OPENING)));
    expect(a?.feed).toBe(b?.feed);
    expect(venue.server.requestsTo(EXCHANGE_INFO).length).toBe(1);
    await venue.exchanges.closeAccount('a');
    expect(b && accepted(await b.orders.place(btcOrder())).status).toBe('filled');
    await venue.exchanges.closeAccount('b');
    await venue.exchanges.open(binanceAccount({ id: 'a' }), NO_OPENING);
    expect(venue.server.requestsTo(EXCHANGE_INFO).length).toBe(2);
  });

  it('a venue that is down cannot be opened, and can once it is back', async () => {
    venue.server.fail({ kind: 'html', status: 502 }, { path: '/api/v3/exchangeInfo', times: 1 });
    await expect(venue.exchanges.open(binanceAccount({ id: 'a' }), NO_OPENING)).rejects.toMatchObject({
      name: 'VenueSetupError',
      code: 'VENUE_UNREACHABLE',
    });
    const session = await venue.exchanges.open(binanceAccount({ id: 'a' }), NO_OPENING);
    expect((await session.feed.markets()).length).toBe(3);
  });

  it.each([
    ['a misspelt venue', { venue: 'binanse' }, 'VENUE_UNKNOWN', 'Did you mean binance'],
    ['an exchange whose trades ccxt cannot list', { venue: 'upbit' }, 'VENUE_NOT_SUPPORTED', 'A paper account can use upbit'],
    ['swaps at Coinbase', { venue: 'coinbase', market: 'swap' as const }, 'VENUE_NOT_SUPPORTED', '"market":"spot"'],
    ['a sandbox at Coinbase', { venue: 'coinbase', sandbox: true }, 'VENUE_NO_SANDBOX', 'paper account'],
    ['a second sandbox at OKX', { venue: 'okx', sandbox: true, settings: { sandbox: 'demo' } }, 'VENUE_NO_SANDBOX', 'can be testnet'],
    ['a sandbox without saying so', { settings: { sandbox: 'demo' } }, 'VENUE_NO_SANDBOX', 'add "sandbox":true'],
    ['a paper account whose feed is no exchange', { venue: 'paper', settings: { feed: 'krakn' } }, 'VENUE_UNKNOWN', 'kraken'],
  ])('refuses %s and says what would work', async (_, overrides, code, words) => {
    const opening = venue.exchanges.open(binanceAccount({ id: 'a', ...overrides }), NO_OPENING);
    await expect(opening).rejects.toMatchObject({ name: 'VenueSetupError', code, message: expect.stringContaining(words) });
  });

  it('an account without its credentials is told which are missing', async () => {
    const exchanges = createExchanges({
      venues: { binance: { origins: { '*': venue.server.origin }, ccxt: {} } },
      clock: systemClock,
      logger: silentLogger,
      openCredentials: () => ({ apiKey: 'only-this' }),
    });
    await expect(exchanges.open(binanceAccount(), NO_OPENING)).rejects.toMatchObject({
      code: 'VENUE_CREDENTIALS',
      message: expect.stringContaining('secret'),
    });
  });

  it.each([
    ['the testnet', 'https://testnet.binance.vision', {}],
    ['the testnet when that is named', 'https://testnet.binance.vision', { sandbox: 'testnet' }],
    ['demo trading when that is named', 'https://demo-api.binance.com', { sandbox: 'demo' }],
  ])('a sandbox account talks to %s, and to nothing else', async (_, origin, settings) => {
    const exchanges = createExchanges({
      venues: { binance: { origins: { [origin]: venue.server.origin, '*': 'http://127.0.0.1:9' }, ccxt: {} } },
      clock: systemClock,
      logger: silentLogger,
      openCredentials: () => venue.server.credentials,
    });
    const account = binanceAccount({ sandbox: true, settings });
    const session = await exchanges.open(account, NO_OPENING);
    expect(accepted(await session.orders.place(btcOrder())).status).toBe('filled');
    const { ok, checks } = await exchanges.test(account);
    expect([ok, checks.find(({ name }) => name === 'withdrawals')?.detail]).toEqual([true, expect.stringContaining('does not tell')]);
    await exchanges.closeAccount('account-1');
  });

  it('a paper account trades at the prices of a real venue', async () => {
    const account = binanceAccount({ id: 'p', venue: 'paper', settings: { feed: 'binance', slippage: '0' } });
    const session = await venue.exchanges.open(account, NO_OPENING);
    const report = accepted(await session.orders.place(btcOrder()));
    expect(report.fills[0]?.price.toFixed()).toBe('50000');
    expect(venue.server.book.orders).toEqual([]);
  });
});

describe('testing an account', () => {
  it('finds a sound one sound', async () => {
    const venue = await startBinance();
    const result = await venue.exchanges.test(binanceAccount());
    expect(result.checks.map(({ name, ok }) => [name, ok])).toEqual(
      ['reachable', 'clock', 'credentials', 'trading', 'withdrawals', 'addresses'].map((name) => [name, true]),
    );
    expect(result.ok).toBe(true);
    await venue.close();
  });

  it('points out a key that may withdraw or be used from anywhere and a clock that is off, without failing them', async () => {
    const venue = await startBinance({ server: { permissions: { canTrade: true, canWithdraw: true, ipRestricted: false } } });
    venue.server.setClockOffset(-5_000);
    const { ok, checks } = await venue.exchanges.test(binanceAccount());
    expect(ok).toBe(true);
    expect(checks.filter((check) => !check.ok).map(({ name }) => name)).toEqual(['clock', 'withdrawals', 'addresses']);
    await venue.close();
  });

  it('says what a key lacks that may read and not trade', async () => {
    const permissions = { canTrade: true, canWithdraw: false, ipRestricted: true, keyMayTrade: false };
    const venue = await startBinance({ server: { permissions } });
    const { ok, checks } = await venue.exchanges.test(binanceAccount());
    expect([ok, checks.filter((check) => !check.ok)]).toEqual([
      false,
      [{ name: 'trading', ok: false, detail: expect.stringContaining('Enable Spot & Margin Trading') }],
    ]);
    await venue.close();
  });

  it('fails a key that may not trade, an unknown key, a venue out of reach and a venue that does not exist', async () => {
    const venue = await startBinance({ server: { permissions: { canTrade: false, canWithdraw: false, ipRestricted: true } } });
    const failing = async (overrides: Parameters<typeof binanceAccount>[0] = {}) => {
      const { ok, checks } = await venue.exchanges.test(binanceAccount(overrides));
      expect(ok).toBe(false);
      return checks.filter((check) => !check.ok).map(({ name }) => name);
    };
    expect(await failing()).toEqual(['trading']);
    venue.server.fail({ kind: 'rejectWith', status: 401, code: -2015, msg: 'Invalid API-key.' }, { path: '/api/v3/account', times: 1 });
    expect(await failing()).toEqual(['credentials']);
    expect(await failing({ venue: 'binanse' })).toEqual(['setup']);
    await venue.close();
    expect(await failing()).toEqual(['reachable']);
  });
});

describe('market data', () => {
  it('is one load for a hundred symbols and more, exact to the tick', async () => {
    const venue = await startBinance({ server: { symbols: manySymbols(150) } });
    const { feed } = await venue.exchanges.open(binanceAccount(), NO_OPENING);
    const markets = await feed.markets();
    expect(markets.length).toBe(150);
    expect(JSON.parse(JSON.stringify(markets[0]))).toEqual({
      symbol: 'A000/USDT',
      venueSymbol: 'A000USDT',
      type: 'spot',
      base: 'A000',
      quote: 'USDT',
      tickSize: '0.01',
      stepSize: '0.00001',
      minQuantity: '0.00001',
      minNotional: '5',
      takerFee: '0.001',
    });
    await venue.exchanges.closeAccount('account-1');
    await venue.close();
  });

  it('three thousand symbols are one load, kept for every account that comes', async () => {
    const venue = await startBinance({ server: { symbols: manySymbols(3000) } });
    const session = await venue.exchanges.open(binanceAccount({ id: 'a' }), NO_OPENING);
    expect((await session.feed.markets()).length).toBe(3000);
    await venue.exchanges.open(binanceAccount({ id: 'b' }), NO_OPENING);
    expect(venue.server.requestsTo(EXCHANGE_INFO).length).toBe(1);
    for (const id of ['a', 'b']) await venue.exchanges.closeAccount(id);
    await venue.close();
  });

  it('the next start begins with what was listed before, while the venue is asked again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'markets-'));
    const venue = await startBinance({ server: { symbols: manySymbols(20) } });
    const exchangesOf = (origin: string) =>
      createExchanges({
        ...{ venues: { binance: { origins: { '*': origin }, ccxt: {} } }, clock: systemClock, logger: silentLogger },
        ...{ openCredentials: () => venue.server.credentials, cacheDirectory: directory },
      });
    const first = exchangesOf(venue.server.origin);
    await (await first.open(binanceAccount({ id: 'a' }), NO_OPENING)).feed.markets();
    await first.closeAccount('a');
    venue.server.fail({ kind: 'latency', ms: 400 }, { path: '/api/v3/exchangeInfo', times: 1 });
    const loads = venue.server.requestsTo(EXCHANGE_INFO).length;
    const second = exchangesOf(venue.server.origin);
    const { feed, orders } = await second.open(binanceAccount({ id: 'a' }), NO_OPENING);
    const begun = await feed.markets();
    expect(begun.map(({ symbol }) => symbol)).toContain('A019/USDT');
    expect((await orders.place(btcOrder({ symbol: 'A019/USDT', quantity: '1' }))).kind).toBe('accepted');
    await until(async () => (await feed.markets()) !== begun, { what: 'the answer of the venue' });
    expect(venue.server.requestsTo(EXCHANGE_INFO).length).toBe(loads + 1);
    await second.closeAccount('a');
    // Another place to go to is another venue.
    const elsewhere = exchangesOf('http://127.0.0.1:9');
    await expect(elsewhere.open(binanceAccount({ id: 'a' }), NO_OPENING)).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
    await venue.close();
    await rm(directory, { recursive: true });
  });

  it('quotes share a request, stay fresh by themselves, and are missing when the venue is', async () => {
    const venue = await startBinance();
    const { feed } = await venue.exchanges.open(binanceAccount(), NO_OPENING);
    const quotes = await Promise.all([feed.quote('BTC/USDT', 1000), feed.quote('BTC/USDT', 1000), feed.quote('ETH/USDT', 1000)]);
    expect(quotes.map((quote) => quote?.last.toFixed())).toEqual(['50000', '50000', '2500']);
    expect(quotes[0]).toMatchObject({ source: 'binance', symbol: 'BTC/USDT' });
    expect(venue.server.requestsTo(TICKER).length).toBe(2);
    venue.server.book.setPrice('BTCUSDT', '50123.45');
    await until(() => venue.server.requestsTo(TICKER).at(-1)?.params.symbols === '["BTCUSDT","ETHUSDT"]', { what: 'the refresh of both' });
    await until(async () => (await feed.quote('BTC/USDT', 60_000))?.bid.toFixed() === '50123.45', { what: 'the new price' });
    expect(await feed.quote('NO/SUCH', 1000)).toBeNull();
    venue.server.fail({ kind: 'html', status: 502 });
    expect(await feed.quote('SOL/USDT', 1000)).toBeNull();
    venue.server.heal();
    expect((await feed.quote('SOL/USDT', 1000))?.last.toFixed()).toBe('150');
    await venue.exchanges.closeAccount('account-1');
    await venue.close();
  });
});

it('the protocol server is Binance to an untouched ccxt: its own market loading, orders and parsing work', async () => {
  const venue = await startBinance();
  const Binance = (await loadExchangeClass('binance')) as unknown as new (
    options: object,
  ) => Record<string, (...given: unknown[]) => Promise<unknown>>;
  const exchange = new Binance({ ...venue.server.credentials, enableRateLimit: false, options: { defaultType: 'spot' } });
  Object.assign(exchange, {
    fetchImplementation: (url: string, init: RequestInit & { agent?: unknown }) =>
      fetch(url.replace(/^https:\/\/[^/]+/, venue.server.origin), init),
  });
  const call = (method: string, ...given: unknown[]): Promise<unknown> => {
    const run = exchange[method];
    if (!run) throw new Error(`ccxt has no ${method}`);
    return run.apply(exchange, given);
  };
  await call('loadMarkets');
  expect(await call('createOrder', 'BTC/USDT', 'market', 'buy', 0.01)).toMatchObject({ status: 'closed', filled: 0.01, average: 50000 });
  const limit = (await call('createOrder', 'BTC/USDT', 'limit', 'sell', 0.01, 60000, { clientOrderId: 'mine' })) as { id: string };
  expect(await call('fetchOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'open', clientOrderId: 'mine' });
  expect(await call('fetchOpenOrders', 'BTC/USDT')).toHaveLength(1);
  expect(await call('cancelOrder', limit.id, 'BTC/USDT')).toMatchObject({ status: 'canceled' });
  expect(await call('fetchMyTrades', 'BTC/USDT')).toHaveLength(1);
  expect(await call('fetchOrders', 'BTC/USDT')).toHaveLength(2);
  expect(await call('fetchBalance')).toMatchObject({ BTC: { free: 1000.00999 } });
  expect(await call('fetchOHLCV', 'BTC/USDT', '1m', undefined, 3)).toHaveLength(3);
  await expect(call('createOrder', 'BTC/USDT', 'limit', 'buy', 10000, 40000)).rejects.toMatchObject({ name: 'InsufficientFunds' });
  await expect(call('fetchOrder', '1', 'BTC/USDT')).rejects.toMatchObject({ name: 'OrderNotFound' });
  await venue.close();
});
