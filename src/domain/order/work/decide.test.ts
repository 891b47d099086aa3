import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderType } from '../../alert/alert.ts';
import { type Decimal, decimal, ZERO } from '../../money.ts';
import { factsFor, openOrder } from '../../signal/planSignal.fixtures.ts';
import type { Order, OrderIntent, OrderStatus } from '../order.ts';
import { isFinal } from '../transition.ts';
import { applySlice } from './applySlice.ts';
import { nextStep, sizeSlice, type WorkFacts } from './decide.ts';
import { newProgress, readProgress, writeProgress } from './progress.ts';
import { dueAt, shareOf, sliceCount, smallestSlice } from './schedule.ts';
import { sliceIntent } from './sliceIntent.ts';
import { volumeWeights } from './volumeWeights.ts';

const { market, quote, nowMs: START } = factsFor('ETH/USDT');
if (!quote) throw new Error('the fixture has no price');
const MINUTE = 60_000;

interface Terms {
  readonly type: OrderType;
  readonly quantity: string;
  readonly durationMs?: number;
  readonly display?: string;
  readonly price?: string;
  readonly weights?: readonly number[];
  readonly postOnly?: boolean;
  readonly role?: 'entry' | 'exit';
}

function worked({ type, quantity, durationMs = 0, display, price, weights, postOnly = false, role = 'entry' }: Terms): Order {
  const slices = type === 'iceberg' ? 0 : sliceCount(decimal(quantity), durationMs, smallestSlice(market, decimal(2499), false));
  return {
    ...openOrder('ETH/USDT', 'worked', role, null),
    ...{ type, postOnly, side: role === 'entry' ? 'buy' : 'sell', quantity: decimal(quantity), price: price ? decimal(price) : null },
    terms: { trail: null, display: display ? decimal(display) : null, durationMs: durationMs || null },
    progress: writeProgress(newProgress(START, slices, weights ?? null, null)),
  };
}

function factsAt(nowMs: number, over: Partial<WorkFacts> = {}): WorkFacts {
  return { nowMs, market, reducible: ZERO, inDoubt: false, forbidden: null, ...over };
}

function sent(intent: OrderIntent, at: number, status: OrderStatus, share: number, code: string | null): Order {
  const filledQuantity = intent.quantity
    .mul(Math.round(share * 1000))
    .div(1000)
    .toDecimalPlaces(4);
  const filledNotional = filledQuantity.mul(2500);
  const base = openOrder('ETH/USDT', intent.id, 'entry', null);
  return { ...base, ...intent, status, code, filledQuantity, filledNotional, createdAt: at, updatedAt: at, progress: null };
}

/** What becomes of one slice: how much of it fills; null: it never arrived. */
type Fate = number | null;

/** Works an order off as a leader would, looking every second but in the times when none is there. */
function play(order: Order, fates: readonly Fate[], away: (at: number) => boolean = () => false, endMs = 60 * MINUTE) {
  let current = order;
  const slices: Order[] = [];
  for (let now = START; now <= START + endMs && !isFinal(current.status); now += 1_000) {
    if (away(now)) continue;
    const step = nextStep(current, slices, factsAt(now));
    if (step.kind === 'end') return { slices, order: current, ending: step.ending, now };
    if (step.kind !== 'slice' || !quote) continue;
    const size = sizeSlice(current, step.share, factsAt(now), quote);
    if (size.kind === 'settle') return { slices, order: current, ending: null, now };
    if (size.kind !== 'send') continue;
    const fate = slices.length < fates.length ? fates[slices.length] : 1;
    const intent = sliceIntent(current, slices.length, size.quantity);
    const whole = fate === 1 || current.type === 'iceberg';
    const slice =
      fate === null || fate === undefined
        ? sent(intent, now, 'rejected', 0, 'VENUE_UNREACHABLE')
        : sent(intent, now, whole ? 'filled' : 'canceled', whole ? 1 : fate, whole ? null : 'VENUE_NO_LIQUIDITY');
    slices.push(slice);
    current = applySlice(current, slice, slices, ZERO, now);
  }
  return { slices, order: current, ending: null, now: 0 };
}

const sumOf = (slices: readonly Order[]): Decimal => slices.reduce((sum, slice) => sum.plus(slice.filledQuantity), ZERO);

describe('a TWAP', () => {
  it('is cut into slices of at least 15 s, at most 200 of them, and none too small to be traded', () => {
    const count = (quantity: string, durationMs: number): number => sliceCount(decimal(quantity), durationMs, decimal('0.01'));
    expect([count('100', MINUTE), count('100', 60 * MINUTE), count('100', 24 * 60 * MINUTE)]).toEqual([4, 200, 200]);
    expect([count('0.05', 60 * MINUTE), count('0.012', 60 * MINUTE), count('0.001', MINUTE)]).toEqual([4, 1, 1]);
  });

  it('spreads its slices over the whole time, in order, at times that every leader comes to', () => {
    const order = worked({ type: 'twap', quantity: '10', durationMs: 30 * MINUTE });
    const progress = readProgress(order);
    if (!progress) throw new Error('not begun');
    const times = Array.from({ length: progress.slices }, (_, index) => dueAt(order, progress, 30 * MINUTE, index) - START);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect([times.length, times[0]]).toEqual([120, 0]);
    expect(times.at(-1)).toBeLessThan(30 * MINUTE);
    expect(new Set(times.slice(1).map((at, index) => at - (times[index] ?? 0))).size).toBeGreaterThan(50);
  });

  it('fills to the last step whatever becomes of its slices, never in one too small or too large', () => {
    const fate = fc.oneof(
      { weight: 6, arbitrary: fc.constant(1 as Fate) },
      fc.constant(null),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
    );
    const gap = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 }))
      .map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 400_000 }), fc.array(fate, { maxLength: 40 }), gap, (units, fates, [from, to]) => {
        const order = worked({ type: 'twap', quantity: decimal(units).div(10_000).toFixed(), durationMs: 10 * MINUTE });
        const away = (at: number): boolean => at >= START + from * MINUTE && at < START + to * MINUTE;
        const { slices, order: after, ending } = play(order, fates, away);
        const planned = order.quantity.div(readProgress(order)?.slices ?? 1);
        const smallest = smallestSlice(market, decimal(2499), false);
        expect(sumOf(slices).toFixed()).toBe(after.filledQuantity.toFixed());
        expect(after.filledQuantity.lte(order.quantity)).toBe(true);
        for (const { quantity } of slices) {
          expect(quantity.gte(smallest) && quantity.mod(market.stepSize).isZero()).toBe(true);
          expect(quantity.lte(planned.mul(3).plus(smallest).plus(market.stepSize))).toBe(true);
        }
        if (ending === null) expect(order.quantity.minus(after.filledQuantity).lt(smallest)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('with nothing amiss takes exactly its slices and is done before its time is up', () => {
    const { slices, order, ending } = play(worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE }), []);
    expect([order.status, ending, slices.length]).toEqual(['filled', null, 8]);
    expect(slices.map(({ quantity }) => quantity.toFixed())).toEqual(Array(8).fill('1'));
    expect(slices.at(-1)?.createdAt).toBeLessThan(START + 2 * MINUTE);
  });

  it('that nobody worked off for most of its time goes on at its pace, for as long again', () => {
    const order = worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE });
    const { slices, order: after } = play(order, [], (at) => at > START + 1000 && at < START + 2 * MINUTE);
    expect(after.status).toBe('filled');
    expect(slices.map(({ quantity }) => quantity.toFixed())).toEqual(['1', '3', '3', '1']);
    const nobody = play(order, [], (at) => at > START + 1000 && at < START + 4 * MINUTE);
    expect(nobody.ending).toMatchObject({ status: 'expired', code: 'TIME_IS_UP' });
  });

  it('waits while a slice may still fill, and entries while anything is in doubt', () => {
    const order = worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE });
    const live = sent(sliceIntent(order, 0, decimal(1)), START, 'unknown', 0, null);
    expect(nextStep(order, [live], factsAt(START + 30_000)).kind).toBe('wait');
    expect(nextStep(order, [], factsAt(START, { inDoubt: true })).kind).toBe('wait');
    const exit = worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE, role: 'exit' });
    expect(nextStep(exit, [], factsAt(START, { inDoubt: true, reducible: decimal(8) })).kind).toBe('slice');
  });

  it('buys no dearer than its worst price, sells no cheaper', () => {
    const order = worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE, price: '2499.5' });
    const share = { of: 1, left: 8, all: 8 };
    const facts = factsAt(START);
    if (!quote) throw new Error('no price');
    expect(sizeSlice(order, share, facts, quote).kind).toBe('wait');
    expect(sizeSlice(order, share, facts, { ...quote, ask: decimal('2499.5') }).kind).toBe('send');
    expect(sliceIntent(order, 0, decimal(1))).toMatchObject({ type: 'limit', timeInForce: 'IOC' });
  });

  it('that only reduces takes no more than is held', () => {
    const order = worked({ type: 'twap', quantity: '8', durationMs: 2 * MINUTE, role: 'exit' });
    if (!quote) throw new Error('no price');
    const sized = (reducible: string) =>
      sizeSlice(order, { of: 1, left: 1, all: 8 }, factsAt(START, { reducible: decimal(reducible) }), quote);
    expect(sized('1.5')).toEqual({ kind: 'send', quantity: decimal('1.5') });
    expect(sized('0.0001')).toMatchObject({ kind: 'settle' });
    expect(nextStep(order, [], factsAt(START))).toMatchObject({ kind: 'end', ending: { code: 'POSITION_CLOSED' } });
  });
});

describe('an iceberg', () => {
  const ICEBERG = { type: 'iceberg', quantity: '1', display: '0.3', price: '2400' } as const;

  it('shows parts of its display until none is left, and never a crumb', () => {
    const sizes = (terms: Terms): string[] => play(worked(terms), []).slices.map(({ quantity }) => quantity.toFixed());
    expect(sizes(ICEBERG)).toEqual(['0.3', '0.3', '0.3', '0.1']);
    expect(sizes({ ...ICEBERG, quantity: '0.9001' })).toEqual(['0.3', '0.3', '0.3001']);
  });

  it('that is post-only waits until its price does not match', () => {
    const order = worked({ ...ICEBERG, price: '2500', postOnly: true });
    if (!quote) throw new Error('no price');
    expect(sizeSlice(order, null, factsAt(START), quote).kind).toBe('wait');
    expect(sizeSlice(order, null, factsAt(START), { ...quote, ask: decimal('2500.01') }).kind).toBe('send');
  });

  it.each([
    ['canceled', 'VENUE_CANCELED', 'canceled'],
    ['rejected', 'VENUE_INSUFFICIENT_FUNDS', 'rejected'],
    ['expired', 'VENUE_EXPIRED', 'canceled'],
  ] as const)('whose part is %s (%s) is over', (status, code, end) => {
    const order = worked(ICEBERG);
    const last = sent(sliceIntent(order, 0, decimal('0.3')), START, status, 0, code);
    expect(nextStep(order, [last], factsAt(START + MINUTE))).toMatchObject({ kind: 'end', ending: { status: end, code } });
  });

  it('puts back a part that never arrived, later each time', () => {
    const order = worked(ICEBERG);
    const lost = (index: number) => sent(sliceIntent(order, index, decimal('0.3')), START, 'rejected', 0, 'NEVER_REACHED_VENUE');
    const kindAfter = (count: number, ms: number) =>
      nextStep(
        order,
        Array.from({ length: count }, (_, index) => lost(index)),
        factsAt(START + ms),
      ).kind;
    expect([kindAfter(1, 4_000), kindAfter(1, 6_000), kindAfter(3, 14_000), kindAfter(3, 16_000)]).toEqual([
      'wait',
      'slice',
      'wait',
      'slice',
    ]);
  });
});

describe('a VWAP', () => {
  const past = Array.from({ length: 96 }, (_, index) => ({ openTime: index * 1_800_000, volume: index % 48 === 2 ? 300 : 100 }));

  it('weighs its slices by what is usually traded at their time of day', () => {
    const at = (hour: number): number => 10 * 86_400_000 + hour * 3_600_000;
    expect(volumeWeights(past, 1_800_000, [at(0.5), at(1), at(1.5)])).toEqual([333_333, 1_000_000, 333_333]);
    expect(volumeWeights(past.slice(0, 3), 1_800_000, [at(0.5), at(2)])).toBeNull();
    expect(
      volumeWeights(
        past.map((each) => ({ ...each, volume: 0 })),
        1_800_000,
        [at(1)],
      ),
    ).toBeNull();
  });

  it('gives each slice its weight of what is left', () => {
    const order = worked({ type: 'vwap', quantity: '8', durationMs: MINUTE, weights: [1, 2, 4, 1] });
    const { slices, order: after } = play(order, []);
    expect(slices.map(({ quantity }) => quantity.toFixed())).toEqual(['1', '2', '4', '1']);
    expect(after.status).toBe('filled');
    const progress = readProgress(order);
    expect(progress && shareOf(progress, 2)).toEqual({ of: 4, left: 5, all: 8 });
  });
});
