import { sha256Hex } from '../../../lib/hash.ts';
import type { Market } from '../../market/market.ts';
import { ceilToStep, type Decimal, decimal, maxDecimal } from '../../money.ts';
import type { Order } from '../order.ts';
import type { WorkProgress } from './progress.ts';

/** Time between two slices, milliseconds, at least; and how many there are, at most. */
const INTERVAL_MS_MIN = 15_000;
const SLICES_MAX = 200;
/** Prices move while an order is worked off: a slice worth just the minimum would be refused after the first step down. */
const MARGIN = decimal('1.25');
/** How far a slice may be from its place on the grid, as a share of the time between two, so that nobody reads the clock off the tape. */
const JITTER = 0.3;

/** The least a slice may be at `price`, in base units; a multiple of the step. */
export function smallestSlice(market: Market, price: Decimal, reduceOnly: boolean): Decimal {
  const smallest = maxDecimal(market.minQuantity, market.stepSize);
  // As for any order: what only reduces need not be worth the minimum (domain/signal/plan/rules.ts).
  if (reduceOnly || market.minNotional.isZero()) return smallest;
  return maxDecimal(smallest, ceilToStep(market.minNotional.div(price), market.stepSize));
}

/** Into how many slices a TWAP or VWAP is cut: one every 15 s, fewer where they would become too small to be traded. */
export function sliceCount(quantity: Decimal, durationMs: number, smallest: Decimal): number {
  const bySize = quantity.div(smallest.mul(MARGIN)).floor().toNumber();
  return Math.max(1, Math.min(Math.floor(durationMs / INTERVAL_MS_MIN), bySize, SLICES_MAX));
}

/** Milliseconds between two slices. */
export function intervalOf(durationMs: number, slices: number): number {
  return durationMs / slices;
}

/**
 * When slice `index` is due, epoch ms: on a grid that begins with the work, moved by a jitter that follows from the order's id, so
 * that every leader comes to the same time. The first goes at once.
 */
export function dueAt({ id }: Pick<Order, 'id'>, { startedAt, slices }: WorkProgress, durationMs: number, index: number): number {
  const interval = intervalOf(durationMs, slices);
  if (index === 0) return startedAt;
  const share = Number.parseInt(sha256Hex(`slice\0${id}\0${index}`).slice(0, 8), 16) / 0x1_0000_0000;
  return Math.round(startedAt + interval * (index + (share - 0.5) * 2 * JITTER));
}

/** A slice's weight, against the weights of all from it on, and of all there are. */
export interface Share {
  readonly of: number;
  readonly left: number;
  readonly all: number;
}

export function shareOf({ slices, weights }: WorkProgress, index: number): Share {
  const from = (first: number): number => {
    let sum = 0;
    for (let at = first; at < slices; at += 1) sum += weights?.[at] ?? 1;
    return sum;
  };
  return { of: weights?.[index] ?? 1, left: from(index), all: from(0) };
}
