import type { Alert, OrderType, TimeInForce } from '../../alert/alert.ts';
import { whyNot } from '../../market/capabilities.ts';
import { ceilToStep, type Decimal, floorToStep, maxDecimal } from '../../money.ts';
import type { OrderIntent, Side } from '../../order/order.ts';
import type { PlanFacts } from './facts.ts';
import { found, type Outcome, refused, show } from './outcome.ts';
import { onTick, priceUnavailable } from './sizing.ts';

/** Into how many parts an iceberg may be cut: each is an order at the venue. */
const ICEBERG_PARTS_MAX = 1_000;

/** What an order must reach, and how it is judged. */
export interface MinimumTerms {
  /** Price that its value is reckoned with; null when none is known. */
  readonly price: Decimal | null;
  /** An exit without a known price is let through: the venue may refuse it, but nobody is held in a position. */
  readonly exit: boolean;
  readonly reduceOnly: boolean;
  /** What is measured, for the words: "quantity", "quantity of a 25 % step". */
  readonly name: string;
}

/** Does the venue offer what the alert asks for? What it does not list it does not do. */
export function checkCapabilities(alert: Alert, facts: PlanFacts, types: readonly OrderType[]): Outcome<null> {
  const tied = hasExits(alert);
  const leverage = alert.leverage !== null || alert.marginMode !== null;
  const trails = alert.stopLossTrail === null ? [] : (['trailing_stop'] as const);
  for (const type of [...types, ...trails]) {
    const timeInForce = type === 'market' ? 'GTC' : alert.timeInForce; // Lifetimes are left out of market orders (planSignal.ts).
    const { reduceOnly } = alert;
    const postOnly = alert.postOnly && (type === 'limit' || type === 'iceberg');
    const wanted = { type, timeInForce, postOnly, reduceOnly, tied, leverage };
    // What is sent for an order that is worked off must be to be had as well.
    const step = stepOf(type, alert.price !== null);
    const why = whyNot(facts.capabilities, wanted) ?? (step && whyNot(facts.capabilities, { ...wanted, ...step }));
    if (why !== null) return refused('FEATURE_NOT_SUPPORTED', `${facts.market.symbol}: ${why}`);
  }
  return found(null);
}

/** What a venue is asked for in the course of an order that the leader works off; null for orders that are sent as they are. */
function stepOf(type: OrderType, bounded: boolean): { type: OrderType; timeInForce: TimeInForce } | null {
  if (type === 'iceberg') return { type: 'limit', timeInForce: 'GTC' };
  if (type === 'trailing_stop') return { type: 'stop', timeInForce: 'GTC' };
  if (type !== 'twap' && type !== 'vwap') return null;
  return bounded ? { type: 'limit', timeInForce: 'IOC' } : { type: 'market', timeInForce: 'GTC' };
}

/** Whether an entry of this alert comes with protective orders. */
export function hasExits({ takeProfit, stopLoss, stopLossTrail }: Alert): boolean {
  return takeProfit.length > 0 || stopLoss !== null || stopLossTrail !== null;
}

/**
 * In hedge mode an entry that rests on the other side would open a second position beside this one, where in one-way mode it would
 * take from it: what is held is one net position, so it is never begun.
 */
export function checkOtherSide(facts: PlanFacts, side: Side): Outcome<null> {
  if (!facts.capabilities.hedged) return found(null);
  const resting = facts.openOrders.find((order) => order.role === 'entry' && order.side !== side);
  if (!resting) return found(null);
  const detail = `In hedge mode a ${side} beside the open ${resting.side} of ${facts.market.symbol} could leave a long and a short side by side. Cancel that order first, or set the account to one-way mode.`;
  return refused('FEATURE_NOT_SUPPORTED', detail);
}

/** Prices that the sender wrote must be multiples of the tick. */
export function checkPrices(alert: Alert, facts: PlanFacts): Outcome<null> {
  if (alert.type === 'trailing_stop' && !facts.quote) return priceUnavailable(facts);
  for (const [name, price] of [
    ['price', alert.price],
    ['stop price', alert.stopPrice],
  ] as const) {
    const checked = price === null ? found(null) : onTick(price, facts, name);
    if (!checked.ok) return checked;
  }
  return checkDisplay(alert, facts);
}

/** What an iceberg shows is an order of its own. */
function checkDisplay({ display, price }: Alert, facts: PlanFacts): Outcome<null> {
  if (display === null) return found(null);
  const { reduceOnly } = facts.capabilities;
  const shown = tradableQuantity(display, facts, { price, exit: false, reduceOnly: false, name: 'display' }, []);
  return shown.ok || (reduceOnly && shown.refusal.code === 'NOTIONAL_TOO_SMALL') ? found(null) : shown;
}

/** However its size was written, an iceberg is cut into only so many parts. */
export function checkParts(intents: readonly OrderIntent[], { market }: PlanFacts): Outcome<null> {
  const long = intents.find(({ terms, quantity }) => terms?.display && quantity.gt(terms.display.mul(ICEBERG_PARTS_MAX)));
  if (!long?.terms?.display) return found(null);
  const least = ceilToStep(long.quantity.div(ICEBERG_PARTS_MAX), market.stepSize);
  const detail = `Showing ${show(long.terms.display)} of ${show(long.quantity)} ${market.base} at a time takes more than ${ICEBERG_PARTS_MAX} orders; show at least ${show(least)}.`;
  return refused('TOO_MANY_PARTS', detail);
}

/** Rounds down to the step and says so; refuses what is below the venue's minimum, naming both figures. */
export function tradableQuantity(wanted: Decimal, facts: PlanFacts, terms: MinimumTerms, notes: string[]): Outcome<Decimal> {
  const { market } = facts;
  const quantity = floorToStep(wanted, market.stepSize);
  const smallest = smallestQuantity(facts);
  if (quantity.lt(smallest))
    return refused('QUANTITY_TOO_SMALL', `The ${terms.name} ${show(wanted)} ${market.base} is below the minimum ${smallest.toFixed()}.`);
  // Binance USDⓈ-M error -4164: the notional minimum holds "unless you choose reduce only".
  if (market.minNotional.gt(0) && !terms.reduceOnly) {
    if (terms.price === null) {
      if (!terms.exit) return priceUnavailable(facts);
    } else if (quantity.mul(terms.price).lt(market.minNotional)) {
      const value = `${show(quantity.mul(terms.price))} ${market.quote}`;
      const detail = `The ${terms.name} ${quantity.toFixed()} ${market.base} at ${show(terms.price)} is worth ${value}, below the minimum ${market.minNotional.toFixed()} ${market.quote}.`;
      return refused('NOTIONAL_TOO_SMALL', detail);
    }
  }
  if (!quantity.eq(wanted))
    notes.push(`Rounded ${show(wanted)} down to ${quantity.toFixed()} ${market.base} (step ${market.stepSize.toFixed()}).`);
  return found(quantity);
}

/** The smallest quantity an order can have: the minimum, or one step where there is none. */
export function smallestQuantity(facts: PlanFacts): Decimal {
  return maxDecimal(facts.market.minQuantity, facts.market.stepSize);
}
