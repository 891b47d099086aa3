import type { Alert } from '../../alert/alert.ts';
import type { ReasonCode } from '../../errors.ts';
import { type Decimal, decimal, maxDecimal, minDecimal, ZERO } from '../../money.ts';
import type { Side } from '../../order/order.ts';
import type { PlanFacts, PlanResult } from './facts.ts';
import { holdingOf } from './holding.ts';
import { orderIntent } from './legs.ts';
import { found, type Outcome, refused, show } from './outcome.ts';
import { enter } from './planPosition.ts';
import { protectiveLegs } from './protection.ts';
import { checkCapabilities, checkOtherSide, checkPrices, hasExits, tradableQuantity } from './rules.ts';
import { referencePrice, sizeQuantity } from './sizing.ts';

/** A spot sale may exceed what is owned by this much and is then capped: the buy's fee was taken from the base asset. */
const FEE_TOLERANCE = decimal('1.005');

/** `buy` and `sell`: one order on that side, whatever it does to the position, with its exits when it opens one. */
export function planOrder(alert: Alert, facts: PlanFacts, side: Side): PlanResult {
  const notes: string[] = [];
  for (const check of [checkCapabilities(alert, facts, [alert.type]), checkPrices(alert, facts)]) if (!check.ok) return check;
  const size = sizeQuantity(alert, facts, side, notes);
  if (!size.ok) return size;
  const reducible = reducibleBy(side, facts);
  const capped = capQuantity(alert, facts, side, size.value, reducible, notes);
  if (!capped.ok) return capped;
  const turned = turn(alert, facts, side, capped.value, notes);
  if (turned?.ok) return turned;
  if (turned && !TOO_SMALL.has(turned.refusal.code)) return turned;
  const wanted = turned ? minDecimal(capped.value, reducible) : capped.value;
  const price = referencePrice(alert, facts, side);
  const onlyReduces = alert.reduceOnly || isSale(facts, side) || wanted.lte(reducible);
  // Another exit may fill first: where a position can change its sign, the venue must see to it that this one does not open.
  const reduceOnly = alert.reduceOnly || (onlyReduces && facts.capabilities.reduceOnly && facts.capabilities.shortSelling);
  const quantity = tradableQuantity(wanted, facts, { price, exit: onlyReduces, reduceOnly, name: 'quantity' }, notes);
  if (!quantity.ok) return quantity;
  const order = orderIntent(alert, facts, 0, {
    side,
    type: alert.type,
    quantity: quantity.value,
    role: onlyReduces ? 'exit' : 'entry',
    reduceOnly,
    parentId: null,
  });
  if (onlyReduces) {
    if (hasExits(alert)) notes.push('takeProfit and stopLoss left out: the order only reduces a position.');
    return { ok: true, cancels: [], intents: [order], notes, code: null };
  }
  const free = checkOtherSide(facts, side);
  if (!free.ok) return free;
  const opened = facts.capabilities.hedged ? quantity.value : quantity.value.minus(reducible);
  const protection = protectiveLegs(alert, facts, order, price, opened);
  if (!protection.ok) return protection;
  return { ok: true, cancels: [], intents: [order, ...protection.value], notes, code: null };
}

const TOO_SMALL: ReadonlySet<ReasonCode> = new Set(['QUANTITY_TOO_SMALL', 'NOTIONAL_TOO_SMALL']);

/** In hedge mode no order turns a position round: it is left first, and what goes beyond it is an entry of its own. Null: nothing turns. */
function turn(alert: Alert, facts: PlanFacts, side: Side, quantity: Decimal, notes: string[]): PlanResult | null {
  if (!facts.capabilities.hedged || alert.reduceOnly) return null;
  const holding = holdingOf(facts);
  const opposite = !holding.quantity.isZero() && holding.quantity.isNegative() === (side === 'buy');
  if (!opposite || quantity.lte(holding.quantity.abs())) return null;
  const result = enter(alert, facts, side, quantity.minus(holding.quantity.abs()), holding, [...notes]);
  if (!result.ok) notes.push(`Only the position is left: ${result.refusal.message}`);
  return result;
}

/** Base units of the position that an order on `side` reduces. Where shorts are impossible a buy never reduces. */
function reducibleBy(side: Side, { position, capabilities }: PlanFacts): Decimal {
  if (side === 'sell') return maxDecimal(position, ZERO);
  return capabilities.shortSelling ? maxDecimal(position.neg(), ZERO) : ZERO;
}

/** A sale of what is owned: the only kind of sell there is where shorts are impossible. */
function isSale(facts: PlanFacts, side: Side): boolean {
  return side === 'sell' && !facts.capabilities.shortSelling;
}

function capQuantity(alert: Alert, facts: PlanFacts, side: Side, wanted: Decimal, reducible: Decimal, notes: string[]): Outcome<Decimal> {
  const { base, symbol, type } = facts.market;
  if (alert.reduceOnly) {
    if (reducible.isZero()) return refused('REDUCE_ONLY_WOULD_OPEN', `There is no ${symbol} position that a ${side} would reduce.`);
    if (wanted.gt(reducible)) notes.push(`Reduce-only: ${show(wanted)} lowered to the position, ${show(reducible)} ${base}.`);
    return found(minDecimal(wanted, reducible));
  }
  if (!isSale(facts, side)) return found(wanted);
  const owned = maxDecimal(type === 'spot' ? (facts.baseBalance ?? facts.position) : facts.position, ZERO);
  if (wanted.lte(owned)) return found(wanted);
  if (wanted.gt(owned.mul(FEE_TOLERANCE)))
    return refused('SHORT_NOT_SUPPORTED', `The account owns ${show(owned)} ${base}; selling ${show(wanted)} would be a short.`);
  notes.push(`${show(wanted)} lowered to the ${show(owned)} ${base} the account owns: fees were taken from it.`);
  return found(owned);
}
