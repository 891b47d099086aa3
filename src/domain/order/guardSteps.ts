import type { Market, Quote } from '../market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../money.ts';
import { coverOf, heldFor, holdsBalance, remainingOf } from './cover.ts';
import { type FollowUp, followUps, isResting, isWatchedLeg, partnerOf, protectiveQuantities, type TiedBy } from './followUps.ts';
import type { Order, Side } from './order.ts';
import { isKeptBack, progressOf } from './progress.ts';
import { isSpent } from './spent.ts';
import { type TrailStep, trailStep } from './trail.ts';
import { isFinal } from './transition.ts';

/** A take profit that came to nothing is tried again after so long, milliseconds: its stop has stood in the meantime. */
const TRY_AGAIN_MS = 5_000;

/** What the guard has to do about one symbol of one account. */
export type GuardStep =
  | Extract<FollowUp, { kind: 'resize' | 'watch' | 'cancel' | 'abandon' }>
  /** A change of its terms is pending: cancel it and place it anew. */
  | { readonly kind: 'replace'; readonly order: Order }
  /** The price of its take profit is reached: it is canceled for that. */
  | { readonly kind: 'make_way'; readonly order: Order }
  /** The price has gone again before it was canceled. */
  | { readonly kind: 'stay'; readonly order: Order }
  | { readonly kind: 'take'; readonly order: Order; readonly quantity: Decimal }
  | { readonly kind: 'put_back'; readonly order: Order; readonly quantity: Decimal }
  /** It cannot be placed: people are told, and the policy for naked positions decides. */
  | { readonly kind: 'settle'; readonly order: Order }
  | ({ readonly kind: 'trail'; readonly order: Order } & TrailStep);

export interface GuardFacts {
  readonly market: Market;
  /** Orders of the symbol and the families of those that are open. */
  readonly orders: readonly Order[];
  /** Signed. */
  readonly held: Decimal;
  readonly tiedBy: TiedBy;
  /** An exit is under way that protection was canceled for. */
  readonly exitUnderWay: boolean;
  readonly quote: Quote | null;
  readonly guaranteeMs: number;
  readonly nowMs: number;
}

/** What tells how much of a position its stops cover. */
export type CoverFacts = Pick<GuardFacts, 'market' | 'orders' | 'held'>;

/** What plans promise and what stands: a pure reading of the ledger, the same for whoever leads. */
export function guardSteps(facts: GuardFacts): GuardStep[] {
  const steps: GuardStep[] = [];
  const grows = uncoveredOf(facts).gte(facts.market.minQuantity);
  for (const order of facts.orders) {
    if (isFinal(order.status)) continue;
    const step = stepOf(order, facts);
    if (step) steps.push(step);
  }
  const busy = new Set(steps.map(({ order }) => order.id));
  for (const parent of facts.orders.filter(({ role, filledQuantity }) => role === 'entry' && !filledQuantity.isZero())) {
    const children = facts.orders.filter(({ parentId }) => parentId === parent.id);
    // Nothing would protect what it may still fill.
    if (isResting(parent) && children.some(isSpent)) steps.push({ kind: 'cancel', order: parent, code: 'POSITION_CLOSED' });
    const held = heldFor(parent, facts.orders, facts.held, facts.market);
    for (const action of followUps(parent, children, held, facts.market, facts.tiedBy)) {
      if (action.kind === 'send' || busy.has(action.order.id)) continue;
      if (action.kind === 'abandon' && action.order.code === null) continue; // Seen to when its parent's report is booked.
      if (action.kind === 'resize' && action.quantity.gt(action.order.quantity) && !grows) continue;
      steps.push(action);
    }
  }
  return steps;
}

function stepOf(order: Order, facts: GuardFacts): GuardStep | null {
  const { change, bareSince, hopeless, retryAt, gone } = progressOf(order);
  if (gone && (isResting(order) || isKeptBack(order))) return { kind: 'cancel', order, code: 'POSITION_CLOSED' };
  if (isResting(order) && change) return { kind: 'replace', order };
  if (order.role === 'take_profit' && order.code === 'WATCHED') return takeStep(order, facts);
  if (order.role === 'stop_loss' && isKeptBack(order)) return standingByStep(order, facts);
  const over = bareSince !== undefined && facts.nowMs - bareSince >= facts.guaranteeMs;
  // One that was not refused yet is still sent, however late: a leader that was away is no reason to close what it protects.
  const refused = retryAt !== undefined;
  if (order.status === 'intent' && (hopeless || (over && refused))) return { kind: 'settle', order };
  if (!isResting(order) || order.type !== 'trailing_stop' || facts.quote === null) return null;
  const trail = trailStep(order, facts.quote.last, facts.market, facts.nowMs);
  return trail && { kind: 'trail', order, ...trail };
}

/** A take profit that is waited for here, and the stop of its pair. */
function takeStep(order: Order, facts: GuardFacts): GuardStep | null {
  if (facts.exitUnderWay) return null;
  const stop = partnerOf(order, facts.orders);
  const rested = facts.nowMs - (progressOf(order).triedAt ?? 0) >= TRY_AGAIN_MS;
  const reached = rested && isReached(order, facts.quote);
  if (stop && isResting(stop)) {
    const { standsBy, change } = progressOf(stop);
    if (reached && !change) return { kind: 'make_way', order: stop };
    return standsBy && !reached ? { kind: 'stay', order: stop } : null;
  }
  const waits = stop !== undefined && !isFinal(stop.status) && !isKeptBack(stop);
  if (!reached || waits || stop?.status === 'filled') return null;
  const rest = restOf(order, facts);
  return rest.lt(facts.market.minQuantity) ? null : { kind: 'take', order, quantity: order.filledQuantity.plus(rest) };
}

/** A stop that made way goes back as soon as what it made way for is over. */
function standingByStep(order: Order, facts: GuardFacts): GuardStep | null {
  if (facts.exitUnderWay) return null;
  const gain = partnerOf(order, facts.orders);
  if (gain && isWatchedLeg(gain, facts.market, facts.tiedBy)) {
    if (gain.code === 'WATCHED' && takeStep(gain, facts)?.kind === 'take') return null;
    const underWay = !isFinal(gain.status) && gain.code !== 'WATCHED';
    // It cannot rest, so what is in doubt about it is not for long; a position without either is worse than a refusal.
    if (underWay && !(gain.status === 'unknown' && facts.nowMs - gain.updatedAt >= facts.guaranteeMs / 2)) return null;
    if (gain.status === 'filled') return { kind: 'cancel', order, code: 'OCO_SIBLING_FILLED' };
  }
  const rest = restOf(order, facts);
  if (rest.lt(facts.market.minQuantity)) {
    // An exit that rests may come to nothing yet, and what it holds is then without this stop.
    const waits = facts.orders.some(({ role, status }) => role === 'exit' && !isFinal(status));
    return waits ? null : { kind: 'cancel', order, code: 'POSITION_CLOSED' };
  }
  return { kind: 'put_back', order, quantity: order.filledQuantity.plus(rest) };
}

function isReached({ side, price }: Order, quote: Quote | null): boolean {
  if (quote === null || price === null) return false;
  return side === 'sell' ? quote.bid.gte(price) : quote.ask.lte(price);
}

/** What a leg may still do: its share of what its entry filled, less what its pair has done, and no more than is held. */
function restOf(leg: Order, facts: CoverFacts): Decimal {
  const { orders, held, market } = facts;
  const parent = orders.find(({ id }) => id === leg.parentId);
  const reducible = reducibleBy(leg.side, facts);
  if (!parent) return minDecimal(remainingOf(leg), reducible);
  const children = orders.filter(({ parentId }) => parentId === parent.id);
  const share = protectiveQuantities(parent, children, heldFor(parent, orders, held, market), market).get(leg.id) ?? ZERO;
  const partner = partnerOf(leg, orders)?.filledQuantity ?? ZERO;
  const free = market.type === 'spot' ? reducible.minus(coverOf(children.filter((other) => holdsBesides(other, leg)))) : reducible;
  return maxDecimal(minDecimal(share.minus(partner).minus(leg.filledQuantity), free), ZERO);
}

/** On spot what other pairs of the same entry hold cannot be sold by this one. */
function holdsBesides(other: Order, leg: Order): boolean {
  return other.id !== leg.id && (leg.ocoGroup === null || other.ocoGroup !== leg.ocoGroup) && holdsBalance(other);
}

/** What an order may take off the position. On spot, what a resting exit would sell is locked by it. */
function reducibleBy(side: Side, { orders, held, market }: CoverFacts): Decimal {
  const onSide = maxDecimal(side === 'sell' ? held : held.neg(), ZERO);
  const exits = market.type === 'spot' ? orders.filter((order) => order.role === 'exit' && !isFinal(order.status)) : [];
  const locked = exits.reduce((sum, order) => sum.plus(remainingOf(order)), ZERO);
  return floorToStep(maxDecimal(onSide.minus(locked), ZERO), market.stepSize);
}

/** Stops of the position that are not over. */
function stopsOf({ orders, held }: CoverFacts): readonly Order[] {
  return orders.filter(
    (order) =>
      order.role === 'stop_loss' && !isFinal(order.status) && !progressOf(order).gone && held.isPositive() === (order.side === 'sell'),
  );
}

/** Those of them that do not stand at the venue for all they are to cover. */
export function lackingStopsOf(facts: CoverFacts): readonly Order[] {
  return stopsOf(facts).filter((stop) => restOf(stop, facts).gt(isResting(stop) ? remainingOf(stop) : ZERO));
}

/** How much of the position is to have a stop and has none that is known to stand at the venue. */
export function uncoveredOf(facts: CoverFacts): Decimal {
  const { held } = facts;
  const stops = stopsOf(facts);
  if (held.isZero() || stops.length === 0) return ZERO;
  const promised = stops.reduce((sum, stop) => sum.plus(restOf(stop, facts)), ZERO);
  const live = stops.filter(isResting).reduce((sum, stop) => sum.plus(remainingOf(stop)), ZERO);
  const wanted = minDecimal(promised, reducibleBy(held.isPositive() ? 'sell' : 'buy', facts));
  return maxDecimal(wanted.minus(live), ZERO);
}
