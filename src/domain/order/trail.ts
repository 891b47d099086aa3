import type { PriceOrPercent } from '../alert/alert.ts';
import type { Market } from '../market/market.ts';
import { type Decimal, decimal, floorToStep, maxDecimal, minDecimal } from '../money.ts';
import type { Order, Side } from './order.ts';
import { progressOf } from './progress.ts';

/** A stop is moved once its mark has moved by this share of its distance, percent, and no more often than this, milliseconds. */
const STEP_PERCENT = 10;
const MOVE_EVERY_MS = 3_000;

export interface TrailStep {
  /** The best price seen. */
  readonly mark: Decimal;
  readonly stopPrice: Decimal;
}

/** Where a stop stands that trails `mark`: below it for a sell, above it for a buy, on the tick that is farther away. */
export function trailedStop(side: Side, trail: PriceOrPercent, mark: Decimal, market: Market): Decimal {
  const distance = distanceOf(trail, mark);
  if (side === 'sell') return floorToStep(mark.minus(distance), market.tickSize);
  const exact = mark.plus(distance);
  const below = floorToStep(exact, market.tickSize);
  return below.eq(exact) ? below : below.plus(market.tickSize);
}

function distanceOf(trail: PriceOrPercent, mark: Decimal): Decimal {
  return trail.kind === 'price' ? trail.price : mark.mul(trail.percent).div(100);
}

/** Where a trailing stop is to be moved now; null while it stays. It never moves back, whatever the price does. */
export function trailStep(order: Order, price: Decimal, market: Market, nowMs: number): TrailStep | null {
  const trail = order.terms?.trail;
  const { mark: known, movedAt = 0 } = progressOf(order);
  if (!trail || order.stopPrice === null || nowMs - movedAt < MOVE_EVERY_MS) return null;
  const best = known === undefined ? price : decimal(known);
  const mark = order.side === 'sell' ? maxDecimal(best, price) : minDecimal(best, price);
  const stopPrice = trailedStop(order.side, trail, mark, market);
  const gain = order.side === 'sell' ? stopPrice.minus(order.stopPrice) : order.stopPrice.minus(stopPrice);
  const least = maxDecimal(distanceOf(trail, mark).mul(STEP_PERCENT).div(100), market.tickSize);
  return gain.gte(least) && stopPrice.gt(0) ? { mark, stopPrice } : null;
}
