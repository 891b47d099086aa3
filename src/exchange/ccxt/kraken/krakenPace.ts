import { RefusedHereError } from '../venueErrors.ts';

/** Counts new orders and cancels of each pair as Kraken does. Both throw `RefusedHereError` where there is no room; nothing is to be sent then. */
export interface Pace {
  place(pair: string, clientOrderId: string): void;
  /** Leaves room for the order that is to stand in its place: a stop that could be canceled and not be placed again would be none. */
  cancel(pair: string, clientOrderId: string): void;
}

/** general/ratelimits, of the tier Starter: the counter of a pair, which falls by one a second. */
const MAX = 60;
const FALLS_PER_MS = 0.001;
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
  const counters = new Map<string, { level: number; at: number }>();
  const placedAt = new Map<string, number>();

  const count = (pair: string, weight: number, reserve: number): void => {
    if (scale === null) return;
    const at = now();
    const known = counters.get(pair) ?? { level: 0, at };
    const level = Math.max(0, known.level - Math.max(0, at - known.at) * FALLS_PER_MS * scale);
    if (level + weight + reserve > MAX * scale * SHARE)
      throw new RefusedHereError(
        'VENUE_RATE_LIMIT',
        'so much was placed and canceled in this pair that it would refuse more; nothing was sent.',
      );
    counters.set(pair, { level: level + weight, at });
  };

  return {
    place: (pair, clientOrderId) => {
      count(pair, PLACED, 0);
      placedAt.set(clientOrderId, now());
      const [oldest] = placedAt.keys();
      if (placedAt.size > ORDERS_MAX && oldest !== undefined) placedAt.delete(oldest);
    },
    cancel: (pair, clientOrderId) => {
      const restedMs = now() - (placedAt.get(clientOrderId) ?? Number.NEGATIVE_INFINITY);
      const weight = CANCELED.find(([beforeMs]) => restedMs < beforeMs)?.[1] ?? 0;
      count(pair, weight, PLACED);
    },
  };
}
