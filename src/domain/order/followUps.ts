import type { ReasonCode } from '../errors.ts';
import type { OrderId } from '../ids.ts';
import type { Market } from '../market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';
import { isKeptBack, progressOf } from './progress.ts';
import { isFinal } from './transition.ts';

/** What an order's progress means for the legs that depend on it. */
export type FollowUp =
  | { readonly kind: 'send'; readonly order: Order; readonly quantity: Decimal }
  | { readonly kind: 'resize'; readonly order: Order; readonly quantity: Decimal }
  /** It stays with the leader, who waits for its price. */
  | { readonly kind: 'watch'; readonly order: Order; readonly quantity: Decimal }
  /** The other order of its pair has done its work. */
  | { readonly kind: 'cancel'; readonly order: Order; readonly code: ReasonCode }
  | { readonly kind: 'abandon'; readonly order: Order; readonly code: ReasonCode };

/** Who sees to it that of a pair only one fills: the venue does, or the leader. */
export type TiedBy = 'venue' | 'leader';

/**
 * The legs of `parent` that must now be sent, resized or given up. A reversal's entry goes out when its exit filled;
 * protective legs follow the filled quantity, so a partly filled entry is protected for just what it holds.
 * `held` is the signed position after the parent's fills: fees taken in base make it smaller than the fills.
 */
export function followUps(parent: Order, children: readonly Order[], held: Decimal, market: Market, tiedBy: TiedBy = 'venue'): FollowUp[] {
  const quantities = protectiveQuantities(parent, children, held, market);
  const reducible = floorToStep(maxDecimal(parent.side === 'buy' ? held : held.neg(), ZERO), market.stepSize);
  const actions: FollowUp[] = [];
  for (const child of children) {
    if (child.parentId !== parent.id || isFinal(child.status)) continue;
    const share = quantities.get(child.id);
    // Others may have taken from the position what a leg has a share of: it cannot grow past what is left to take.
    const most = maxDecimal(child.quantity, child.filledQuantity.plus(reducible)).plus(takenByPartner(child, children, tiedBy));
    const quantity = share && minDecimal(share, most);
    const action = quantity === undefined ? followSequel(parent, child) : followLeg(parent, children, child, quantity, market, tiedBy);
    if (action) actions.push(action);
  }
  return actions;
}

function followLeg(
  parent: Order,
  children: readonly Order[],
  child: Order,
  quantity: Decimal,
  market: Market,
  tiedBy: TiedBy,
): FollowUp | null {
  const { change, standsBy, hopeless, gone } = progressOf(child);
  if (standsBy || hopeless || gone || (isKeptBack(child) && child.role === 'stop_loss')) return null; // It is being seen to.
  const partner = partnerOf(child, children);
  if (tiedBy === 'venue' || !partner) return followProtection(parent, child, quantity, market);
  const left = quantity.minus(takenByPartner(child, children, tiedBy));
  const done = !partner.filledQuantity.isZero() && left.minus(child.filledQuantity).lt(market.minQuantity);
  if (done && isResting(child)) return { kind: 'cancel', order: child, code: 'OCO_SIBLING_FILLED' };
  if (child.status === 'intent' && partner.status === 'filled') return { kind: 'abandon', order: child, code: 'OCO_SIBLING_FILLED' };
  if (child.status === 'intent' && isWatchedLeg(child, market, tiedBy)) return followWatched(parent, child, left, market);
  const shrinks = !partner.filledQuantity.isZero() && left.lt(child.quantity);
  const grows = left.gt(child.quantity);
  if (isResting(child)) return change === undefined && (shrinks || grows) ? { kind: 'resize', order: child, quantity: left } : null;
  return followProtection(parent, child, left, market);
}

/** On spot a take profit and its stop would hold the same balance: the stop rests at the venue, and the take profit is waited for here. */
export function isWatchedLeg({ role, ocoGroup }: Order, { type }: Market, tiedBy: TiedBy): boolean {
  return tiedBy === 'leader' && type === 'spot' && role === 'take_profit' && ocoGroup !== null;
}

export function partnerOf(leg: Order, orders: readonly Order[]): Order | undefined {
  return leg.ocoGroup === null ? undefined : orders.find(({ id, ocoGroup }) => ocoGroup === leg.ocoGroup && id !== leg.id);
}

/** What the other order of a pair has done of the share that the two have together; a venue that ties them sees to that itself. */
function takenByPartner(leg: Order, orders: readonly Order[], tiedBy: TiedBy): Decimal {
  return tiedBy === 'leader' ? (partnerOf(leg, orders)?.filledQuantity ?? ZERO) : ZERO;
}

function followWatched(parent: Order, child: Order, quantity: Decimal, market: Market): FollowUp | null {
  const enough = quantity.minus(child.filledQuantity).gte(market.minQuantity) && quantity.gt(child.filledQuantity);
  if (enough) return isKeptBack(child) && quantity.eq(child.quantity) ? null : { kind: 'watch', order: child, quantity };
  if (!isFinal(parent.status)) return null;
  return { kind: 'abandon', order: child, code: parent.filledQuantity.isZero() ? 'LEG_ABANDONED' : 'QUANTITY_TOO_SMALL' };
}

export function isResting({ status }: Order): boolean {
  return status === 'open' || status === 'partially_filled';
}

/**
 * Each protective leg's share of what filled, in whole steps, and never more than is held on the parent's side: fees eat a spot
 * holding, and the first fills of a flip still close what was held before. Shares are floored cumulatively, take profits and
 * stops each for themselves, so that rounding leaves no step of the position without its stop.
 */
export function protectiveQuantities(parent: Order, children: readonly Order[], held: Decimal, market: Market): Map<OrderId, Decimal> {
  const heldNow = maxDecimal(parent.side === 'buy' ? held : held.neg(), ZERO);
  // What legs have taken off already is part of what each of them has a share of.
  const heldOnSide = children
    .filter(({ parentId, role }) => parentId === parent.id && role !== 'entry')
    .reduce((sum, leg) => sum.plus(leg.filledQuantity), heldNow);
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
