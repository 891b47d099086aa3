import type { Market } from '../market/market.ts';
import { type Decimal, decimal, floorToStep, maxDecimal, ZERO } from '../money.ts';
import type { TradingMode } from '../risk/risk.ts';
import type { Hedge } from './hedge.ts';

export interface HedgeFacts {
  /** Signed base units. */
  readonly parentQuantity: Decimal;
  /** Of the parent; null: it cannot be told now. */
  readonly parentMarket: Market | null;
  readonly held: Decimal;
  /** Of the hedge. */
  readonly market: Market;
  /** Last prices in quote; null where none is known. */
  readonly prices: { readonly parent: Decimal; readonly hedge: Decimal } | null;
  /** Of the hedge's account. */
  readonly mode: TradingMode;
}

export type HedgeDecision =
  /** Within the band, too little to trade, or forbidden now. */
  { readonly kind: 'keep' } | { readonly kind: 'no_price' } | { readonly kind: 'trade'; readonly target: Decimal };

const KEEP: HedgeDecision = { kind: 'keep' };

/** What the hedge should hold, signed base units, not yet in whole steps. Null: no price to reckon with. */
export function idealHedge(
  { ratio, by }: Pick<Hedge, 'ratio' | 'by'>,
  { parentQuantity, parentMarket, prices }: Pick<HedgeFacts, 'parentQuantity' | 'parentMarket' | 'prices'>,
): Decimal | null {
  // What a fee in coins has left of a position that is closed is none to be hedged.
  const isClosed = parentMarket !== null && parentQuantity.abs().lt(maxDecimal(parentMarket.minQuantity, parentMarket.stepSize));
  const ideal = isClosed ? ZERO : parentQuantity.mul(ratio);
  if (by === 'base' || ideal.isZero()) return ideal;
  return prices === null || prices.hedge.lte(0) ? null : ideal.mul(prices.parent).div(prices.hedge);
}

/** How far the hedge may be off, base units. */
export function bandOf({ band }: Pick<Hedge, 'band'>, ideal: Decimal): Decimal {
  return band.endsWith('%') ? ideal.abs().mul(band.slice(0, -1)).div(100) : decimal(band);
}

/**
 * Whether a hedge is to be corrected, and to what. A parent that is closed is followed whatever the band says; while trading is halted
 * nothing is decided, and where only exits are allowed no more than what reduces.
 */
export function decideHedge(rule: Pick<Hedge, 'ratio' | 'by' | 'band'>, facts: HedgeFacts): HedgeDecision {
  const { held, market, mode } = facts;
  if (mode === 'halted') return KEEP;
  const ideal = idealHedge(rule, facts);
  if (ideal === null) return { kind: 'no_price' };
  if (!ideal.isZero() && held.minus(ideal).abs().lte(bandOf(rule, ideal))) return KEEP;
  const wanted = floorToStep(ideal, market.stepSize);
  const target = mode === 'reduce_only' ? towardsZero(held, wanted) : wanted;
  const change = target.minus(held).abs();
  if (change.isZero() || change.lt(maxDecimal(market.minQuantity, market.stepSize))) return KEEP;
  return { kind: 'trade', target };
}

/** What can be had of `wanted` by reducing `held` only. */
function towardsZero(held: Decimal, wanted: Decimal): Decimal {
  if (held.isZero() || wanted.isZero() || held.isNegative() !== wanted.isNegative()) return held.isZero() ? held : ZERO;
  return wanted.abs().lt(held.abs()) ? wanted : held;
}
