import type { Alert, AlertQuantity } from '../../alert/alert.ts';
import type { OrderId } from '../../ids.ts';
import { type Decimal, minDecimal } from '../../money.ts';
import type { Order, OrderIntent } from '../../order/order.ts';
import { isSliced } from '../../order/sliced.ts';
import type { PlanFacts, PlanResult } from './facts.ts';
import { exitSide, holdingOf } from './holding.ts';
import { orderIntent } from './legs.ts';
import { found, type Outcome, refused, show } from './outcome.ts';
import { checkCapabilities, checkPrices, tradableQuantity } from './rules.ts';
import { referencePrice } from './sizing.ts';

/** `close`: leave the position, all of it or the part asked for; its protective orders go when all of it goes. */
export function planClose(alert: Alert, facts: PlanFacts): PlanResult {
  for (const check of [checkCapabilities(alert, facts, [alert.type]), checkPrices(alert, facts)]) if (!check.ok) return check;
  const holding = holdingOf(facts);
  const notes = [...holding.notes];
  if (holding.quantity.isZero()) {
    const note = `There is no ${facts.market.symbol} position to close.`;
    return { ok: true, cancels: [], intents: [], notes: [...notes, note], code: 'NO_POSITION' };
  }
  const wanted = quantityToClose(alert.quantity, holding.quantity.abs(), facts, notes);
  if (!wanted.ok) return wanted;
  const exit = exitIntent(alert, facts, holding.quantity, wanted.value, notes);
  if (!exit.ok) return exit;
  const cancels = exit.value.quantity.eq(holding.quantity.abs()) ? cancelProtection(facts, exit.value, notes) : [];
  return { ok: true, cancels, intents: [exit.value], notes, code: null };
}

/** Leg 0, reducing the holding by `quantity`: reduce-only where the venue has it. */
export function exitIntent(alert: Alert, facts: PlanFacts, holding: Decimal, quantity: Decimal, notes: string[]): Outcome<OrderIntent> {
  const side = exitSide(holding);
  const { reduceOnly } = facts.capabilities;
  const terms = { price: referencePrice(alert, facts, side), exit: true, reduceOnly, name: 'quantity to close' };
  const tradable = tradableQuantity(quantity, facts, terms, notes);
  if (!tradable.ok) return tradable;
  return found(
    orderIntent(alert, facts, 0, { side, type: alert.type, quantity: tradable.value, role: 'exit', reduceOnly, parentId: null }),
  );
}

/**
 * Every open order that would reduce the position: it would sell twice, and on spot it holds the very balance an exit needs. Legs not
 * that wait for theirs are none of these: they belong to entries that still rest, and would be missing when those fill.
 */
export function cancelProtection(
  facts: PlanFacts,
  exit: Pick<OrderIntent, 'type' | 'reduceOnly'>,
  notes: string[],
  reverses = false,
): readonly OrderId[] {
  // An exit that takes its time leaves what guards the position where nothing holds it: it goes with the position. A reversal does not
  // share it with a stop, whose fill would leave it half done.
  const waits = isSliced(exit) || (exit.type !== 'market' && !reverses);
  const standing = facts.openOrders.filter((order) => order.role !== 'entry' && (order.status !== 'intent' || order.code !== null));
  const cancels = standing.filter((order) => !(waits && exit.reduceOnly && stays(order, exit))).map(({ id }) => id);
  if (waits && !exit.reduceOnly && standing.some(({ role }) => role === 'stop_loss'))
    notes.push(`Until it has filled no stop stands behind it: on spot it holds the ${facts.market.base} that a stop would sell.`);
  if (cancels.length > 0) notes.push(`Open exits and protective orders canceled with the position: ${cancels.length}.`);
  return cancels;
}

/** Beside an exit that rests, take profits would be as many exits; what the leader works off slice by slice leaves them their turn. */
function stays({ role }: Order, exit: Pick<OrderIntent, 'type'>): boolean {
  return role === 'stop_loss' || (role === 'take_profit' && isSliced(exit));
}

function quantityToClose(quantity: AlertQuantity | null, held: Decimal, facts: PlanFacts, notes: string[]): Outcome<Decimal> {
  if (quantity === null) return found(held);
  if (quantity.kind === 'percent') return found(minDecimal(held, facts.position.abs().mul(quantity.percent).div(100)));
  if (quantity.kind !== 'base')
    return refused(
      'FEATURE_NOT_SUPPORTED',
      '`close` takes a share of the position ("50%") or base units ("0.01"), or no quantity to close all.',
    );
  if (quantity.amount.gt(held)) notes.push(`${show(quantity.amount)} lowered to the position, ${show(held)} ${facts.market.base}.`);
  return found(minDecimal(held, quantity.amount));
}
