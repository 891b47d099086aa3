import type { ReasonCode } from '../errors.ts';
import type { OrderId } from '../ids.ts';
import type { Market } from '../market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';
import { isFinal } from './transition.ts';

/** What an order's progress means for the legs that depend on it. */
export type FollowUp =
  | { readonly kind: 'send'; readonly order: Order; readonly quantity: Decimal }
  | { readonly kind: 'resize'; readonly order: Order; readonly quantity: Decimal }
  | { readonly kind: 'abandon'; readonly order: Order; readonly code: ReasonCode };

/**
 * The legs of `parent` that must now be sent, resized or given up. A reversal's entry goes out when its exit filled;
 * protective legs follow the filled quantity, so a partly filled entry is protected for just what it holds.
 * `held` is the signed position after the parent's fills: fees taken in base make it smaller than the fills.
 */
export function followUps(parent: Order, children: readonly Order[], held: Decimal, market: Market): FollowUp[] {
  const quantities = protectiveQuantities(parent, children, held, market);
  const actions: FollowUp[] = [];
  for (const child of children) {
    if (child.parentId !== parent.id || isFinal(child.status)) continue;
    const quantity = quantities.get(child.id);
    const action = quantity === undefined ? followSequel(parent, child) : followProtection(parent, child, quantity, market);
    if (action) actions.push(action);
  }
  return actions;
}

/**
 * Each protective leg's share of what filled, in whole steps, and never more than is held on the parent's side: fees eat a spot
 * holding, and the first fills of a flip still close what was held before. Shares are floored cumulatively, take profits and
 * stops each for themselves, so that rounding leaves no step of the position without its stop.
 */
function protectiveQuantities(parent: Order, children: readonly Order[], held: Decimal, market: Market): Map<OrderId, Decimal> {
  const heldOnSide = maxDecimal(parent.side === 'buy' ? held : held.neg(), ZERO);
  const filled = market.type === 'spot' ? minDecimal(parent.filledQuantity, heldOnSide) : parent.filledQuantity;
  const quantities = new Map<OrderId, Decimal>();
  for (const role of ['take_profit', 'stop_loss'] as const) {
    let share = ZERO;
    let covered = ZERO;
    for (const child of children.filter((leg) => leg.parentId === parent.id && leg.role === role).sort((a, b) => a.leg - b.leg)) {
      share = share.plus(child.parentShare ?? ZERO);
      const upTo = floorToStep(minDecimal(filled.mul(share).div(100), heldOnSide), market.stepSize);
      quantities.set(child.id, upTo.minus(covered));
      covered = upTo;
    }
  }
  return quantities;
}

function followSequel(parent: Order, child: Order): FollowUp | null {
  if (child.status !== 'intent') return null;
  if (parent.status === 'filled') return { kind: 'send', order: child, quantity: child.quantity };
  return isFinal(parent.status) ? { kind: 'abandon', order: child, code: 'LEG_ABANDONED' } : null;
}

function followProtection(parent: Order, child: Order, quantity: Decimal, market: Market): FollowUp | null {
  const enough = quantity.gte(market.minQuantity) && !quantity.isZero();
  if (child.status === 'intent') {
    if (enough) return { kind: 'send', order: child, quantity };
    if (!isFinal(parent.status)) return null;
    return { kind: 'abandon', order: child, code: parent.filledQuantity.isZero() ? 'LEG_ABANDONED' : 'QUANTITY_TOO_SMALL' };
  }
  const grows = quantity.gt(child.quantity) && child.filledQuantity.eq(ZERO);
  return grows && child.status === 'open' ? { kind: 'resize', order: child, quantity } : null;
}
