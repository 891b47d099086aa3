import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIMES_IN_FORCE, VENUE_ORDER_TYPES } from '../../src/domain/alert/alert.ts';
import type { Market } from '../../src/domain/market/market.ts';
import { type Decimal, decimal, ZERO } from '../../src/domain/money.ts';
import type { Fill } from '../../src/domain/order/order.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import type { PlaceRequest } from '../../src/exchange/exchange.ts';
import { expectSoundFills, orderRequest, refOf } from './orderEntryContract.ts';
import { BTC, BTC_SWAP, openPaper, type PaperFixture, reportOf, TICK_MS } from './paperFixture.ts';

const MARKETS = [BTC, BTC_SWAP] as const;
const SETTINGS = { balances: { USDT: '5000', BTC: '20' }, depthNotional: '300', slippage: '0.001', makerFee: '0.0007', takerFee: '0.001' };

const tenths = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map((value) => decimal(value).div(10));

const seldom = fc.nat({ max: 5 }).map((value) => value === 0);
const placing = fc
  .record({
    market: fc.constantFrom(...MARKETS),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    type: fc.constantFrom(...VENUE_ORDER_TYPES),
    quantity: tenths(0.1, 12),
    price: tenths(70, 130),
    stopPrice: tenths(70, 130),
    timeInForce: fc.constantFrom(...TIMES_IN_FORCE),
    postOnly: seldom,
    reduceOnly: seldom,
    ocoGroup: fc.constantFrom(null, null, 'one', 'two'),
  })
  .map((order) => ({ kind: 'place' as const, ...order }));
const moving = fc.record({
  kind: fc.constant('move' as const),
  market: fc.constantFrom(...MARKETS),
  bid: tenths(70, 130),
  spread: tenths(0.1, 2),
});
const chosen = fc.nat({ max: 40 });
const action = fc.oneof(
  { weight: 5, arbitrary: placing },
  { weight: 4, arbitrary: moving },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), chosen }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('amend' as const), chosen, quantity: tenths(0.1, 12), price: tenths(70, 130) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function perform(step: Action, venue: PaperFixture, placed: PlaceRequest[]): Promise<void> {
  const { orders } = venue.session;
  if (step.kind === 'move') {
    venue.feed.set(step.market.symbol, step.bid, step.bid.plus(step.spread));
    await venue.clock.advance(TICK_MS);
    return;
  }
  if (step.kind === 'place') {
    const { kind, market, ocoGroup, ...terms } = step;
    const group = ocoGroup === null ? null : `${ocoGroup} ${market.symbol}`;
    const request = orderRequest(market.symbol, terms.quantity, { ...terms, ocoGroup: group, expiresAt: venue.clock.now() + 4 * TICK_MS });
    const outcome = await orders.place(request);
    expect(outcome.kind).not.toBe('unknown');
    if (outcome.kind === 'accepted') placed.push(request);
    return;
  }
  const request = placed[step.chosen];
  if (!request) return;
  if (step.kind === 'cancel') await orders.cancel(refOf(request));
  else {
    const outcome = await orders.amend(refOf(request), {
      quantity: step.quantity,
      price: request.type === 'limit' ? step.price : null,
      stopPrice: null,
    });
    if (outcome.kind === 'accepted') placed[step.chosen] = { ...request, quantity: step.quantity };
  }
}

interface Execution {
  readonly market: Market;
  readonly signed: Decimal;
  readonly fill: Fill;
}

/** Every execution there was, in the order they happened. */
async function executions(venue: PaperFixture, placed: readonly PlaceRequest[]): Promise<Execution[]> {
  const all: Execution[] = [];
  for (const request of placed) {
    const market = MARKETS.find(({ symbol }) => symbol === request.symbol) ?? BTC;
    for (const fill of (await reportOf(venue.session.orders, request)).fills) {
      all.push({ market, fill, signed: request.side === 'buy' ? fill.quantity : fill.quantity.neg() });
    }
  }
  return all;
}

/** Cash flow and holdings of a swap, computed without any notion of average cost. */
function swapEquity(fills: readonly Execution[], mark: Decimal): Decimal {
  const swaps = fills.filter(({ market }) => market === BTC_SWAP);
  const held = swaps.reduce((sum, { signed }) => sum.plus(signed), ZERO);
  const cash = swaps.reduce((sum, { signed, fill }) => sum.minus(signed.mul(fill.price)).minus(fill.fee), ZERO);
  return cash.plus(held.mul(mark));
}

async function total(venue: PaperFixture, asset: string): Promise<Decimal> {
  return decimal((await venue.balance(asset)).total);
}

describe('paper venue, whatever the orders and prices', () => {
  it('conserves value, never over-fills, and never holds less than nothing', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 40, size: 'max' }), async (steps) => {
        const venue = await openPaper(SETTINGS);
        const placed: PlaceRequest[] = [];
        for (const step of steps) {
          await perform(step, venue, placed);
          for (const { free, total: owned, asset } of (await venue.session.orders.balances()) ?? []) {
            expect(free.lte(owned), `${asset}: what is held is not negative`).toBe(true);
            if (asset === 'BTC') expect(free.gte(ZERO), 'spot base is never promised twice').toBe(true);
          }
        }
        for (const request of placed) expectSoundFills(await reportOf(venue.session.orders, request), request.quantity);
        const fills = await executions(venue, placed);
        const spot = fills.filter(({ market }) => market === BTC);
        const feesIn = (asset: string) => spot.reduce((sum, { fill }) => (fill.feeAsset === asset ? sum.plus(fill.fee) : sum), ZERO);
        const bought = spot.reduce((sum, { signed }) => sum.plus(signed), ZERO);
        expect((await total(venue, 'BTC')).toFixed()).toBe(decimal(20).plus(bought).minus(feesIn('BTC')).toFixed());

        for (const request of placed) await venue.session.orders.cancel(refOf(request));
        // Close what swap is left so that all profit is realised and cash flows alone must explain the balance.
        const held = fills.reduce((sum, { market, signed }) => (market === BTC_SWAP ? sum.plus(signed) : sum), ZERO);
        if (!held.isZero()) {
          const close = orderRequest(BTC_SWAP.symbol, held.abs(), { side: held.gt(ZERO) ? 'sell' : 'buy', reduceOnly: true });
          expect((await venue.session.orders.place(close)).kind).toBe('accepted');
          for (let tick = 0; tick < 1000 && !isFinal((await reportOf(venue.session.orders, close)).status); tick++)
            await venue.clock.advance(TICK_MS);
          placed.push(close);
        }
        const after = await executions(venue, placed);
        const spentOnSpot = after
          .filter(({ market }) => market === BTC)
          .reduce((sum, { signed, fill }) => sum.plus(signed.mul(fill.price)).plus(fill.feeAsset === 'USDT' ? fill.fee : ZERO), ZERO);
        const expected = decimal(5000).minus(spentOnSpot).plus(swapEquity(after, ZERO));
        expect((await total(venue, 'USDT')).toFixed()).toBe(expected.toFixed());
        await venue.session.orders.close();
      }),
      { numRuns: 150 },
    );
  });

  it('lets an OCO group fill no more than its largest order', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(tenths(0.1, 5), tenths(101, 130), fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.array(moving),
        async (legs, moves) => {
          const venue = await openPaper(SETTINGS);
          const placed: PlaceRequest[] = [];
          for (const [quantity, price, isStop] of legs) {
            const terms = isStop ? ({ type: 'stop', stopPrice: decimal(200).minus(price) } as const) : ({ type: 'limit', price } as const);
            const request = orderRequest(BTC.symbol, quantity, { side: 'sell', ocoGroup: 'g', ...terms });
            if ((await venue.session.orders.place(request)).kind === 'accepted') placed.push(request);
          }
          const largest = placed.reduce((most, { quantity }) => (quantity.gt(most) ? quantity : most), ZERO);
          expect((await venue.balance('BTC')).free).toBe(decimal(20).minus(largest).toFixed());
          for (const move of moves) await perform({ ...move, market: BTC }, venue, placed);
          let filled = ZERO;
          for (const request of placed) filled = filled.plus((await reportOf(venue.session.orders, request)).filledQuantity);
          expect(filled.lte(largest)).toBe(true);
          expect((await venue.balance('BTC')).total).toBe(decimal(20).minus(filled).toFixed());
          await venue.session.orders.close();
        },
      ),
      { numRuns: 100 },
    );
  });
});
