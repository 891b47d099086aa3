import type { Decimal } from '../money.ts';

/** How near liquidation a position is: 1 within the alarm's distance, 2 (critical) within half of it. */
export type LiquidationStep = 0 | 1 | 2;

/** An alarm is over once the distance is so much larger than what raised it. */
const RECOVERED_FACTOR = 1.2;

/** How far the mark is from where the venue liquidates, percent of the mark; zero or less beyond it. Null: it cannot be told. */
export function liquidationDistance(quantity: Decimal, mark: Decimal | null, liquidation: Decimal | null): Decimal | null {
  if (mark === null || liquidation === null || mark.lte(0) || liquidation.lte(0) || quantity.isZero()) return null;
  const room = quantity.isPositive() ? mark.minus(liquidation) : liquidation.minus(mark);
  return room.div(mark).mul(100);
}

/** The step to stand at after this look. It falls back only once the position has recovered, so that nobody is told over and over. */
export function liquidationStep(before: LiquidationStep, distance: Decimal, alarmPercent: number): LiquidationStep {
  if (distance.lte(alarmPercent / 2)) return 2;
  if (distance.lte(alarmPercent)) return before === 2 ? 2 : 1;
  return distance.gt(alarmPercent * RECOVERED_FACTOR) ? 0 : before;
}
