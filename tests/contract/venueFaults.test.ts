import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaceRequest, VenueSetupError } from '../../src/exchange/exchange.ts';
import { createLogger } from '../../src/ops/logger.ts';
import { until } from '../helpers/until.ts';
import { NO_OPENING, type OpenVenue, openVenue, reachVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { CONTRACT_KINDS, VENUE_KINDS } from '../helpers/venue/kinds.ts';

const TIMEOUT_MS = 800;

/** The failures of docs/faults.md that are a venue's, the same for every venue, and however its account holds positions. */
describe.each(CONTRACT_KINDS.map((kind) => [kind.title, kind] as const))('when %s fails', (_, kind) => {
  let venue: OpenVenue;
  let logged: string;

  beforeEach(async () => {
    logged = '';
    const destination = {
      write: (line: string) => {
        logged += line;
      },
    };
    venue = await openVenue(kind, {
      ccxt: { timeout: TIMEOUT_MS },
      logger: createLogger({ level: 'trace', instance: 'test', destination }),
    });
    await venue.session.feed.quote(kind.symbol, 60_000);
  });
  afterEach(async () => {
    expectNoSecrets(logged);
    await venue.close();
  });

  /** Nothing that may be shown holds what a signed request carries. */
  const expectNoSecrets = (text: string): void => {
    for (const secret of Object.values(venue.server.credentials)) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/signature=[0-9a-f]|timestamp=|https?:\/\/|Bearer /i);
  };
  const order = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder({ symbol: kind.symbol, ...overrides });
  const placeUnder = async (fault: Fault, overrides: Parameters<typeof btcOrder>[0] = {}) => {
    venue.server.fail(fault, { ...kind.place, times: 1 });
    const request = order(overrides);
    const outcome = await venue.session.orders.place(request);
    expectNoSecrets(JSON.stringify(outcome));
    return { request, outcome };
  };
  const atVenue = ({ clientOrderId }: PlaceRequest) =>
    venue.server.book.orders.filter((placed) => placed.clientOrderId.replaceAll('-', '') === clientOrderId);

  it.each<[string, Fault]>([
    ['drops the connection after taking the order', { kind: 'acceptThenDrop' }],
    ['stalls in the middle of its answer', { kind: 'stallBody' }],
    ['drops the connection in the middle of its answer', { kind: 'dropInBody' }],
    ['answers with half a JSON document', { kind: 'truncatedJson' }],
    ['answers {}', { kind: 'emptyObject' }],
    ['answers 200 with a web page', { kind: 'html200' }],
    ['answers 502 though it took the order', { kind: 'html', status: 502, executes: true }],
    ['answers 504 though it took the order', { kind: 'html', status: 504, executes: true }],
  ])('%s: the order is unknown, and a look-up finds it filled once', async (_name, fault) => {
    const { request, outcome } = await placeUnder(fault);
    expect(outcome.kind).toBe('unknown');
    const report = found(await venue.session.orders.lookup(refOf(request)));
    expect(report).toMatchObject({ status: 'filled', fillsComplete: true, clientOrderId: request.clientOrderId });
    expect(atVenue(request).length).toBe(1);
  });

  it.each<[string, Fault]>([
    ['drops the connection without reading', { kind: 'dropUnread' }],
    ['answers 500 with a page', { kind: 'html', status: 500 }],
    ['answers 400 with a page', { kind: 'html', status: 400 }],
    ['says what proves nothing', { kind: 'rejectWith', ...kind.doubtful }],
    [
      'says what nobody has documented',
      { kind: 'rejectWith', code: typeof kind.doubtful.code === 'number' ? -9999 : '99999', msg: 'New.' },
    ],
  ])('%s: the order is unknown, and a look-up does not find it', async (_name, fault) => {
    const { request, outcome } = await placeUnder(fault);
    expect(outcome.kind).toBe('unknown');
    expect(await venue.session.orders.lookup(refOf(request))).toEqual({ kind: 'not_found' });
    expect(atVenue(request)).toEqual([]);
  });

  it('an order that is invisible for a while is not found, then found; never lost', async () => {
    venue.server.book.hideNewOrders(3);
    const { request } = await placeUnder({ kind: 'acceptThenDrop' });
    const kinds: string[] = [];
    for (let poll = 0; poll < 6; poll++) kinds.push((await venue.session.orders.lookup(refOf(request))).kind);
    expect(kinds[0]).toBe('not_found');
    expect(kinds.slice(kinds.indexOf('found')).every((kind_) => kind_ === 'found')).toBe(true);
    expect(kinds.at(-1)).toBe('found');
  });

  it('a look-up that fails proves nothing', async () => {
    venue.server.fail({ kind: 'html', status: 502 }, { ...kind.look, times: 1 });
    expect(await venue.session.orders.lookup(refOf(order()))).toMatchObject({ kind: 'unknown' });
  });

  it('fills that cannot be had yet leave the order known and its fills incomplete', async () => {
    const { request } = await placeUnder({ kind: 'acceptThenDrop' });
    for (const path of kind.fillPaths) venue.server.fail({ kind: 'html', status: 502 }, { path, times: 1 });
    expect(found(await venue.session.orders.lookup(refOf(request)))).toMatchObject({ status: 'filled', fills: [], fillsComplete: false });
    expect(found(await venue.session.orders.lookup(refOf(request))).fillsComplete).toBe(true);
  });

  it('a cancel without an answer is unknown; asked again, the order is no longer open', async () => {
    const request = order({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    venue.server.fail({ kind: 'acceptThenDrop' }, { ...kind.cancel, times: 1 });
    expect(await venue.session.orders.cancel(refOf(request, venueOrderId))).toMatchObject({ kind: 'unknown' });
    expect(await venue.session.orders.cancel(refOf(request, venueOrderId))).toEqual({ kind: 'not_open' });
    expect(found(await venue.session.orders.lookup(refOf(request, venueOrderId))).status).toBe('canceled');
  });

  it('an order that fills in part and is canceled by the venue ends canceled, with its fills, each once', async () => {
    const request = order({ type: 'limit', price: '40000', quantity: '0.03' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    const [placed] = atVenue(request);
    if (!placed) throw new Error('the order is not in the book');
    venue.server.book.fillPart(placed, '0.01');
    venue.server.book.fillPart(placed, '0.005');
    expect(found(await venue.session.orders.lookup(refOf(request, venueOrderId)))).toMatchObject({
      status: 'partially_filled',
      fillsComplete: true,
    });
    venue.server.book.cancel(placed);
    const report = found(await venue.session.orders.lookup(refOf(request, venueOrderId)));
    expect(report).toMatchObject({ status: 'canceled', fillsComplete: true, code: 'VENUE_CANCELED' });
    expect(report.fills.map(({ quantity }) => quantity.toFixed()).sort()).toEqual(['0.005', '0.01']);
    expect(new Set(report.fills.map(({ venueTradeId }) => venueTradeId)).size).toBe(2);
  });

  it('a cancel tells what had filled before it, with its fills: an exit is sized by them at once', async () => {
    const request = order({ type: 'limit', price: '40000', quantity: '0.03' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    const [placed] = atVenue(request);
    if (!placed) throw new Error('the order is not in the book');
    venue.server.book.fillPart(placed, '0.01');
    const outcome = await venue.session.orders.cancel(refOf(request, venueOrderId));
    expect(outcome).toMatchObject({ kind: 'canceled', report: { status: 'canceled', fillsComplete: true } });
    expect(outcome.kind === 'canceled' && outcome.report?.fills.map(({ quantity }) => quantity.toFixed())).toEqual(['0.01']);
  });

  it('an order that fills in more pieces than a page shows ends filled, with all of them', async () => {
    venue.server.book.setFillSlices(260);
    const request = order({ quantity: '0.26' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    const report = found(await venue.session.orders.lookup(refOf(request, venueOrderId)));
    expect(report).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(new Set(report.fills.map(({ venueTradeId }) => venueTradeId)).size).toBe(260);
  });

  it('429 is a refusal, after which nothing is sent until the venue may be asked again', async () => {
    const { outcome } = await placeUnder({ kind: 'slowDown', status: 429, retryAfterSec: 1 });
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    const next = order();
    const orders = venue.server.book.orders.length;
    expect(await venue.session.orders.place(next)).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(venue.server.book.orders.length).toBe(orders);
    await until(async () => (await venue.session.orders.place(next)).kind === 'accepted', { everyMs: 50, what: 'the end of the pause' });
  });

  it('a clock out of step is refused once, taken over, and then fits', async () => {
    venue.server.setClockOffset(-300_000);
    const request = order();
    const refused = await venue.session.orders.place(request);
    expect(refused).toMatchObject({ kind: 'rejected', code: kind.outOfTime });
    const wait = async (): Promise<boolean> => (await venue.session.orders.place(request)).kind === 'accepted';
    await until(wait, { everyMs: 50, what: 'the time of the venue to be taken over' });
    expect(atVenue(request).length).toBe(1);
  });

  it('100 orders whose answers are lost: each is unknown, each is found, none is doubled', async () => {
    venue.server.fail({ kind: 'acceptThenDrop' }, kind.place);
    const requests = Array.from({ length: 100 }, () => order({ side: 'sell', quantity: '0.001' }));
    for (let start = 0; start < requests.length; start += 10) {
      const group = requests.slice(start, start + 10);
      for (const outcome of await Promise.all(group.map((request) => venue.session.orders.place(request))))
        expect(outcome.kind).toBe('unknown');
    }
    venue.server.heal();
    for (const request of requests) expect(found(await venue.session.orders.lookup(refOf(request)))).toMatchObject({ status: 'filled' });
    expect(venue.server.book.orders.length).toBe(100);
  });
});

describe.each(VENUE_KINDS.map((kind) => [kind.title, kind] as const))('with the wrong key at %s', (_, kind) => {
  it('orders are refused as such, balances are not to be had, and the test of the account says so', async () => {
    const { exchanges, account, close } = await reachVenue(kind, { credentials: kind.wrongCredentials });
    const session = await exchanges.open(account, NO_OPENING).catch((error: unknown) => error as VenueSetupError);
    // Where orders depend on how the account holds positions, it is not even opened before that is known.
    if (session instanceof VenueSetupError) expect(session.code).toBe('VENUE_AUTH');
    else {
      await session.feed.quote(kind.symbol, 60_000);
      expect(await session.orders.place(btcOrder({ symbol: kind.symbol }))).toMatchObject({ kind: 'rejected', code: 'VENUE_AUTH' });
      expect(await session.orders.balances()).toBeNull();
    }
    const { ok, checks } = await exchanges.test(account);
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok).map(({ name }) => name)).toEqual(['credentials']);
    await close();
  });

  it('the right one is found sound: it may trade and not withdraw', async () => {
    const venue = await openVenue(kind);
    const { ok, checks } = await venue.exchanges.test(venue.account);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect([ok, checks.slice(0, 5).map(({ name }) => name)]).toEqual([
      true,
      ['reachable', 'clock', 'credentials', 'trading', 'withdrawals'],
    ]);
    await venue.close();
  });
});
