import { type Decimal, toLedgerScale, ZERO } from '../money.ts';
import type { LedgerEntry, Position } from './position.ts';

export interface Adjustment {
  readonly entry: LedgerEntry;
  readonly position: Position;
}

/**
 * Makes a position what it is found to be, without a trade that tells a price. What comes in costs `entryPrice`, else what the rest cost
 * on average, else nothing; what leaves takes its cost along. Nothing is realised: nobody knows for how much it went.
 */
export function adjustPosition(position: Position, quantity: Decimal, entryPrice: Decimal | null): Adjustment {
  const quantityDelta = quantity.minus(position.quantity);
  const entry: LedgerEntry = { quantityDelta, costDelta: costAt(position, quantity, entryPrice).minus(position.cost), realizedPnl: ZERO };
  return { entry, position: { ...position, quantity, cost: position.cost.plus(entry.costDelta) } };
}

function costAt({ quantity: held, cost }: Position, quantity: Decimal, entryPrice: Decimal | null): Decimal {
  if (quantity.isZero()) return ZERO;
  const sameSide = !held.isZero() && held.isPositive() === quantity.isPositive();
  const average = sameSide ? cost.div(held) : null;
  if (average !== null && quantity.abs().lte(held.abs())) return toLedgerScale(average.mul(quantity));
  const kept = sameSide ? { quantity: held, cost } : { quantity: ZERO, cost: ZERO };
  const price = entryPrice ?? average ?? ZERO;
  // The venue's entry price is that of all it holds.
  if (entryPrice !== null) return toLedgerScale(entryPrice.mul(quantity));
  return kept.cost.plus(toLedgerScale(price.mul(quantity.minus(kept.quantity))));
}
