import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VenueSession } from '../../src/exchange/exchange.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger, silentLogger } from '../../src/ops/logger.ts';
import { type BinanceFixture, binanceAccount, NO_OPENING, openBinance } from '../helpers/binance/binanceFixture.ts';
import { until } from '../helpers/until.ts';
import { accepted, btcOrder, expectNoSecrets, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import type { Fault } from '../helpers/venue/faults.ts';

const ORDER = '/api/v3/order';
const POST = { method: 'POST', path: ORDER };
const TIMEOUT_MS = 800;

describe('when the exchange fails', () => {
  let venue: BinanceFixture & { readonly session: VenueSession };
  let logged: string;

  beforeEach(async () => {
    logged = '';
    const logger = createLogger({
      level: 'trace',
      instance: 'test',
      destination: {
        write: (line: string) => {
          logged += line;
        },
      },
    });
    venue = await openBinance({ ccxt: { timeout: TIMEOUT_MS }, logger });
  });
  afterEach(async () => {
    expectNoSecrets(logged, venue.server.credentials);
    await venue.close();
  });

  const placeUnder = async (fault: Fault) => {
    venue.server.fail(fault, { ...POST, times: 1 });
    const request = btcOrder();
    const outcome = await venue.session.orders.place(request);
    expectNoSecrets(JSON.stringify(outcome), venue.server.credentials);
    return { request, outcome };
  };

  it.each<[string, Fault, string]>([
    ['drops the connection after taking the order', { kind: 'acceptThenDrop' }, 'VENUE_REPLY_BROKEN'],
    ['stalls in the middle of its answer', { kind: 'stallBody' }, 'VENUE_TIMEOUT'],
    ['drops the connection in the middle of its answer', { kind: 'dropInBody' }, 'VENUE_REPLY_BROKEN'],
    ['answers with half a JSON document', { kind: 'truncatedJson' }, 'VENUE_REPLY_BROKEN'],
    ['answers {}', { kind: 'emptyObject' }, 'VENUE_REPLY_BROKEN'],
    ['answers 200 with a web page', { kind: 'html200' }, 'VENUE_REPLY_BROKEN'],
    ['answers 502 though it took the order', { kind: 'html', status: 502, executes: true }, 'VENUE_REPLY_BROKEN'],
    ['answers 504 though it took the order', { kind: 'html', status: 504, executes: true }, 'VENUE_TIMEOUT'],
  ])('%s: the order is unknown, and a look-up finds it filled once', async (_, fault, code) => {
    const startedAt = performance.now();
    const { request, outcome } = await placeUnder(fault);
    expect(outcome).toMatchObject({ kind: 'unknown', code });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 3_000);
    const report = found(await venue.session.orders.lookup(refOf(request)));
    expect(report).toMatchObject({ status: 'filled', fillsComplete: true, clientOrderId: request.clientOrderId });
    expect(report.fills[0]).toMatchObject({ feeAsset: 'BTC', liquidity: 'taker' });
    expect(venue.server.book.accepted(request.clientOrderId).length).toBe(1);
  });

  it.each<[string, Fault, string]>([
    ['drops the connection without reading', { kind: 'dropUnread' }, 'VENUE_REPLY_BROKEN'],
    ['answers 500 with a page', { kind: 'html', status: 500 }, 'VENUE_REPLY_BROKEN'],
    [
      'answers 503',
      { kind: 'rejectWith', status: 503, code: -1008, msg: 'Server is currently overloaded with other requests.' },
      'VENUE_REPLY_BROKEN',
    ],
    ['times out inside', { kind: 'rejectWith', status: 408, code: -1007, msg: 'Timeout waiting for response.' }, 'VENUE_TIMEOUT'],
    ['does not know itself', { kind: 'rejectWith', code: -1006, msg: 'Execution status unknown.' }, 'VENUE_REPLY_BROKEN'],
    ['says the order is there already', { kind: 'rejectWith', code: -2010, msg: 'Duplicate order sent.' }, 'VENUE_DUPLICATE_ID'],
  ])('%s: the order is unknown, and a look-up does not find it', async (_, fault, code) => {
    const { request, outcome } = await placeUnder(fault);
    expect(outcome).toMatchObject({ kind: 'unknown', code });
    expect(await venue.session.orders.lookup(refOf(request))).toEqual({ kind: 'not_found' });
  });

  it('an answer later than the deadline leaves the order unknown, though it was carried out', async () => {
    venue.server.fail({ kind: 'latency', ms: TIMEOUT_MS * 2 }, { ...POST, times: 1 });
    const request = btcOrder();
    expect(await venue.session.orders.place(request)).toMatchObject({ kind: 'unknown', code: 'VENUE_TIMEOUT' });
    await until(() => venue.server.book.accepted(request.clientOrderId).length === 1, { what: 'the late execution' });
    expect(found(await venue.session.orders.lookup(refOf(request))).status).toBe('filled');
  });

  it('an order that is invisible for a while is not found, then found; never lost', async () => {
    venue.server.book.hideNewOrders(3);
    const { request } = await placeUnder({ kind: 'acceptThenDrop' });
    const kinds = [];
    for (let poll = 0; poll < 4; poll++) kinds.push((await venue.session.orders.lookup(refOf(request))).kind);
    expect(kinds).toEqual(['not_found', 'not_found', 'found', 'found']);
  });

  it('an order that GET /order denies is found in the list of orders', async () => {
    const { request } = await placeUnder({ kind: 'acceptThenDrop' });
    venue.server.fail({ kind: 'rejectWith', code: -2013, msg: 'Order does not exist.' }, { method: 'GET', path: ORDER });
    expect(found(await venue.session.orders.lookup(refOf(request))).status).toBe('filled');
  });

  it('a look-up that fails proves nothing, whichever of its requests fails', async () => {
    const request = btcOrder();
    for (const path of [ORDER, '/api/v3/allOrders']) {
      venue.server.fail({ kind: 'html', status: 502 }, { method: 'GET', path, times: 1 });
      expect(await venue.session.orders.lookup(refOf(request))).toMatchObject({ kind: 'unknown' });
    }
  });

  it('trades that cannot be had yet leave the fills incomplete, the order known', async () => {
    const { request } = await placeUnder({ kind: 'acceptThenDrop' });
    venue.server.fail({ kind: 'html', status: 502 }, { path: '/api/v3/myTrades', times: 1 });
    expect(found(await venue.session.orders.lookup(refOf(request)))).toMatchObject({ status: 'filled', fills: [], fillsComplete: false });
    expect(found(await venue.session.orders.lookup(refOf(request))).fillsComplete).toBe(true);
  });

  it('a cancel without an answer is unknown; asked again, the order is no longer open', async () => {
    const request = btcOrder({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    venue.server.fail({ kind: 'acceptThenDrop' }, { method: 'DELETE', times: 1 });
    expect(await venue.session.orders.cancel(refOf(request, venueOrderId))).toMatchObject({ kind: 'unknown' });
    expect(await venue.session.orders.cancel(refOf(request, venueOrderId))).toEqual({ kind: 'not_open' });
    expect(found(await venue.session.orders.lookup(refOf(request))).status).toBe('canceled');
  });

  it.each([429, 418] as const)('%s: nothing more is sent until Retry-After is over', async (status) => {
    const { outcome } = await placeUnder({ kind: 'slowDown', status, retryAfterSec: 1 });
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    const sent = venue.server.requests.length;
    const next = btcOrder();
    expect(await venue.session.orders.place(next)).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(await venue.session.orders.cancel(refOf(next))).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(await venue.session.orders.lookup(refOf(next))).toMatchObject({ kind: 'unknown', code: 'VENUE_RATE_LIMIT' });
    expect(await venue.session.orders.balances()).toBeNull();
    expect(venue.server.requests.length).toBe(sent);
    await until(async () => (await venue.session.orders.place(next)).kind === 'accepted', { everyMs: 50, what: 'the end of the pause' });
  });

  it('a clock out of step is refused once, taken over, and then fits', async () => {
    venue.server.setClockOffset(60_000);
    const request = btcOrder();
    expect(await venue.session.orders.place(request)).toMatchObject({ kind: 'rejected', code: 'VENUE_CLOCK' });
    expect(accepted(await venue.session.orders.place(request)).status).toBe('filled');
  });

  it('refusals carry the words of the venue, without what must not be passed on', async () => {
    const msg = `Not like this: https://api.binance.com/x?signature=${'ab'.repeat(32)}`;
    const { outcome } = await placeUnder({ kind: 'rejectWith', code: -2010, msg });
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
    expect(outcome.kind === 'rejected' && outcome.message).toContain('Not like this: [url]');
  });

  it('wrong credentials are refused as such', async () => {
    const other = createExchanges({
      venues: { binance: { origins: { '*': venue.server.origin }, ccxt: {} } },
      clock: systemClock,
      logger: silentLogger,
      openCredentials: () => ({ apiKey: venue.server.credentials.apiKey, secret: 'not-the-secret' }),
    });
    const session = await other.open(binanceAccount(), NO_OPENING);
    const outcome = await session.orders.place(btcOrder());
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_AUTH' });
    expect(await session.orders.balances()).toBeNull();
    await other.closeAccount('account-1');
  });

  it('a venue that cannot be reached is proof that nothing was sent', async () => {
    await venue.server.close();
    const request = btcOrder();
    const lookup = () => venue.session.orders.lookup(refOf(request));
    // A request on a connection that is just being closed may have arrived; only then come those that need a new one.
    await until(async () => JSON.stringify(await lookup()).includes('VENUE_UNREACHABLE'), { what: 'the end of the old connections' });
    expect(await lookup()).toMatchObject({ kind: 'unknown', code: 'VENUE_UNREACHABLE' });
    expect(await venue.session.orders.place(request)).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
    expect(await venue.session.orders.balances()).toBeNull();
  });

  it('1,000 orders whose answers are lost: each is unknown, each is found, none is doubled', { timeout: 120_000 }, async () => {
    venue.server.fail({ kind: 'acceptThenDrop' }, POST);
    const requests = Array.from({ length: 1000 }, () => btcOrder({ quantity: '0.001' }));
    await inGroups(requests, 25, async (request) => {
      expect((await venue.session.orders.place(request)).kind).toBe('unknown');
    });
    venue.server.heal();
    const fillIds = new Set<string>();
    await inGroups(requests, 25, async (request) => {
      const report = found(await venue.session.orders.lookup(refOf(request)));
      expect(report).toMatchObject({ status: 'filled', fillsComplete: true });
      for (const fill of report.fills) fillIds.add(fill.venueTradeId);
    });
    expect(venue.server.duplicates()).toEqual([]);
    expect(fillIds.size).toBe(1000);
    expect(venue.server.book.trades.length).toBe(1000);
  });
});

it('a connection that is never established proves that nothing was sent, though it only timed out', async () => {
  // Takes connections and never answers the TLS handshake: without it not one byte of a request can leave.
  const silent: Server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const venue = await openBinance();
  const origins = { 'https://api.binance.com': venue.server.origin };
  const exchanges = createExchanges({
    venues: { binance: { origins, ccxt: { timeout: TIMEOUT_MS } } },
    clock: systemClock,
    logger: silentLogger,
    openCredentials: () => venue.server.credentials,
  });
  const session = await exchanges.open(binanceAccount(), NO_OPENING);
  origins['https://api.binance.com'] = `https://127.0.0.1:${address.port}`;
  expect(await session.orders.place(btcOrder())).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
  await exchanges.closeAccount('account-1');
  await venue.close();
  await new Promise((resolve) => silent.close(resolve));
});

async function inGroups<T>(items: readonly T[], size: number, run: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(run));
}
