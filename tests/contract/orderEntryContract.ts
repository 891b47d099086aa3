import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Market } from '../../src/domain/market/market.ts';
import { type Decimal, decimal, ZERO } from '../../src/domain/money.ts';
import type { OrderReport } from '../../src/domain/order/report.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import type { OrderRef, PlaceOutcome, PlaceRequest, VenueSession } from '../../src/exchange/exchange.ts';

/** What a venue must bring to be held to the contract: a session and a hand on its market. */
export interface OrderEntryHarness {
  readonly session: VenueSession;
  /** A spot market in which the account owns quote and enough base to sell `quantity` a few times. */
  readonly market: Market;
  /** A quantity the account can well afford, and one it cannot. */
  readonly quantity: Decimal;
  readonly tooMuch: Decimal;
  /** About where the market is now, and a price far below it that is still above the minimum notional at `quantity`. */
  readonly price: Decimal;
  readonly farBelow: Decimal;
  /** Takes the market to a price: whoever rests at a better one is matched. */
  moveMarket(price: Decimal): Promise<void>;
  /** Lets venue time pass, so that what is to happen by itself (or by being asked) happens. */
  letTimePass(): Promise<void>;
  /** Makes the next market order of `quantity` fill in at least two pieces. */
  fillInPieces(): Promise<{ readonly quantity: Decimal }>;
  /** True of a venue whose refusals prove nothing: orders it refused are in doubt. Absent: no. */
  readonly doubted?: boolean;
  /** How many orders the venue's own book holds under a client order id, counted at the venue. */
  ordersAtVenue(clientOrderId: string): Promise<number>;
  close(): Promise<void>;
}

let lastId = 0;

/** 32 hex digits, as `clientOrderIdFor` makes them; new in each call. */
export function newClientOrderId(): string {
  lastId += 1;
  return `${Date.now().toString(16)}${lastId.toString(16).padStart(8, '0')}`.padStart(32, 'a');
}

export function orderRequest(symbol: string, quantity: Decimal, overrides: Partial<PlaceRequest> = {}): PlaceRequest {
  return {
    clientOrderId: newClientOrderId(),
    symbol,
    side: 'buy',
    type: 'market',
    quantity,
    price: null,
    stopPrice: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    ocoGroup: null,
    ...overrides,
  };
}

export function refOf(request: PlaceRequest, venueOrderId: string | null = null): OrderRef {
  return { clientOrderId: request.clientOrderId, venueOrderId, symbol: request.symbol };
}

/** The report of an order that was taken; fails with the venue's words if it was not. */
export function reportIn(outcome: PlaceOutcome): OrderReport {
  if (outcome.kind !== 'accepted') throw new Error(`expected the order to be accepted, but: ${JSON.stringify(outcome)}`);
  return outcome.report;
}

/** What must hold of the fills of every report that claims to be complete. */
export function expectSoundFills(report: OrderReport, quantity: Decimal): void {
  const sum = report.fills.reduce((total, fill) => total.plus(fill.quantity), ZERO);
  expect(sum.toFixed()).toBe(report.filledQuantity.toFixed());
  expect(report.filledQuantity.lte(quantity)).toBe(true);
  expect(new Set(report.fills.map((fill) => fill.venueTradeId)).size).toBe(report.fills.length);
  for (const fill of report.fills) {
    expect(fill.quantity.gt(ZERO)).toBe(true);
    expect(fill.price.gt(ZERO)).toBe(true);
    expect(fill.fee.gt(ZERO)).toBe(true);
    expect(fill.feeAsset).toMatch(/^[A-Z0-9]+$/);
    expect(fill.executedAt).toBeGreaterThan(0);
  }
}

/** The behaviour every `OrderEntry` has, whatever venue is behind it. `make` opens a fresh one for each scenario. */
export function orderEntryContract(name: string, make: () => Promise<OrderEntryHarness>): void {
  describe(`${name} as an OrderEntry`, () => {
    let venue: OrderEntryHarness;
    beforeEach(async () => {
      venue = await make();
    });
    afterEach(async () => {
      await venue.close();
    });

    const place = (overrides: Partial<PlaceRequest> = {}) => {
      const request = orderRequest(venue.market.symbol, venue.quantity, overrides);
      return { request, outcome: venue.session.orders.place(request) };
    };
    const capable = () => venue.session.orders.capabilities(venue.market);

    /** Asks for the order until its report is as wanted; the tries are bounded. */
    const reportWhen = async (request: PlaceRequest, wanted: (report: OrderReport) => boolean): Promise<OrderReport> => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const outcome = await venue.session.orders.lookup(refOf(request));
        if (outcome.kind === 'found' && wanted(outcome.report)) return outcome.report;
        await venue.letTimePass();
      }
      throw new Error(
        `order ${request.clientOrderId} never got there: ${JSON.stringify(await venue.session.orders.lookup(refOf(request)))}`,
      );
    };
    const finalReport = (request: PlaceRequest) => reportWhen(request, (report) => isFinal(report.status) && report.fillsComplete);

    /** What a venue does not offer it refuses; it never does something else instead. */
    const expectNotOffered = (outcome: PlaceOutcome) => expect(outcome).toMatchObject({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED' });

    /** What is wrong in itself is refused before it is sent, wherever it goes. */
    const expectRefused = (outcome: PlaceOutcome, code: string) =>
      expect(outcome).toMatchObject(venue.doubted && code !== 'VENUE_PRECISION' ? { kind: 'unknown' } : { kind: 'rejected', code });

    /** Refused outright, or taken and ended unfilled: venues do either when something cannot be filled at once. */
    const expectUnfilledAtOnce = async (request: PlaceRequest, outcome: PlaceOutcome) => {
      if (outcome.kind === 'rejected') {
        expect(outcome.code).toBe('VENUE_NO_LIQUIDITY');
        return;
      }
      expect(outcome.kind).toBe('accepted');
      const report = await finalReport(request);
      expect(['expired', 'canceled']).toContain(report.status);
      expect(report.filledQuantity.isZero()).toBe(true);
    };

    it.each(['buy', 'sell'] as const)('fills a market %s completely, with trades and a fee', async (side) => {
      const { request, outcome } = place({ side });
      reportIn(await outcome);
      const report = await finalReport(request);
      expect(report.status).toBe('filled');
      expect(report.filledQuantity.eq(venue.quantity)).toBe(true);
      expect(report.fills.length).toBeGreaterThan(0);
      expectSoundFills(report, venue.quantity);
    });

    it('lets a limit order away from the market rest, and cancels it', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow });
      const accepted = reportIn(await outcome);
      expect(accepted).toMatchObject({ clientOrderId: request.clientOrderId, symbol: request.symbol, status: 'open', fills: [] });
      expect(accepted.venueOrderId).not.toBe('');
      expect((await venue.session.orders.cancel(refOf(request, accepted.venueOrderId))).kind).toBe('canceled');
      expect(await finalReport(request)).toMatchObject({ status: 'canceled', fills: [] });
    });

    it('fills a resting limit order at its price once the market comes to it', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow });
      expect(reportIn(await outcome).status).toBe('open');
      await venue.moveMarket(venue.farBelow.minus(venue.market.tickSize.mul(10)));
      const report = await finalReport(request);
      expect(report.status).toBe('filled');
      expectSoundFills(report, venue.quantity);
      for (const fill of report.fills) expect(fill.price.lte(venue.farBelow)).toBe(true);
    });

    it('says not_open when it is to cancel what is filled or was never there', async () => {
      const { request, outcome } = place();
      reportIn(await outcome);
      await finalReport(request);
      expect((await venue.session.orders.cancel(refOf(request))).kind).toBe('not_open');
      expect((await venue.session.orders.cancel(refOf(orderRequest(venue.market.symbol, venue.quantity)))).kind).toBe('not_open');
    });

    it('finds an order by its client order id, and does not find one it never saw', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow });
      const { venueOrderId } = reportIn(await outcome);
      const found = await venue.session.orders.lookup(refOf(request));
      expect(found).toMatchObject({ kind: 'found', report: { clientOrderId: request.clientOrderId, venueOrderId, status: 'open' } });
      expect(await venue.session.orders.lookup(refOf(request, venueOrderId))).toMatchObject({ kind: 'found' });
      expect(await venue.session.orders.lookup(refOf(orderRequest(venue.market.symbol, venue.quantity)))).toEqual({ kind: 'not_found' });
    });

    it('never has two orders under one client order id', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow });
      const first = reportIn(await outcome);
      const again = await venue.session.orders.place(request);
      if (again.kind === 'accepted') expect(again.report.venueOrderId).toBe(first.venueOrderId);
      expect(await venue.ordersAtVenue(request.clientOrderId)).toBe(1);
    });

    it('ends an immediate-or-cancel order that meets nothing, unfilled', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow, timeInForce: 'IOC' });
      if (!capable().timesInForce.includes('IOC')) return expectNotOffered(await outcome);
      await expectUnfilledAtOnce(request, await outcome);
    });

    it('ends a fill-or-kill order that cannot be filled whole, unfilled; fills one that can', async () => {
      const killed = place({ type: 'limit', price: venue.farBelow, timeInForce: 'FOK' });
      if (!capable().timesInForce.includes('FOK')) return expectNotOffered(await killed.outcome);
      await expectUnfilledAtOnce(killed.request, await killed.outcome);
      const marketable = venue.price.mul('1.01').div(venue.market.tickSize).trunc().mul(venue.market.tickSize);
      const filled = place({ type: 'limit', price: marketable, timeInForce: 'FOK' });
      reportIn(await filled.outcome);
      expect((await finalReport(filled.request)).status).toBe('filled');
    });

    it('refuses a post-only order that would match, or ends it unfilled with that reason', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.price.mul('1.02'), postOnly: true });
      if (!capable().postOnly) return expectNotOffered(await outcome);
      const placed = await outcome;
      if (placed.kind === 'rejected') return expect(placed.code).toBe('VENUE_WOULD_MATCH');
      // Some venues take it and cancel it in the same breath.
      expect(await finalReport(request)).toMatchObject({ status: 'canceled', fills: [], code: 'VENUE_WOULD_MATCH' });
    });

    /** A sell that waits below the market; its limit, if it has one, lies further below. */
    const stopAt = (type: 'stop' | 'stop_limit', stopPrice: Decimal): Partial<PlaceRequest> => ({
      side: 'sell',
      type,
      stopPrice,
      price: type === 'stop_limit' ? stopPrice.minus(venue.market.tickSize.mul(1000)) : null,
    });

    it.each(['stop', 'stop_limit'] as const)('lets a %s wait, and fills it once the market has come to it', async (type) => {
      const { request, outcome } = place(stopAt(type, venue.farBelow));
      if (!capable().orderTypes.includes(type)) return expectNotOffered(await outcome);
      expect(reportIn(await outcome)).toMatchObject({ clientOrderId: request.clientOrderId, status: 'open', fills: [] });
      await venue.moveMarket(venue.farBelow.minus(venue.market.tickSize));
      const report = await finalReport(request);
      expect(report).toMatchObject({ status: 'filled', clientOrderId: request.clientOrderId });
      expectSoundFills(report, venue.quantity);
      expect(await venue.ordersAtVenue(request.clientOrderId)).toBe(1);
    });

    it.each(['stop', 'stop_limit'] as const)('finds and cancels a %s that waits', async (type) => {
      const { request, outcome } = place(stopAt(type, venue.farBelow));
      if (!capable().orderTypes.includes(type)) return expectNotOffered(await outcome);
      const { venueOrderId } = reportIn(await outcome);
      const found = { kind: 'found', report: { venueOrderId, status: 'open' } };
      expect(await venue.session.orders.lookup(refOf(request))).toMatchObject(found);
      expect(await venue.session.orders.lookup({ ...refOf(request, venueOrderId), type })).toMatchObject(found);
      expect((await venue.session.orders.cancel({ ...refOf(request, venueOrderId), type })).kind).toBe('canceled');
      expect(await finalReport(request)).toMatchObject({ status: 'canceled', fills: [] });
    });

    it('cancels a stop_limit that has been triggered and rests at its limit', async () => {
      const resting = venue.farBelow.plus(venue.market.tickSize.mul(1000));
      const { request, outcome } = place({ side: 'sell', type: 'stop_limit', stopPrice: venue.farBelow, price: resting });
      if (!capable().orderTypes.includes('stop_limit')) return expectNotOffered(await outcome);
      const { venueOrderId } = reportIn(await outcome);
      await venue.moveMarket(venue.farBelow.minus(venue.market.tickSize));
      const ref = { ...refOf(request, venueOrderId), type: 'stop_limit' } as const;
      expect(await venue.session.orders.lookup(ref)).toMatchObject({ kind: 'found', report: { status: 'open' } });
      expect((await venue.session.orders.cancel(ref)).kind).toBe('canceled');
      await venue.moveMarket(resting.plus(venue.market.tickSize));
      expect(await finalReport(request)).toMatchObject({ status: 'canceled', fills: [] });
    });

    it.each(['stop', 'stop_limit'] as const)('refuses a %s whose price has been passed', async (type) => {
      const above = venue.price.plus(venue.price.mul('0.02').div(venue.market.tickSize).trunc().mul(venue.market.tickSize));
      const { request, outcome } = place(stopAt(type, above));
      if (!capable().orderTypes.includes(type)) return expectNotOffered(await outcome);
      expect(await outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_WOULD_TRIGGER' });
      expect(await venue.ordersAtVenue(request.clientOrderId)).toBe(0);
    });

    it('refuses what is worth too little', async () => {
      const { tickSize, minQuantity, minNotional } = venue.market;
      // Where value has no minimum, the quantity has one.
      const terms = minNotional.isZero()
        ? { price: venue.farBelow, quantity: minQuantity.div(2) }
        : { price: tickSize, quantity: minQuantity };
      const { request, outcome } = place({ type: 'limit', ...terms });
      expect(terms.price.mul(terms.quantity).lt(minNotional) || terms.quantity.lt(minQuantity)).toBe(true);
      const code = minNotional.isZero() && minQuantity.eq(venue.market.stepSize) ? 'VENUE_PRECISION' : 'VENUE_MIN_NOTIONAL';
      expectRefused(await outcome, code);
      expect(await venue.session.orders.lookup(refOf(request))).toEqual({ kind: 'not_found' });
    });

    it('refuses a quantity finer than the step', async () => {
      const { outcome } = place({ quantity: venue.quantity.plus(venue.market.stepSize.div(2)) });
      expect(await outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_PRECISION' });
    });

    it('refuses what the account cannot pay', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow, quantity: venue.tooMuch });
      expectRefused(await outcome, 'VENUE_INSUFFICIENT_FUNDS');
      expect(await venue.ordersAtVenue(request.clientOrderId)).toBe(0);
    });

    it('refuses a symbol it does not trade', async () => {
      const { outcome } = place({ symbol: 'NOSUCH/COIN' });
      expect(await outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_SYMBOL' });
    });

    it('accounts for an order that fills in pieces: trades are unique and add up', async () => {
      const { quantity } = await venue.fillInPieces();
      const { request, outcome } = place({ quantity });
      reportIn(await outcome);
      const report = await finalReport(request);
      expect(report.status).toBe('filled');
      expect(report.fills.length).toBeGreaterThan(1);
      expectSoundFills(report, quantity);
      expect(report.filledQuantity.eq(quantity)).toBe(true);
    });

    it('moves an open order without making a second one, or refuses and leaves it', async () => {
      const { request, outcome } = place({ type: 'limit', price: venue.farBelow });
      const { venueOrderId } = reportIn(await outcome);
      const price = venue.farBelow.plus(venue.market.tickSize);
      const amended = await venue.session.orders.amend(refOf(request, venueOrderId), { quantity: null, price, stopPrice: null });
      expect(await venue.ordersAtVenue(request.clientOrderId)).toBe(1);
      if (!capable().amend || capable().amendBy === 'leader') return expectNotOffered(amended);
      expect(reportIn(amended).status).toBe('open');
    });

    it('tells balances that hold what rests: free is less than total, never negative', async () => {
      const { outcome } = place({ type: 'limit', price: venue.farBelow });
      reportIn(await outcome);
      const balances = await venue.session.orders.balances();
      const quote = balances?.find(({ asset }) => asset === venue.market.quote);
      expect(quote?.free.lt(quote.total)).toBe(true);
      for (const { free } of balances ?? []) expect(free.gte(decimal(0))).toBe(true);
    });
  });
}
