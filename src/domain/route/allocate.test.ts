import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decimal, decimal, ZERO } from '../money.ts';
import type { Side } from '../order/order.ts';
import { allocate } from './allocate.ts';
import { effectivePrice } from './ladder.ts';
import type { RouteOrder, RouteShare, RouteVenue } from './route.ts';

type Levels = readonly (readonly [price: string, quantity: string | null])[];

interface Offer {
  readonly levels: Levels;
  readonly fee?: string;
  readonly step?: string;
  readonly min?: string;
  readonly worth?: string;
  readonly capacity?: string;
}

function venue(account: string, { levels, fee = '0', step = '0.001', min = step, worth = '0', capacity }: Offer): RouteVenue {
  return {
    id: `acc-${account}`,
    account,
    market: { base: 'BTC', stepSize: decimal(step), minQuantity: decimal(min), minNotional: decimal(worth) },
    levels: levels.map(([price, quantity]) => ({ price: decimal(price), quantity: quantity === null ? null : decimal(quantity) })),
    fee: decimal(fee),
    capacity: capacity === undefined ? null : decimal(capacity),
  };
}

const buy = (quantity: string, limit: string | null = null): RouteOrder => ({
  side: 'buy',
  quantity: decimal(quantity),
  limit: limit === null ? null : decimal(limit),
});
const sell = (quantity: string): RouteOrder => ({ ...buy(quantity), side: 'sell' });

function outcome(venues: readonly RouteVenue[], order: RouteOrder): string {
  const result = allocate(venues, order);
  return result.ok ? result.shares.map(({ account, quantity }) => `${account} ${quantity.toFixed()}`).join(', ') : result.refusal.code;
}

describe('an order over several accounts', () => {
  const a = venue('a', {
    levels: [
      ['100', '1'],
      ['101', '5'],
    ],
  });
  const b = venue('b', {
    levels: [
      ['100.5', '1'],
      ['102', '5'],
    ],
  });

  it('goes to the one that is cheapest, when that one has enough', () => {
    expect(outcome([a, b], buy('1'))).toBe('a 1, b 0');
  });

  it('is split where the books cross', () => {
    expect(outcome([a, b], buy('2.5'))).toBe('a 1.5, b 1');
  });

  it('looks at prices with their fees', () => {
    const cheap = venue('dear', { levels: [['100', '9']], fee: '0.002' });
    const free = venue('free', { levels: [['100.1', '9']], fee: '0' });
    expect(outcome([cheap, free], buy('1'))).toBe('dear 0, free 1');
    expect(outcome([venue('dear', { levels: [['100', '9']], fee: '0.002' }), venue('free', { levels: [['99.9', '9']] })], sell('1'))).toBe(
      'dear 0, free 1',
    );
  });

  it('is not split for next to nothing', () => {
    const [one, other] = [
      venue('one', {
        levels: [
          ['100', '1'],
          ['100.01', '9'],
        ],
      }),
      venue('other', { levels: [['100.005', '9']] }),
    ];
    expect(outcome([one, other], buy('2'))).toBe('one 2, other 0');
  });

  it('gives no account less than its minimums', () => {
    const tiny = venue('tiny', {
      levels: [
        ['99', '0.05'],
        ['200', '9'],
      ],
      min: '0.1',
    });
    expect(outcome([tiny, a], buy('1'))).toBe('tiny 0, a 1');
    expect(
      outcome(
        [
          venue('tiny', {
            levels: [
              ['99', '0.05'],
              ['200', '9'],
            ],
            worth: '10',
          }),
          a,
        ],
        buy('1'),
      ),
    ).toBe('tiny 0, a 1');
    expect(outcome([venue('a', { levels: [['100', '1']], min: '5' })], buy('1'))).toBe('QUANTITY_TOO_SMALL');
  });

  it('takes no more from an account than it has, and says when all together have too little', () => {
    const [one, other] = [
      venue('one', { levels: [['100', '9']], capacity: '0.4' }),
      venue('other', { levels: [['90', '9']], capacity: '2' }),
    ];
    expect(outcome([one, other], sell('2.4'))).toBe('one 0.4, other 2');
    const short = allocate([one, other], sell('3'));
    expect(short.ok ? '' : short.refusal.message).toContain('can carry out 2.4 in all, and 3 is asked for');
  });

  it('reckons an amount nobody knows as an equal part', () => {
    expect(outcome([venue('known', { levels: [['100.5', '9']] }), venue('unknown', { levels: [['100', null]] })], buy('2'))).toBe(
      'known 1, unknown 1',
    );
  });

  it('stays within the limit while there is something within it', () => {
    expect(outcome([a, venue('late', { levels: [['100.2', '1']], fee: '0.03' })], buy('2', '100.5'))).toBe('a 1, late 1');
  });

  it('is told with prices, fees and what is saved', () => {
    const result = allocate([a, b], buy('2.5'));
    expect(result.ok && result.words).toMatch(
      /^buy 1\.5 on a \(100\.33\d*, 100\.33\d* with the fee of 0 %\), 1 on b \(100\.5, .*; 0\.19 % better than a alone$/,
    );
  });
});

const price = fc.integer({ min: 9_000, max: 11_000 }).map((cents) => (cents / 100).toFixed(2));
const offer = fc.record({
  levels: fc.array(
    fc.tuple(
      price,
      fc.integer({ min: 1, max: 3_000 }).map((milli) => (milli / 1_000).toFixed(3)),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  fee: fc.constantFrom('0', '0.0004', '0.001', '0.006'),
  step: fc.constantFrom('0.001', '0.01', '0.1'),
  min: fc.constantFrom('0.001', '0.05', '0.2'),
  worth: fc.constantFrom('0', '10'),
});
const offers = fc.array(offer, { minLength: 1, maxLength: 5 });
const quantity = fc.integer({ min: 1, max: 9_000 }).map((milli) => (milli / 1_000).toFixed(3));
const side = fc.constantFrom<Side>('buy', 'sell');

/** What a quantity costs an account by its book and what is reckoned beyond it; worked out apart from the code that is tested. */
function costAt(one: RouteVenue, way: Side, amount: Decimal): Decimal {
  const sign = way === 'buy' ? 1 : -1;
  const levels = [...one.levels].sort((x, y) => x.price.comparedTo(y.price) * sign);
  let [left, cost] = [amount, ZERO];
  for (const level of levels) {
    const piece = left.lt(level.quantity ?? left) ? left : (level.quantity ?? left);
    cost = cost.plus(effectivePrice(way, level.price, one.fee).mul(piece));
    left = left.minus(piece);
  }
  const beyond = (levels.at(-1)?.price ?? ZERO).mul(way === 'buy' ? '1.01' : '0.99');
  return cost.plus(effectivePrice(way, beyond, one.fee).mul(left)).mul(sign);
}

function sum(shares: readonly RouteShare[]): Decimal {
  return shares.reduce((total, share) => total.plus(share.quantity), ZERO);
}

function averageOf(venues: readonly RouteVenue[], way: Side, shares: readonly RouteShare[]): Decimal {
  const costs = shares.flatMap((share) => {
    const one = venues.find(({ id }) => id === share.id);
    return one ? [costAt(one, way, share.quantity)] : [];
  });
  return costs.reduce((total, cost) => total.plus(cost), ZERO).div(sum(shares));
}

describe('whatever the books are, an order over several accounts', () => {
  const venuesOf = (given: readonly Offer[]): RouteVenue[] => given.map((one, index) => venue(`v${index}`, one));

  it('adds up, short of less than the coarsest step, and obeys steps and minimums', () => {
    fc.assert(
      fc.property(offers, quantity, side, (given, amount, way) => {
        const venues = venuesOf(given);
        const result = allocate(venues, { side: way, quantity: decimal(amount), limit: null });
        if (!result.ok) return;
        const taking = result.shares.filter((share) => share.quantity.gt(0));
        const short = decimal(amount).minus(sum(taking));
        expect(taking.length).toBeGreaterThan(0);
        expect(short.gte(0) && short.lt('0.1')).toBe(true);
        for (const share of taking) {
          const market = venues.find(({ id }) => id === share.id)?.market;
          expect(share.quantity.mod(market?.stepSize ?? ZERO).isZero()).toBe(true);
          expect(share.quantity.gte(market?.minQuantity ?? ZERO)).toBe(true);
          expect(share.quantity.mul(share.price).gte(market?.minNotional ?? ZERO)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('costs a unit no more than on any one account that could carry it out alone, but for what a split must save', () => {
    fc.assert(
      fc.property(offers, quantity, side, (given, amount, way) => {
        const venues = venuesOf(given);
        const order = { side: way, quantity: decimal(amount), limit: null };
        const result = allocate(venues, order);
        const singles = venues.flatMap((one) => {
          const alone = allocate([one], order);
          return alone.ok ? [averageOf([one], way, alone.shares)] : [];
        });
        expect(result.ok || singles.length === 0).toBe(true);
        if (!result.ok) return;
        const average = averageOf(
          venues,
          way,
          result.shares.filter((share) => share.quantity.gt(0)),
        );
        const split = result.shares.filter((share) => share.quantity.gt(0)).length > 1;
        for (const alone of singles) expect(average.lte(split ? alone : alone.plus('0.000001'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is as cheap as can be, to the threshold: no step moved from one account to another makes it cheaper', () => {
    const fine = offers.map((given) => given.map((one) => ({ ...one, step: '0.001', min: '0.001', worth: '0' })));
    fc.assert(
      fc.property(fine, quantity, side, (given, amount, way) => {
        const venues = venuesOf(given);
        const result = allocate(venues, { side: way, quantity: decimal(amount), limit: null });
        if (!result.ok) throw new Error('nothing is too small here');
        const costOf = (id: string, share: Decimal): Decimal => {
          const one = venues.find((candidate) => candidate.id === id);
          return one ? costAt(one, way, share) : ZERO;
        };
        const total = result.shares.reduce((all, { id, quantity: share }) => all.plus(costOf(id, share)), ZERO);
        for (const from of result.shares)
          for (const to of result.shares) {
            const moved = from.quantity.lt('0.001') || from === to ? ZERO : decimal('0.001');
            const other = total
              .minus(costOf(from.id, from.quantity))
              .plus(costOf(from.id, from.quantity.minus(moved)))
              .minus(costOf(to.id, to.quantity))
              .plus(costOf(to.id, to.quantity.plus(moved)));
            if (from !== to) expect(other.gte(total.minus(total.abs().mul('0.0002').plus('0.001')))).toBe(true);
          }
      }),
      { numRuns: 200 },
    );
  });
});
