import { afterEach, describe, expect, it } from 'vitest';
import type { PlaceRequest } from '../../src/exchange/exchange.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { krakenClient } from '../helpers/kraken/krakenClient.ts';
import { type KrakenServer, type KrakenServerOptions, startKrakenServer } from '../helpers/kraken/krakenServer.ts';
import { until } from '../helpers/until.ts';
import { NO_OPENING, type OpenVenue, openVenue, reachVenue, type VenueKind } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { KRAKEN_SPOT } from '../helpers/venue/kinds.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Opened = Omit<OpenVenue, 'server'> & { readonly server: KrakenServer };

const withOptions = (options: KrakenServerOptions): VenueKind => ({ ...KRAKEN_SPOT, start: () => startKrakenServer(options) });
const order = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder({ symbol: KRAKEN_SPOT.symbol, ...overrides });
const ADD = 'POST /0/private/AddOrder';
const RESTING = { type: 'limit', price: '40000' } as const;

async function opened(options: KrakenServerOptions = {}, ccxt: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  const venue = await openVenue(withOptions(options), { ccxt });
  open.push(venue.close);
  await venue.session.feed.quote(KRAKEN_SPOT.symbol, 60_000);
  return venue as Opened;
}

/** Another process that leads the same account; `aheadMs` is its machine's clock. */
async function anotherLeader({ server, account }: Opened, aheadMs = 0) {
  const exchanges = createExchanges({
    venues: { kraken: { origins: { '*': server.origin }, ccxt: {} } },
    clock: { ...systemClock, now: () => Date.now() + aheadMs },
    logger: silentLogger,
    openCredentials: () => server.credentials,
  });
  open.push(() => exchanges.closeAccount(account.id));
  return exchanges.open(account, NO_OPENING);
}

describe('requests of a key of Kraken', () => {
  it('that are made together are numbered in the order they arrive in, however slow the answers', async () => {
    const { session, server } = await opened();
    server.fail({ kind: 'latency', ms: 15 }, { path: '/0/private/*' });
    const requests = Array.from({ length: 8 }, () => order(RESTING));
    const placing = requests.map((request) => session.orders.place(request));
    const asking = Array.from({ length: 8 }, () => session.orders.balances());
    for (const outcome of await Promise.all(placing)) expect(outcome.kind).toBe('accepted');
    for (const balances of await Promise.all(asking)) expect(balances).not.toBeNull();
    const nonces = server.requests.flatMap(({ params }) => (params.nonce === undefined ? [] : [Number(params.nonce)]));
    expect(nonces).toEqual(nonces.toSorted((one, other) => one - other));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('are orders before they are questions', async () => {
    const { session, server } = await opened();
    server.fail({ kind: 'latency', ms: 40 }, { path: '/0/private/*' });
    const from = server.requests.length;
    const asking = Array.from({ length: 6 }, () => session.orders.balances());
    await until(() => server.requests.length > from, { what: 'the first question to leave' });
    accepted(await session.orders.place(order(RESTING)));
    await Promise.all(asking);
    const paths = server.requests.slice(from).map(({ path }) => path);
    expect(paths.indexOf('/0/private/AddOrder')).toBeLessThan(3);
    expect(paths.filter((path) => path === '/0/private/BalanceEx')).toHaveLength(6);
  });

  it('wait for an answer that does not come for two seconds, and then no longer', async () => {
    const { session, server } = await opened({}, { timeout: 4_000 });
    server.fail({ kind: 'stallBody' }, { path: '/0/private/BalanceEx', times: 1 });
    const hanging = session.orders.balances();
    await until(() => server.requestsTo('POST /0/private/BalanceEx').length === 1, { what: 'the question to leave' });
    const request = order(RESTING);
    const startedAt = performance.now();
    accepted(await session.orders.place(request));
    expect(performance.now() - startedAt).toBeLessThan(3_900);
    expect(await hanging).toBeNull();
  });

  it('go on from where the last leader was, whoever leads', async () => {
    const venue = await opened();
    const next = await anotherLeader(venue);
    for (const { orders } of [venue.session, next, venue.session, next]) accepted(await orders.place(order(RESTING)));
    expect(venue.server.book.orders).toHaveLength(4);
  });

  it('of a leader whose clock is behind catch up after a few that are refused, and none of those was carried out', async () => {
    const venue = await opened();
    const ahead = await anotherLeader(venue, 20_000);
    accepted(await ahead.orders.place(order(RESTING)));
    const request = order(RESTING);
    let refused = 0;
    await until(
      async () => {
        const outcome = await venue.session.orders.place(request);
        if (outcome.kind === 'accepted') return true;
        expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_CLOCK' });
        refused += 1;
        return false;
      },
      { everyMs: 1, what: 'the nonces to catch up' },
    );
    expect(refused).toBeGreaterThan(1);
    expect(refused).toBeLessThan(6);
    expect(venue.server.book.orders.filter(({ clientOrderId }) => clientOrderId === request.clientOrderId)).toHaveLength(1);
  });

  it('that ask are asked again when their number was taken meanwhile', async () => {
    const { session, server } = await opened();
    const foreign = krakenClient(server);
    await foreign.privately('Balance', {}, String((Date.now() + 500) * 1000));
    expect(await session.orders.balances()).not.toBeNull();
    expect(server.requestsTo('POST /0/private/BalanceEx')).toHaveLength(2);
  });

  it('say nothing that Kraken reads over', async () => {
    const { session, server, exchanges, account } = await opened();
    const kinds = [
      {},
      { side: 'sell' },
      RESTING,
      { ...RESTING, timeInForce: 'IOC' },
      { ...RESTING, timeInForce: 'FOK' },
      { ...RESTING, timeInForce: 'GTD', expiresAt: Date.now() + 3_600_000 },
      { ...RESTING, postOnly: true },
      { side: 'sell', type: 'stop', stopPrice: '45000' },
      { side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '44900' },
    ] as const;
    for (const terms of kinds) {
      const request = order(terms);
      accepted(await session.orders.place(request));
      await session.orders.lookup(refOf(request));
      await session.orders.cancel(refOf(request));
    }
    await Promise.all([session.orders.openOrders?.('BTC/USD'), session.orders.trades?.('BTC/USD', 0), session.orders.balances()]);
    expect((await exchanges.test(account)).ok).toBe(true);
    expect(server.junk).toEqual([]);
  });
});

describe('an order at Kraken', () => {
  it('that ends at a time says so itself, to the second, and ends with that reason', async () => {
    const { session, server } = await opened();
    const at = Date.now() + 60_000;
    const request = order({ ...RESTING, timeInForce: 'GTD', expiresAt: at });
    const { venueOrderId } = accepted(await session.orders.place(request));
    expect(server.requestsTo(ADD)[0]?.params).toMatchObject({ timeinforce: 'GTD', expiretm: String(Math.floor(at / 1000)) });
    server.setClockOffset(61_000);
    expect(found(await session.orders.lookup(refOf(request, venueOrderId)))).toMatchObject({ status: 'expired', code: 'VENUE_EXPIRED' });
  });

  it('is not given a time that is farther ahead than Kraken takes', async () => {
    const { session, server } = await opened();
    const late = order({ ...RESTING, timeInForce: 'GTD', expiresAt: Date.now() + 29 * 24 * 3_600_000 });
    expect(await session.orders.place(late)).toMatchObject({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED' });
    expect(server.requestsTo(ADD)).toEqual([]);
  });

  it('leaves exactly what was bought and sold of the base asset: its fees are taken from the quote asset', async () => {
    const { session, server } = await opened();
    const { rules } = server.book.market(KRAKEN_SPOT.bookSymbol);
    const before = server.book.wallet.held(rules);
    const fees = [];
    for (const side of ['buy', 'sell', 'buy'] as const) fees.push(...accepted(await session.orders.place(order({ side }))).fills);
    expect(server.book.wallet.held(rules).minus(before).toFixed()).toBe('0.01');
    expect(fees.map(({ fee, feeAsset }) => [fee.toFixed(), feeAsset])).toEqual([
      ['2', 'USD'],
      ['2', 'USD'],
      ['2', 'USD'],
    ]);
  });

  it('that nothing is there for ends with that reason, and not as canceled by somebody', async () => {
    const { session } = await opened();
    for (const timeInForce of ['IOC', 'FOK'] as const)
      expect(accepted(await session.orders.place(order({ ...RESTING, timeInForce })))).toMatchObject({
        status: 'canceled',
        code: 'VENUE_NO_LIQUIDITY',
      });
  });

  it.each(['refuse', 'cancel'] as const)('post-only that would take is refused, or ends with that reason (%s)', async (postOnly) => {
    const { session } = await opened({ postOnly });
    const outcome = await session.orders.place(order({ type: 'limit', price: '51000', postOnly: true }));
    if (outcome.kind === 'rejected') expect(outcome.code).toBe('VENUE_WOULD_MATCH');
    else expect(accepted(outcome)).toMatchObject({ status: 'canceled', code: 'VENUE_WOULD_MATCH' });
  });

  it.each([
    ['EOrder:Insufficient funds', 'VENUE_INSUFFICIENT_FUNDS'],
    ['EService:Market in post_only mode', 'VENUE_REJECTED'],
    ['EService:Deadline elapsed', 'unknown'],
    ['EService:Busy', 'unknown'],
    ['EGeneral:Internal error', 'unknown'],
    ['EGeneral:Invalid arguments:cl_ord_id not unique', 'unknown'],
    ['EGeneral:Temporary lockout', 'VENUE_RATE_LIMIT'],
  ])('that Kraken answers with "%s" is %s', async (words, meaning) => {
    const { session, server } = await opened();
    server.fail({ kind: 'rejectWith', code: words, msg: '', status: 200 }, { path: '/0/private/AddOrder', times: 1 });
    const outcome = await session.orders.place(order());
    expect(outcome.kind === 'rejected' ? outcome.code : outcome.kind).toBe(meaning);
  });

  it('is not taken while the market only cancels, and its cancel is', async () => {
    const { session, server } = await opened();
    const request = order(RESTING);
    const { venueOrderId } = accepted(await session.orders.place(request));
    server.system.status = 'cancel_only';
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
    expect((await session.orders.cancel(refOf(request, venueOrderId))).kind).toBe('canceled');
  });

  it('that came after its deadline by our clock being behind is in doubt, and the next one is in time', async () => {
    const { session, server } = await opened();
    server.setClockOffset(300_000);
    const late = order();
    expect((await session.orders.place(late)).kind).toBe('unknown');
    expect(await session.orders.lookup(refOf(late))).toEqual({ kind: 'not_found' });
    expect((await session.orders.place(order())).kind).toBe('accepted');
  });

  it('whose cancel is only taken is in doubt until it is carried out, and what fills meanwhile is not lost', async () => {
    const { session, server } = await opened();
    const request = order({ ...RESTING, quantity: '0.03' });
    const ref = refOf(request, accepted(await session.orders.place(request)).venueOrderId);
    server.holdCancels(true);
    expect(await session.orders.cancel(ref)).toMatchObject({ kind: 'unknown' });
    const [placed] = server.book.orders;
    if (!placed) throw new Error('the order is not in the book');
    server.book.fillPart(placed, '0.01');
    server.holdCancels(false);
    const report = found(await session.orders.lookup(ref));
    expect(report).toMatchObject({ status: 'canceled', fillsComplete: true });
    expect(report.fills.map(({ quantity }) => quantity.toFixed())).toEqual(['0.01']);
    expect(await session.orders.cancel(ref)).toEqual({ kind: 'not_open' });
  });

  it('that has ended is found by its id while the lists lag behind, and by its name, of which the next leader has no more, when they no longer do', async () => {
    const venue = await opened();
    const request = order();
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    venue.server.lagHistory(1);
    expect(found(await venue.session.orders.lookup(refOf(request, venueOrderId))).status).toBe('filled');
    expect(found(await venue.session.orders.lookup(refOf(request))).status).toBe('filled');
    const { orders } = await anotherLeader(venue);
    expect(await orders.lookup(refOf(request))).toEqual({ kind: 'not_found' });
    expect(found(await orders.lookup(refOf(request))).status).toBe('filled');
  });
});

describe('what Kraken takes', () => {
  it('is kept to: a burst of questions waits, and an order among them is placed and known at once', async () => {
    const limits = { calls: { max: 15, fallsPerSecond: 1 / 3 }, orders: { max: 60, fallsPerSecond: 1 } };
    const { session } = await opened({ limits }, { budget: 1, timeout: 3_000 });
    const asking = Array.from({ length: 14 }, () => session.orders.balances());
    const startedAt = performance.now();
    expect(accepted(await session.orders.place(order()))).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    const answered = (await Promise.all(asking)).filter((balances) => balances !== null);
    expect(answered.length).toBeGreaterThan(7);
    expect(answered.length).toBeLessThan(14);
  });
});

describe('an order that is replaced too often at Kraken', () => {
  it('is left standing: none is canceled after which the next could not be placed', async () => {
    const { session, server } = await opened({ limits: { orders: { max: 60, fallsPerSecond: 1 } } }, { budget: 1 });
    const place = async () => {
      const request = order(RESTING);
      return refOf(request, accepted(await session.orders.place(request)).venueOrderId);
    };
    let standing = await place();
    for (let n = 1; n <= 5; n += 1) {
      expect((await session.orders.cancel(standing)).kind).toBe('canceled');
      standing = await place();
    }
    expect(await session.orders.cancel(standing)).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(server.book.openOrders().map(({ clientOrderId }) => clientOrderId)).toEqual([standing.clientOrderId]);
    expect(server.requestsTo('POST /0/private/CancelOrder')).toHaveLength(5);
  });
});

describe('the key of an account at Kraken', () => {
  const checksOf = async (account: NonNullable<KrakenServerOptions['account']>) => {
    const reached = await reachVenue(withOptions({ account }));
    open.push(reached.close);
    return reached.exchanges.test(reached.account);
  };
  const TRADING = ['query-funds', 'query-open-trades', 'query-closed-trades', 'modify-trades'] as const;

  it('may trade with four rights and no more', async () => {
    expect((await checksOf({ permissions: TRADING })).ok).toBe(true);
  });

  it.each(TRADING)('that lacks %s is told so', async (missing) => {
    const { ok, checks } = await checksOf({ permissions: TRADING.filter((right) => right !== missing) });
    expect(ok).toBe(false);
    expect(checks.find(({ name }) => name === 'trading')).toMatchObject({ ok: false, detail: expect.stringContaining('the key lacks "') });
  });

  it('that may withdraw, or from any address, is pointed out', async () => {
    const { ok, checks } = await checksOf({ permissions: [...TRADING, 'withdraw-funds'], ipAllowlist: [] });
    expect([ok, checks.filter((check) => !check.ok).map(({ name }) => name)]).toEqual([true, ['withdrawals', 'addresses']]);
  });

  it('for a testnet is refused: there is none for spot', async () => {
    const { exchanges, account, close } = await reachVenue(KRAKEN_SPOT);
    open.push(close);
    await expect(exchanges.open({ ...account, sandbox: true }, NO_OPENING)).rejects.toMatchObject({ code: 'VENUE_NO_SANDBOX' });
  });
});
