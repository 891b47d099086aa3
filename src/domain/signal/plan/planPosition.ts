import type { Alert, OrderType } from '../../alert/alert.ts';
import { type Decimal, floorToStep, ZERO } from '../../money.ts';
import type { Order, Side } from '../../order/order.ts';
import type { PlanFacts, PlanResult } from './facts.ts';
import { type Holding, holdingOf } from './holding.ts';
import { orderIntent } from './legs.ts';
import { refused, show } from './outcome.ts';
import { cancelProtection, exitIntent } from './planClose.ts';
import { protectiveLegs } from './protection.ts';
import { checkCapabilities, checkOtherSide, checkPrices, tradableQuantity } from './rules.ts';
import { referencePrice, sizeQuantity } from './sizing.ts';

/** After the exit of a reversal has waited for its trigger, its entry has nothing left to wait for. */
const ENTRY_AFTER_EXIT: Readonly<Record<OrderType, OrderType>> = {
  market: 'market',
  limit: 'limit',
  stop: 'market',
  stop_limit: 'limit',
  trailing_stop: 'market',
  iceberg: 'iceberg',
  twap: 'twap',
  vwap: 'vwap',
};

/** `long` and `short`: be in that direction. From the other side the position is closed first, as one ordered operation. */
export function planDirection(alert: Alert, facts: PlanFacts, side: Side): PlanResult {
  const holding = holdingOf(facts);
  if (!holding.quantity.isZero() && holding.quantity.isNegative() === (side === 'sell'))
    return staying(facts, side, holding) ?? nothingToDo(holding, `Already ${describe(holding.quantity, facts)}.`);
  if (side === 'sell' && !facts.capabilities.shortSelling) return closeInsteadOfShort(alert, facts, holding);
  const notes = [...holding.notes];
  const size = sizeQuantity(alert, facts, side, notes);
  return size.ok ? enter(alert, facts, side, size.value, holding, notes) : size;
}

/** `target`: make the position equal `position`, trading only the difference; a change of sign is a reversal. */
export function planTarget(alert: Alert, facts: PlanFacts): PlanResult {
  if (alert.position === null) return refused('QUANTITY_MISSING', '`target` needs `position`, the signed size to reach.');
  const holding = holdingOf(facts);
  const notes = [...holding.notes];
  const target = floorToStep(alert.position, facts.market.stepSize);
  if (!target.eq(alert.position))
    notes.push(`Target ${show(alert.position)} rounded to ${target.toFixed()} (step ${facts.market.stepSize.toFixed()}).`);
  if (target.isZero() && !alert.position.isZero())
    return refused('QUANTITY_TOO_SMALL', `The target ${show(alert.position)} is below one step, ${facts.market.stepSize.toFixed()}.`);
  if (target.isNegative() && !facts.capabilities.shortSelling) return closeInsteadOfShort(alert, facts, holding);
  if (target.isZero()) return holding.quantity.isZero() ? nothingToDo(holding, 'Already flat.') : leave(alert, facts, holding, notes);
  const side: Side = target.isNegative() ? 'sell' : 'buy';
  const sameSide = !holding.quantity.isZero() && holding.quantity.isNegative() === target.isNegative();
  return sameSide
    ? (staying(facts, side, holding) ?? adjust(alert, facts, target, holding, notes))
    : enter(alert, facts, side, target.abs(), holding, notes);
}

/** Opens a position on `side`; a holding on the other side is closed first and the entry waits for that fill. */
export function enter(alert: Alert, facts: PlanFacts, side: Side, size: Decimal, holding: Holding, notes: string[]): PlanResult {
  const reverses = !holding.quantity.isZero();
  const type = reverses ? ENTRY_AFTER_EXIT[alert.type] : alert.type;
  for (const check of [checkCapabilities(alert, facts, [alert.type, type]), checkPrices(alert, facts), checkOtherSide(facts, side)])
    if (!check.ok) return check;
  const price = referencePrice(alert, facts, side);
  const quantity = tradableQuantity(size, facts, { price, exit: false, reduceOnly: false, name: 'quantity' }, notes);
  if (!quantity.ok) return quantity;
  const exit = reverses ? exitIntent(alert, facts, holding.quantity, holding.quantity.abs(), notes) : null;
  if (exit && !exit.ok) return exit;
  const leg = { side, type, quantity: quantity.value, role: 'entry', reduceOnly: false, parentId: exit?.value.id ?? null } as const;
  const entry = orderIntent(alert, facts, exit ? 1 : 0, leg);
  const protection = protectiveLegs(alert, facts, entry, price, quantity.value);
  if (!protection.ok) return protection;
  if (exit) notes.push(`Reverses ${describe(holding.quantity, facts)}: the entry is sent once the exit has filled.`);
  const cancels = exit ? cancelProtection(facts, exit.value, notes, true) : [];
  return { ok: true, cancels, intents: [...(exit ? [exit.value] : []), entry, ...protection.value], notes, code: null };
}

/** Adds to or takes from a position that is already on the target's side. */
function adjust(alert: Alert, facts: PlanFacts, target: Decimal, holding: Holding, notes: string[]): PlanResult {
  for (const check of [checkCapabilities(alert, facts, [alert.type]), checkPrices(alert, facts)]) if (!check.ok) return check;
  const difference = target.abs().minus(holding.quantity.abs());
  if (difference.isZero()) return nothingToDo(holding, `Already ${describe(holding.quantity, facts)}.`);
  if (difference.isNegative()) {
    const exit = exitIntent(alert, facts, holding.quantity, difference.abs(), notes);
    if (!exit.ok) return exit.refusal.code === 'PRICE_UNAVAILABLE' ? exit : nothingToDo(holding, exit.refusal.message);
    return { ok: true, cancels: [], intents: [exit.value], notes, code: null };
  }
  const side: Side = target.isNegative() ? 'sell' : 'buy';
  const free = checkOtherSide(facts, side);
  if (!free.ok) return free;
  const price = referencePrice(alert, facts, side);
  const quantity = tradableQuantity(difference, facts, { price, exit: false, reduceOnly: false, name: 'difference' }, notes);
  if (!quantity.ok) return quantity.refusal.code === 'PRICE_UNAVAILABLE' ? quantity : nothingToDo(holding, quantity.refusal.message);
  const entry = orderIntent(alert, facts, 0, {
    side,
    type: alert.type,
    quantity: quantity.value,
    role: 'entry',
    reduceOnly: false,
    parentId: null,
  });
  const protection = protectiveLegs(alert, facts, entry, price, quantity.value);
  if (!protection.ok) return protection;
  return { ok: true, cancels: [], intents: [entry, ...protection.value], notes, code: null };
}

/** Leaves the whole position. */
function leave(alert: Alert, facts: PlanFacts, holding: Holding, notes: string[]): PlanResult {
  for (const check of [checkCapabilities(alert, facts, [alert.type]), checkPrices(alert, facts)]) if (!check.ok) return check;
  const exit = exitIntent(alert, facts, holding.quantity, holding.quantity.abs(), notes);
  if (!exit.ok) return exit;
  return { ok: true, cancels: cancelProtection(facts, exit.value, notes), intents: [exit.value], notes, code: null };
}

/** Where shorts are impossible, a long can still be closed; from flat there is nothing right to do. */
function closeInsteadOfShort(alert: Alert, facts: PlanFacts, holding: Holding): PlanResult {
  const { symbol } = facts.market;
  if (holding.quantity.lte(ZERO)) return refused('SHORT_NOT_SUPPORTED', `${symbol} cannot be sold short on this account.`);
  // The exits belonged to the short that is not opened.
  const exitOnly: Alert = { ...alert, takeProfit: [], stopLoss: null, stopLossTrail: null };
  return leave(exitOnly, facts, holding, [
    ...holding.notes,
    `The long is closed; the short is left out: ${symbol} cannot be sold short on this account.`,
  ]);
}

/** A reversal under way would still lead to the other side: it is ended, and what is then to be done is planned anew. Null: there is none. */
function staying({ openOrders }: PlanFacts, side: Side, holding: Holding): PlanResult | null {
  const leadsAway = (exit: Order): boolean =>
    openOrders.some(({ parentId, role, side: to }) => parentId === exit.id && role === 'entry' && to !== side);
  const cancels = openOrders.filter((order) => order.role === 'exit' && leadsAway(order)).map(({ id }) => id);
  const note = 'The reversal under way is ended.';
  return cancels.length === 0 ? null : { ok: true, cancels, intents: [], notes: [...holding.notes, note], code: null };
}

function nothingToDo(holding: Holding, why: string): PlanResult {
  return { ok: true, cancels: [], intents: [], notes: [...holding.notes, why], code: 'NOTHING_TO_DO' };
}

function describe(quantity: Decimal, facts: PlanFacts): string {
  return `${quantity.isNegative() ? 'short' : 'long'} ${quantity.abs().toFixed()} ${facts.market.base}`;
}
