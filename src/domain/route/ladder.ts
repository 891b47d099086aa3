import type { BookLevel } from '../market/market.ts';
import { Decimal, decimal, minDecimal, ZERO } from '../money.ts';
import type { Side } from '../order/order.ts';
import type { RouteOrder, RouteVenue } from './route.ts';

/** What goes beyond what a book shows is reckoned so much worse than its last price. */
const BEYOND = decimal('0.01');
/** What a limit forbids is the last thing to be chosen: it would not be filled. */
const OUT_OF_REACH = decimal('0.5');
/** An amount that no order reaches. */
const ENDLESS = new Decimal('1e30');

/** One piece of a book, priced as the account would pay for it. */
export interface Rung {
  readonly venue: RouteVenue;
  readonly price: Decimal;
  /** What a unit costs with the fee; a sale costs what it brings, negative. The lower the better, on either side. */
  readonly cost: Decimal;
  readonly quantity: Decimal;
}

/** The price with the fee: what a unit costs in all, or brings. */
export function effectivePrice(side: Side, price: Decimal, fee: Decimal): Decimal {
  return side === 'buy' ? price.mul(fee.plus(1)) : price.mul(fee.neg().plus(1));
}

/** What an account offers, cheapest first and rising all the way, up to its capacity. `others`: among how many an unknown amount is shared. */
export function ladderOf(venue: RouteVenue, order: RouteOrder, others: number): Rung[] {
  const rungs: Rung[] = [];
  let left = venue.capacity ?? ENDLESS;
  const add = (price: Decimal, quantity: Decimal, reckoned: Decimal): void => {
    const taken = minDecimal(quantity, left);
    if (taken.lte(0)) return;
    left = left.minus(taken);
    const effective = effectivePrice(order.side, reckoned, venue.fee);
    rungs.push({ venue, price, cost: order.side === 'buy' ? effective : effective.neg(), quantity: taken });
  };
  const sorted = bestFirst(venue.levels, order.side);
  const within = sorted.filter(
    ({ price }) => order.limit === null || (order.side === 'buy' ? price.lte(order.limit) : price.gte(order.limit)),
  );
  for (const { price, quantity } of within) add(price, quantity ?? order.quantity.div(others), price);
  const last = (within.at(-1) ?? sorted[0])?.price;
  if (last !== undefined)
    add(order.limit ?? beyond(last, order.side), ENDLESS, beyond(last, order.side, order.limit === null ? BEYOND : OUT_OF_REACH));
  return rungs;
}

function bestFirst(levels: readonly BookLevel[], side: Side): BookLevel[] {
  const sorted = levels.filter(({ price }) => price.gt(0)).sort((a, b) => a.price.comparedTo(b.price));
  return side === 'buy' ? sorted : sorted.reverse();
}

function beyond(price: Decimal, side: Side, by = BEYOND): Decimal {
  return price.mul(side === 'buy' ? by.plus(1) : by.neg().plus(1));
}

/** Base units that `funds` (in quote) buy at the book's prices with the fee. */
export function affordable(levels: readonly BookLevel[], fee: Decimal, funds: Decimal): Decimal {
  let left = funds;
  let bought = ZERO;
  const sorted = bestFirst(levels, 'buy');
  for (const { price, quantity } of sorted) {
    const most = left.div(effectivePrice('buy', price, fee));
    if (quantity === null || most.lte(quantity)) return bought.plus(most);
    bought = bought.plus(quantity);
    left = left.minus(effectivePrice('buy', price, fee).mul(quantity));
  }
  const last = sorted.at(-1)?.price;
  return last === undefined ? bought : bought.plus(left.div(effectivePrice('buy', beyond(last, 'buy'), fee)));
}
