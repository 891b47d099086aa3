import type { Alert, PriceOrPercent } from '../../alert/alert.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, roundToStep } from '../../money.ts';
import type { Side } from '../../order/order.ts';
import type { PlanFacts } from './facts.ts';
import { found, type Outcome, refused, show } from './outcome.ts';

/**
 * The price a quantity is reckoned with and exits are measured from, in quote: the limit price, else the stop price, else
 * what the market asks (for a buy) or bids (for a sell). Null without a quote.
 */
export function referencePrice(alert: Alert, facts: PlanFacts, side: Side): Decimal | null {
  const current = (side === 'buy' ? facts.quote?.ask : facts.quote?.bid) ?? null;
  // The price of a TWAP or VWAP is the worst it takes, not the one it is likely to get.
  if (alert.price !== null && current !== null && (alert.type === 'twap' || alert.type === 'vwap'))
    return side === 'buy' ? minDecimal(alert.price, current) : maxDecimal(alert.price, current);
  return alert.price ?? alert.stopPrice ?? current;
}

export function priceUnavailable(facts: PlanFacts): Outcome<never> {
  return refused('PRICE_UNAVAILABLE', `There is no current price of ${facts.market.symbol} to reckon with.`);
}

/** Base units an entry or a plain order asks for, not yet rounded to the venue's step. */
export function sizeQuantity(alert: Alert, facts: PlanFacts, side: Side, notes: string[]): Outcome<Decimal> {
  const { quantity } = alert;
  const { market } = facts;
  if (quantity === null) return refused('QUANTITY_MISSING');
  if (quantity.kind === 'base') return found(quantity.amount);
  if (quantity.kind === 'quote' && quantity.asset === market.base.toUpperCase()) return found(quantity.amount);
  if (quantity.kind === 'quote' && quantity.asset !== market.quote.toUpperCase())
    return refused('QUOTE_ASSET_MISMATCH', `${market.symbol} is paid in ${market.quote}, not in ${quantity.asset}.`);
  const entry = referencePrice(alert, facts, side);
  if (entry === null) return priceUnavailable(facts);
  if (quantity.kind === 'quote') return found(quantity.amount.div(entry));
  const { equity } = facts;
  if (equity === null) return refused('PRICE_UNAVAILABLE', `The account's equity could not be valued in ${market.quote}.`);
  const share = equity.mul(quantity.percent).div(100);
  if (quantity.kind === 'percent') {
    const size = share.div(entry);
    notes.push(`${show(quantity.percent)} % of equity ${show(equity)} ${market.quote} at ${show(entry)} is ${show(size)} ${market.base}.`);
    return found(size);
  }
  const stop = stopLossPrice(alert, facts, side, entry);
  if (!stop.ok) return stop;
  if (stop.value === null) return refused('RISK_NEEDS_STOP_LOSS');
  const size = share.div(entry.minus(stop.value).abs());
  notes.push(
    `Risking ${show(quantity.percent)} % of equity ${show(equity)} ${market.quote} between ${show(entry)} and ${show(stop.value)} is ${show(size)} ${market.base}.`,
  );
  return found(size);
}

/** The price of the alert's stop loss, on the losing side of `entry`; null when it has none. */
export function stopLossPrice(alert: Alert, facts: PlanFacts, side: Side, entry: Decimal): Outcome<Decimal | null> {
  const { stopLoss, stopLossTrail } = alert;
  const away = side === 'buy' ? -1 : 1;
  const price = stopLoss === null ? trailingFrom(stopLossTrail, entry, away, facts) : writtenStop(stopLoss, entry, away, facts);
  if (!price.ok || price.value === null) return price;
  const losing = side === 'buy' ? price.value.lt(entry) : price.value.gt(entry);
  if (losing && price.value.gt(0)) return price;
  return refused('STOP_LOSS_WRONG_SIDE', `A stop loss at ${show(price.value)} cannot protect a ${side} at ${show(entry)}.`);
}

function writtenStop(stopLoss: PriceOrPercent, entry: Decimal, away: 1 | -1, facts: PlanFacts): Outcome<Decimal> {
  if (stopLoss.kind === 'price') return onTick(stopLoss.price, facts, 'stop loss');
  return found(atDistance(entry, stopLoss.percent, away, facts));
}

/** Where a stop that only says how it trails begins: so far from the entry. */
function trailingFrom(trail: PriceOrPercent | null, entry: Decimal, away: 1 | -1, facts: PlanFacts): Outcome<Decimal | null> {
  if (trail === null) return found(null);
  if (trail.kind === 'percent') return found(atDistance(entry, trail.percent, away, facts));
  return found(roundToStep(entry.plus(trail.price.mul(away)), facts.market.tickSize));
}

/** `entry` moved by `percent` up (`towards` 1) or down (−1), rounded to the tick. */
export function atDistance(entry: Decimal, percent: Decimal, towards: 1 | -1, facts: PlanFacts): Decimal {
  return roundToStep(entry.plus(entry.mul(percent).div(100).mul(towards)), facts.market.tickSize);
}

/** A price somebody wrote must be one the venue has: rounding it would change what was asked. */
export function onTick(price: Decimal, facts: PlanFacts, name: string): Outcome<Decimal> {
  const { tickSize } = facts.market;
  const below = floorToStep(price, tickSize);
  if (below.eq(price)) return found(price);
  const detail = `The ${name} ${price.toFixed()} is between the ticks ${below.toFixed()} and ${below.plus(tickSize).toFixed()} (tick ${tickSize.toFixed()}).`;
  return refused('PRICE_OFF_TICK', detail);
}
