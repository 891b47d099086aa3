import { type Decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../../money.ts';
import type { Side } from '../../order/order.ts';
import type { PlanFacts } from './facts.ts';
import { show } from './outcome.ts';
import { smallestQuantity } from './rules.ts';

/** What of the position can be acted on: signed base units, a multiple of the step; zero when flat. */
export interface Holding {
  readonly quantity: Decimal;
  /** What was left out of account, in words; empty when nothing was. */
  readonly notes: readonly string[];
}

/**
 * The tradable position. Where shorts are impossible it is never negative and never more than the account owns of the base
 * asset (fees eat it). Less than the venue lets anybody trade is dust and counts as nothing, or a position that can
 * neither be closed nor added to would block `long`, `short` and `target` for good.
 */
export function holdingOf(facts: PlanFacts): Holding {
  const { market, capabilities, baseBalance } = facts;
  const position = capabilities.shortSelling ? facts.position : maxDecimal(facts.position, ZERO);
  const owned = market.type === 'spot' && baseBalance !== null && !capabilities.shortSelling ? minDecimal(position, baseBalance) : position;
  const quantity = floorToStep(owned, market.stepSize);
  if (position.isZero()) return { quantity: ZERO, notes: [] };
  if (isDust(quantity.abs(), facts)) {
    const note = `${show(owned)} ${market.base} is less than ${market.symbol} can trade, and counts as nothing.`;
    return { quantity: ZERO, notes: [note] };
  }
  if (quantity.eq(position)) return { quantity, notes: [] };
  return { quantity, notes: [`Of the position ${show(position)} ${market.base}, ${quantity.toFixed()} can be traded.`] };
}

/** The side that reduces a holding. */
export function exitSide(quantity: Decimal): Side {
  return quantity.isNegative() ? 'buy' : 'sell';
}

function isDust(quantity: Decimal, facts: PlanFacts): boolean {
  const { market, capabilities, quote } = facts;
  if (quantity.lt(smallestQuantity(facts))) return true;
  return !capabilities.reduceOnly && quote !== null && quantity.mul(quote.bid).lt(market.minNotional);
}
