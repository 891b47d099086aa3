import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../money.ts';
import { type BareFacts, bareStep, bareStepUnlisted } from './bareStops.ts';
import { orderWith, SPOT } from './order.fixtures.ts';
import type { Order } from './order.ts';

const ENTRY = orderWith({
  ...{ type: 'market', price: null, venueOrderId: 'v', status: 'filled', filledQuantity: decimal('1'), filledNotional: decimal('100') },
  updatedAt: 90_000,
});
const STOP: Order = {
  ...{ ...ENTRY, id: 'stop', leg: 2, side: 'sell', parentId: 'entry', parentShare: decimal('100'), ocoGroup: null, role: 'stop_loss' },
  ...{ type: 'stop', stopPrice: decimal('90'), status: 'open', filledQuantity: ZERO, updatedAt: 50_000, createdAt: 50_000 },
};
/** Planned with its entry, and not at the venue yet. */
const WAITS: Order = { ...STOP, status: 'intent', venueOrderId: null };

function facts(stop: Order, over: Partial<BareFacts> = {}): BareFacts {
  return { market: SPOT, orders: [ENTRY, stop], held: decimal('1'), guaranteeMs: 10_000, nowMs: 95_000, ...over };
}

/** `kind` and since when. */
function told(stop: Order, over: Partial<BareFacts> = {}): string | null {
  const step = bareStep(facts(stop, over));
  return step && `${step.kind} ${step.since}`;
}

describe('a position whose stop does not stand', () => {
  it.each<[string, Order, Partial<BareFacts>, string | null]>([
    ['one that stands', STOP, {}, null],
    ['one not sent yet: since its entry was booked', WAITS, {}, 'note 90000'],
    ['which is told when its time is up, by a leader that has never seen it before', WAITS, { nowMs: 100_000 }, 'tell 90000'],
    ['one that was written down counts from there', { ...WAITS, progress: { bareSince: 86_000 } }, {}, null],
    ['whatever has been heard of it since', { ...WAITS, updatedAt: 94_000, progress: { bareSince: 84_000 } }, {}, 'tell 84000'],
    ['and is told once', { ...WAITS, progress: { bareSince: 84_000, bareTold: true } }, {}, null],
    ['one that stood, and is in doubt since', { ...STOP, status: 'unknown', updatedAt: 94_000 }, {}, 'note 94000'],
    ['one that is too small for what has filled', { ...STOP, quantity: decimal('0.5') }, {}, 'note 90000'],
    ['nothing that the market would take', WAITS, { held: decimal('0.000001') }, null],
    ['no position', WAITS, { held: ZERO, nowMs: 200_000 }, null],
  ])('%s', (_, stop, over, wanted) => {
    expect(told(stop, over)).toBe(wanted);
  });

  it('that stands again is no longer counted, and told to those who were told otherwise', () => {
    expect(bareStep(facts({ ...STOP, progress: { bareSince: 80_000, bareTold: true } }))).toMatchObject({ kind: 'calm', told: true });
    expect(bareStep(facts({ ...STOP, progress: { bareSince: 80_000 } }))).toMatchObject({ kind: 'calm', told: false });
  });
});

describe('while nothing is known of the market', () => {
  const { market: _, ...known } = facts(WAITS, { nowMs: 100_000 });
  const unlisted = (stop: Order) => bareStepUnlisted('BTC/USDT', { ...known, orders: [ENTRY, stop] });

  it('what was called for and does not stand is told in time', () => {
    expect(unlisted({ ...WAITS, code: 'VENUE_UNREACHABLE' })).toMatchObject({ kind: 'tell', since: 90_000 });
    expect(unlisted({ ...WAITS, status: 'submitted' })?.size.toFixed()).toBe('1');
  });

  it('what was not, or stood, is left to whoever knows the market', () => {
    expect([unlisted(WAITS), unlisted(STOP), unlisted({ ...STOP, progress: { bareSince: 1 } })]).toEqual([null, null, null]);
  });
});
