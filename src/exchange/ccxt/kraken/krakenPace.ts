import { keepNewest } from '../../../lib/keepNewest.ts';
import { FallingCounter } from '../budget.ts';
import { RefusedHereError } from '../venueErrors.ts';

/** Counts new orders and cancels of each pair as Kraken does. Both throw `RefusedHereError` where there is no room; nothing is to be sent then. */
export interface Pace {
  place(pair: string, clientOrderId: string): void;
  /** Leaves room for the order that is to stand in its place: a stop that could be canceled and not be placed again would be none. */
  cancel(pair: string, clientOrderId: string): void;
}

/** general/ratelimits, of the tier Starter: the counter of a pair, which falls by one a second. */
const PER_PAIR = { max: 60, windowMs: 60_000 };
/** The rest is for others who trade the account, and for what we miscount. */
const SHARE = 0.9;
const PLACED = 1;
/** The same: what a cancel adds, by how long its order has rested; nothing after the last of these. */
const CANCELED: readonly (readonly [beforeMs: number, count: number])[] = [
  [5_000, 8],
  [10_000, 6],
  [15_000, 5],
  [45_000, 4],
  [90_000, 2],
  [300_000, 1],
];
/** Older ones, and those of the leader before, are taken for such that have rested long. */
const ORDERS_MAX = 5_000;

/** `scale`: by how much more than usual is taken; null: nothing is counted. `now`: epoch ms. */
export function createPace(scale: number | null, now: () => number): Pace {
  const counters = new Map<string, FallingCounter>();
  const placedAt = new Map<string, number>();

  const count = (pair: string, weight: number, reserve: number): void => {
    if (scale === null) return;
    const counter = counters.get(pair) ?? new FallingCounter(PER_PAIR, scale, now);
    counters.set(pair, counter);
    if (counter.used() + weight + reserve > PER_PAIR.max * scale * SHARE)
      throw new RefusedHereError(
        'VENUE_RATE_LIMIT',
        'so much was placed and canceled in this pair that it would refuse more; nothing was sent.',
      );
    counter.add(weight);
  };

  return {
    place: (pair, clientOrderId) => {
      count(pair, PLACED, 0);
      placedAt.set(clientOrderId, now());
      keepNewest(placedAt, ORDERS_MAX);
    },
    cancel: (pair, clientOrderId) => {
      const restedMs = now() - (placedAt.get(clientOrderId) ?? Number.NEGATIVE_INFINITY);
      const weight = CANCELED.find(([beforeMs]) => restedMs < beforeMs)?.[1] ?? 0;
      count(pair, weight, PLACED);
    },
  };
}
