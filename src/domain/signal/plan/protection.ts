import type { Alert, TakeProfitStep } from '../../alert/alert.ts';
import { Decimal, decimal, floorToStep, ZERO } from '../../money.ts';
import type { OrderIntent, Side } from '../../order/order.ts';
import type { PlanFacts } from './facts.ts';
import { intentOf } from './legs.ts';
import { found, type Outcome, refused, show } from './outcome.ts';
import { hasExits, tradableQuantity } from './rules.ts';
import { atDistance, onTick, priceUnavailable, stopLossPrice } from './sizing.ts';

const ALL = decimal(100);

/** One protective order to be: a share of what the entry fills. */
interface Guard {
  readonly type: 'limit' | 'stop' | 'trailing_stop';
  readonly price: Decimal;
  readonly share: Decimal;
  /** Which pair it belongs to; null when it stands alone. */
  readonly pair: number | null;
}

/**
 * The take-profit and stop-loss legs of an entry, placed once it has filled. Every take-profit step is paired with a stop
 * of the same share, so that each share has its one-cancels-other; what no step covers gets a lone stop. `price` is the
 * entry's reference price, `opened` the part of its quantity that is not spent on closing an opposite position.
 */
export function protectiveLegs(
  alert: Alert,
  facts: PlanFacts,
  entry: OrderIntent,
  price: Decimal | null,
  opened: Decimal,
): Outcome<OrderIntent[]> {
  if (!hasExits(alert)) return found([]);
  if (price === null) return priceUnavailable(facts);
  const guards = guardsOf(alert, facts, entry.side, price);
  if (!guards.ok) return guards;
  const side: Side = entry.side === 'buy' ? 'sell' : 'buy';
  const reduceOnly = facts.capabilities.reduceOnly;
  const legs: OrderIntent[] = [];
  for (const guard of guards.value) {
    const name = `${show(guard.share)} % step's quantity`;
    const quantity = floorToStep(opened, facts.market.stepSize).mul(guard.share).div(ALL);
    const tradable = tradableQuantity(quantity, facts, { price: guard.price, exit: true, reduceOnly, name }, []);
    if (!tradable.ok) return tradable;
    const leg = intentOf(alert, facts, entry.leg + 1 + legs.length, {
      side,
      type: guard.type,
      quantity: ZERO,
      price: guard.type === 'limit' ? guard.price : null,
      stopPrice: guard.type === 'limit' ? null : guard.price,
      timeInForce: 'GTC',
      expiresAt: null,
      postOnly: false,
      reduceOnly,
      role: guard.type === 'limit' ? 'take_profit' : 'stop_loss',
      parentId: entry.id,
      terms: guard.type === 'trailing_stop' ? { trail: alert.stopLossTrail, display: null, durationMs: null } : null,
      ocoGroup: guard.pair === null ? null : `${entry.id}:${guard.pair}`,
      parentShare: opened.eq(entry.quantity) ? guard.share : shareOfFlip(guard.share, opened, entry.quantity),
    });
    legs.push(leg);
  }
  return found(legs);
}

/**
 * `share` of what a flip opens, as a share of its whole quantity. Rounded up in the 18th digit: rounded down, the quantity
 * later floored to the step would come out one step short, and that step unprotected.
 */
function shareOfFlip(share: Decimal, opened: Decimal, quantity: Decimal): Decimal {
  return share.mul(opened).div(quantity).toDecimalPlaces(18, Decimal.ROUND_UP);
}

function guardsOf(alert: Alert, facts: PlanFacts, side: Side, entry: Decimal): Outcome<Guard[]> {
  const stop = stopLossPrice(alert, facts, side, entry);
  if (!stop.ok) return stop;
  const type = alert.stopLossTrail === null ? 'stop' : 'trailing_stop';
  const guards: Guard[] = [];
  let covered = ZERO;
  for (const [pair, step] of alert.takeProfit.entries()) {
    const price = takeProfitPrice(step, facts, side, entry);
    if (!price.ok) return price;
    covered = covered.plus(step.share);
    guards.push({ type: 'limit', price: price.value, share: step.share, pair: stop.value === null ? null : pair });
    if (stop.value !== null) guards.push({ type, price: stop.value, share: step.share, pair });
  }
  if (stop.value !== null && covered.lt(ALL)) guards.push({ type, price: stop.value, share: ALL.minus(covered), pair: null });
  return found(guards);
}

function takeProfitPrice(step: TakeProfitStep, facts: PlanFacts, side: Side, entry: Decimal): Outcome<Decimal> {
  const away = side === 'buy' ? 1 : -1;
  const price =
    step.at.kind === 'price' ? onTick(step.at.price, facts, 'take profit') : found(atDistance(entry, step.at.percent, away, facts));
  if (!price.ok) return price;
  const gaining = side === 'buy' ? price.value.gt(entry) : price.value.lt(entry);
  if (gaining && price.value.gt(0)) return price;
  return refused('TAKE_PROFIT_WRONG_SIDE', `A take profit at ${show(price.value)} is no gain for a ${side} at ${show(entry)}.`);
}
