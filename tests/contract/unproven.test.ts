import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlaceRequest } from '../../src/exchange/exchange.ts';
import { type OpenVenue, openVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { UNPROVEN_KINDS } from '../helpers/venue/kinds.ts';

describe.each(UNPROVEN_KINDS.map((kind) => [kind.title, kind] as const))('%s', (_, kind) => {
  let venue: OpenVenue;
  beforeEach(async () => {
    venue = await openVenue(kind, { ccxt: { timeout: 800 } });
    await venue.session.feed.quote(kind.symbol, 60_000);
  });
  afterEach(() => venue.close());

  const order = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder({ symbol: kind.symbol, ...overrides });
  const orders = () => venue.session.orders;
  const placeUnder = async (fault: Fault) => {
    venue.server.fail(fault, { ...kind.place, times: 1 });
    const request = order();
    return { request, outcome: await orders().place(request) };
  };

  it.each<[string, Fault]>([
    ['no answer', { kind: 'acceptThenDrop' }],
    ['half an answer', { kind: 'stallBody' }],
    ['half a JSON document', { kind: 'truncatedJson' }],
    ['{}', { kind: 'emptyObject' }],
    ['a web page', { kind: 'html200' }],
    ['502', { kind: 'html', status: 502, executes: true }],
    ['403', { kind: 'html', status: 403, executes: true }],
  ])('an order that was taken and met with %s is in doubt, and found by our id, filled once', async (_name, fault) => {
    const { request, outcome } = await placeUnder(fault);
    expect(outcome.kind).toBe('unknown');
    expect(found(await orders().lookup(refOf(request)))).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(venue.server.book.orders).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['a refusal', { kind: 'rejectWith', ...kind.doubtful }],
    ['a dropped connection', { kind: 'dropUnread' }],
    ['400', { kind: 'html', status: 400 }],
  ])('%s proves nothing, and neither does a list that lacks the order: a person is asked', async (_name, fault) => {
    const { request, outcome } = await placeUnder(fault);
    expect(outcome.kind).toBe('unknown');
    expect(await orders().lookup(refOf(request))).toEqual({ kind: 'not_found' });
    const [market] = await venue.session.feed.markets();
    expect(market && orders().capabilities(market).refusals?.lookup_by_client_id?.instead).toMatch('person is asked');
  });

  it('429 is a refusal here too', async () => {
    const { outcome } = await placeUnder({ kind: 'slowDown', status: 429, retryAfterSec: 1 });
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' });
    expect(venue.server.book.orders).toHaveLength(0);
  });

  it('a list that cannot be read proves nothing', async () => {
    const request = order({ type: 'limit', price: '40000' });
    accepted(await orders().place(request));
    venue.server.fail({ kind: 'rejectWith', ...kind.doubtful }, { method: 'GET' });
    expect(await orders().lookup(refOf(request))).toMatchObject({ kind: 'unknown' });
    expect(await orders().cancel(refOf(request))).toMatchObject({ kind: 'unknown' });
  });

  it('an order that is no longer known by its id is in doubt, not gone', async () => {
    expect(await orders().lookup({ ...refOf(order()), venueOrderId: '987654321' })).toMatchObject({ kind: 'unknown' });
  });

  it('what has filled in part is told in base units, to the digit', async () => {
    const request = order({ type: 'limit', price: '40000', quantity: '0.03' });
    const { venueOrderId } = accepted(await orders().place(request));
    const [placed] = venue.server.book.orders;
    if (!placed) throw new Error('the order is not in the book');
    venue.server.book.fillPart(placed, placed.origQty.div(3).toFixed());
    const outcome = await orders().cancel(refOf(request, venueOrderId));
    expect(outcome).toMatchObject({ kind: 'canceled', report: { status: 'canceled', fillsComplete: true } });
    const fills = outcome.kind === 'canceled' ? (outcome.report?.fills ?? []) : [];
    expect(fills.map(({ quantity, price }) => [quantity.toFixed(), price.toFixed()])).toEqual([['0.01', '40000']]);
  });

  it('is sent our id, and no order type but market and limit', async () => {
    const request = order();
    accepted(await orders().place(request));
    const [placed] = venue.server.book.orders;
    expect(placed?.clientOrderId).toBe(request.clientOrderId);
    for (const overrides of [{ timeInForce: 'IOC' }, { postOnly: true }, { reduceOnly: true }, { ocoGroup: 'pair' }] as const)
      expect(await orders().place(order({ type: 'limit', price: '40000', ...overrides }))).toMatchObject({ code: 'FEATURE_NOT_SUPPORTED' });
    expect(venue.server.book.orders).toHaveLength(1);
  });

  it('its account says what it is', async () => {
    expect(await venue.exchanges.cautionAbout?.(venue.account)).toMatch(/unproven.*Start very small/);
    const { ok, checks } = await venue.exchanges.test(venue.account);
    expect(ok).toBe(true);
    expect(checks.at(-1)).toMatchObject({ name: 'venue', ok: false, detail: expect.stringMatching('Start very small') });
  });
});

it('credentials are those ccxt asks for, and the wrong ones are told', async () => {
  const [, kind] = UNPROVEN_KINDS;
  if (!kind) throw new Error('there is no kind');
  await expect(openVenue(kind, { credentials: { apiKey: 'k' } })).rejects.toMatchObject({
    code: 'VENUE_CREDENTIALS',
    message: expect.stringContaining('secret and password'),
  });
});

it('requests keep the distance ccxt knows of', async () => {
  const [kind] = UNPROVEN_KINDS;
  if (!kind) throw new Error('there is no kind');
  const venue = await openVenue(kind, { ccxt: { budget: 0.05 } });
  const limit = (): Promise<unknown> => venue.session.orders.place(btcOrder({ type: 'limit', price: '40000' }));
  const outcomes = await Promise.all(Array.from({ length: 20 }, limit));
  expect(outcomes).toContainEqual(expect.objectContaining({ kind: 'rejected', code: 'VENUE_RATE_LIMIT' }));
  await venue.close();
});
