import { type Refusal, refuse } from '../errors.ts';
import { type Decimal, decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../money.ts';
import { effectivePrice, ladderOf, type Rung } from './ladder.ts';
import type { RouteOrder, RouteShare, RouteVenue } from './route.ts';

/** Of the price: what a further account must save to be worth an order of its own, a fraction. */
const WORTH_SPLITTING = decimal('0.0002');

export type Allocation =
  | { readonly ok: true; readonly shares: readonly RouteShare[]; readonly words: string }
  | { readonly ok: false; readonly refusal: Refusal };

interface Split {
  readonly venues: readonly RouteVenue[];
  readonly shares: ReadonlyMap<RouteVenue, Decimal>;
  /** What a unit costs on average, as in `Rung`. */
  readonly cost: Decimal;
}

/**
 * Who carries out how much, so that it costs least with fees. Taking the cheapest piece of all books again and again is the best there
 * is, because every book gets only dearer; what is left to do is rounding to steps, minimums, and not sending three orders where one
 * does nearly as well. Shares add up to the quantity, short of at most one step.
 */
export function allocate(venues: readonly RouteVenue[], order: RouteOrder): Allocation {
  const able = venues.filter((venue) => ladderOf(venue, order, venues.length).length > 0);
  const singles = able.map((venue) => split([venue], order, venues.length)).filter((found) => found !== null);
  const single = singles.reduce<Split | null>((best, one) => (best === null || one.cost.lt(best.cost) ? one : best), null);
  const whole = split(able, order, venues.length);
  const lean = whole === null ? null : withFewer(whole, order, venues.length);
  const chosen = lean === null || single?.cost.lte(dearer(lean.cost)) ? single : lean;
  if (chosen === null) return { ok: false, refusal: whyNot(able, order) };
  const shares = venues.flatMap((venue) => shareOf(venue, chosen, order, venues.length));
  return { ok: true, shares, words: describe(shares, chosen, single, order) };
}

/** The cheapest way among these accounts that satisfies steps and minimums, leaving out those whose share would be too small. Null: none. */
function split(venues: readonly RouteVenue[], order: RouteOrder, others: number): Split | null {
  for (let left = venues; left.length > 0; ) {
    const rungs = left.flatMap((venue) => ladderOf(venue, order, others)).sort((a, b) => a.cost.comparedTo(b.cost));
    const shares = rounded(taken(rungs, order.quantity), left, order.quantity);
    if (shares === null) return null;
    const costs = new Map([...shares].map(([venue, quantity]) => [venue, costOf(rungs, venue, quantity)]));
    const small = [...shares].filter(([venue, quantity]) => isTooSmall(venue, quantity, costs.get(venue)?.price ?? ZERO));
    const [smallest] = small.sort(([, a], [, b]) => a.comparedTo(b));
    if (!smallest) return averaged(shares, [...costs.values()]);
    left = left.filter((venue) => venue !== smallest[0]);
  }
  return null;
}

/** The same without accounts that save too little, the smallest share first. */
function withFewer(whole: Split, order: RouteOrder, others: number): Split {
  const most = dearer(whole.cost);
  let best = whole;
  for (;;) {
    const [smallest] = [...best.shares].sort(([, a], [, b]) => a.comparedTo(b));
    const rest = best.venues.filter((venue) => venue !== smallest?.[0]);
    const fewer = rest.length === 0 ? null : split(rest, order, others);
    if (fewer === null || fewer.cost.gt(most)) return best;
    best = fewer;
  }
}

function dearer(cost: Decimal): Decimal {
  return cost.plus(cost.abs().mul(WORTH_SPLITTING));
}

function taken(rungs: readonly Rung[], quantity: Decimal): Map<RouteVenue, Decimal> {
  const shares = new Map<RouteVenue, Decimal>();
  let left = quantity;
  for (const rung of rungs) {
    const piece = minDecimal(rung.quantity, left);
    if (piece.lte(0)) break;
    shares.set(rung.venue, (shares.get(rung.venue) ?? ZERO).plus(piece));
    left = left.minus(piece);
  }
  return shares;
}

/** In steps, the rest given to whoever has the finest and can take it. Null when more than a step of the finest is left over. */
function rounded(shares: Map<RouteVenue, Decimal>, venues: readonly RouteVenue[], quantity: Decimal): Map<RouteVenue, Decimal> | null {
  const whole = new Map([...shares].map(([venue, share]) => [venue, floorToStep(share, venue.market.stepSize)]));
  let left = [...whole.values()].reduce((rest, share) => rest.minus(share), quantity);
  const byStep = [...venues].sort((a, b) => a.market.stepSize.comparedTo(b.market.stepSize));
  const finest = byStep.find((venue) => whole.has(venue));
  for (const venue of [...byStep].sort((a, b) => Number(whole.has(b)) - Number(whole.has(a)))) {
    const has = whole.get(venue) ?? ZERO;
    const room = venue.capacity === null ? left : minDecimal(left, maxDecimal(venue.capacity.minus(has), ZERO));
    const more = floorToStep(room, venue.market.stepSize);
    if (more.gt(0)) whole.set(venue, has.plus(more));
    left = left.minus(more);
  }
  for (const [venue, share] of whole) if (share.isZero()) whole.delete(venue);
  return finest && whole.size > 0 && left.lt(finest.market.stepSize) ? whole : null;
}

/** What a quantity costs at an account's own rungs, and its average price. */
function costOf(rungs: readonly Rung[], venue: RouteVenue, quantity: Decimal): { readonly cost: Decimal; readonly price: Decimal } {
  let [left, cost, paid] = [quantity, ZERO, ZERO];
  for (const rung of rungs) {
    if (rung.venue !== venue) continue;
    const piece = minDecimal(rung.quantity, left);
    cost = cost.plus(rung.cost.mul(piece));
    paid = paid.plus(rung.price.mul(piece));
    left = left.minus(piece);
  }
  return { cost, price: quantity.isZero() ? ZERO : paid.div(quantity) };
}

function averaged(shares: ReadonlyMap<RouteVenue, Decimal>, costs: readonly { readonly cost: Decimal }[]): Split {
  const quantity = [...shares.values()].reduce((sum, share) => sum.plus(share), ZERO);
  const cost = costs.reduce((sum, one) => sum.plus(one.cost), ZERO);
  return { venues: [...shares.keys()], shares, cost: cost.div(quantity) };
}

function isTooSmall({ market }: RouteVenue, quantity: Decimal, price: Decimal): boolean {
  return quantity.lt(market.minQuantity) || quantity.mul(price).lt(market.minNotional);
}

function shareOf(venue: RouteVenue, { shares }: Split, order: RouteOrder, others: number): RouteShare[] {
  const rungs = ladderOf({ ...venue, capacity: null }, order, others);
  const [first] = rungs;
  if (!first) return [];
  const quantity = shares.get(venue) ?? ZERO;
  const own = rungs.map((rung) => ({ ...rung, venue }));
  const price = quantity.isZero() ? first.price : costOf(own, venue, quantity).price;
  const { id, account, fee } = venue;
  return [{ id, account, quantity, price, effectivePrice: effectivePrice(order.side, price, fee), fee }];
}

function whyNot(able: readonly RouteVenue[], { quantity }: RouteOrder): Refusal {
  const most = able.reduce<Decimal | null>((sum, { capacity }) => (sum === null || capacity === null ? null : sum.plus(capacity)), ZERO);
  if (most?.lt(quantity))
    return refuse('ROUTE_IMPOSSIBLE', `The accounts can carry out ${show(most)} in all, and ${show(quantity)} is asked for.`);
  const minimums = able.map(({ account, market }) => {
    const worth = market.minNotional.gt(0) ? ` or a value of ${show(market.minNotional)}` : '';
    return `${show(market.minQuantity)} ${market.base}${worth} on ${account}`;
  });
  return refuse('QUANTITY_TOO_SMALL', `${show(quantity)} is below every minimum: ${minimums.join(', ')}.`);
}

function describe(shares: readonly RouteShare[], chosen: Split, single: Split | null, { side }: RouteOrder): string {
  const pieces = shares.map(({ account, quantity, price, effectivePrice: effective, fee }) => {
    const at = `${show(price)}, ${show(effective)} with the fee of ${show(fee.mul(100))} %`;
    return quantity.isZero() ? `none on ${account} (${at})` : `${show(quantity)} on ${account} (${at})`;
  });
  const saved = single && chosen.shares.size > 1 ? single.cost.minus(chosen.cost).div(single.cost.abs()).mul(100) : null;
  const alone = single?.venues[0]?.account;
  const why = saved === null ? '' : `; ${saved.toSignificantDigits(2).toFixed()} % better than ${alone} alone`;
  return `${side} ${pieces.join(', ')}${why}`;
}

function show(value: Decimal): string {
  return value.toSignificantDigits(10).toFixed();
}
