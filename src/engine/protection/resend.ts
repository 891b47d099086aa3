import { refuse } from '../../domain/errors.ts';
import type { OrderId } from '../../domain/ids.ts';
import type { Market } from '../../domain/market/market.ts';
import { type Decimal, floorToStep, minDecimal } from '../../domain/money.ts';
import { heldFor, remainingOf } from '../../domain/order/cover.ts';
import type { Order, OrderRole } from '../../domain/order/order.ts';
import { progressOf } from '../../domain/order/progress.ts';
import { assessRisk } from '../../domain/risk/assessRisk.ts';
import type { Change } from '../../ledger/ledger.ts';
import { tell } from '../booking.ts';
import { abandonBelow, giveUp } from '../doubt/giveUp.ts';
import { currentQuote, reducibleNow, riskFactsOf } from '../facts.ts';
import { hasDoubt, isUnsent, releaseLane } from '../laneHolds.ts';
import { describeOrder, notice } from '../notices.ts';
import { moved, submission } from '../orderChanges.ts';
import type { Holder, OrderPlace } from '../orderPlace.ts';
import { sendOrder } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { type AccountState, childrenOf, openOrdersOf, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import { isProtective, sendableUntil, whyUnwanted } from '../wanted.ts';
import { makeRoom } from './makeRoom.ts';

/** Tries after which people hear that a position is without its stop. */
const STOP_TOLD_AFTER = 3;

/** Which of an account's orders the one try at a time is for while its venue is out of reach: whatever lessens what is at stake. */
const URGENCY: Readonly<Record<OrderRole, number>> = { stop_loss: 0, exit: 1, take_profit: 2, entry: 3, external: 4 };

/**
 * Sends what provably has not left yet: as often as it takes, one try at a time while the venue is out of reach (reach.ts), and each
 * time only if it would still be taken. It looks at the orders themselves, so a new leader goes on where the last one stopped.
 */
export class Resender {
  private readonly term: Term;
  private readonly tries = new Map<OrderId, number>();
  private readonly underWay = new Set<OrderId>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    const waiting = new Set<OrderId>();
    for (const account of term.state.accounts.values()) {
      const unsent = openOrdersOf(account)
        .filter(isUnsent)
        .sort((one, other) => URGENCY[one.role] - URGENCY[other.role]);
      for (const { id } of unsent) waiting.add(id);
      if (unsent.length === 0) continue;
      if (!term.venues.get(account.account.id)) void term.venues.open(account);
      const overdue = unsent.filter((order) => whyUnwanted(term, account, order, 'VENUE_UNREACHABLE') !== null);
      const due = term.reach.isDue(account.account.id) ? unsent.filter((order) => mayGo(term, account, order)) : [];
      const chosen = term.reach.isClosed(account.account.id) ? due.slice(0, 1) : due;
      for (const order of new Set([...overdue, ...chosen])) this.start(account, order);
    }
    for (const id of this.tries.keys()) if (!waiting.has(id) && !this.underWay.has(id)) this.tries.delete(id);
  }

  private start(account: AccountState, { id, symbol, signalId }: Order): void {
    if (this.underWay.has(id)) return;
    this.underWay.add(id);
    const { term } = this;
    const task = term.blaming(signalId, () => this.look(account, id));
    void term.lanes.enqueue(laneKey(account.account.id, symbol), task, 'urgent').finally(() => this.underWay.delete(id));
  }

  /** In its lane: nothing else happens to the order meanwhile. */
  private async look(account: AccountState, id: OrderId): Promise<void> {
    const { term } = this;
    const order = account.orders.get(id);
    if (!order || !isUnsent(order)) return;
    const unwanted = whyUnwanted(term, account, order, 'VENUE_UNREACHABLE');
    if (unwanted) return this.drop({ term, account }, order, unwanted.code);
    const venue = term.venues.get(account.account.id);
    const market = venue?.marketOf(order.symbol);
    if (!venue || !market || !mayGo(term, account, order)) return;
    const place: OrderPlace = { term, account, venue, market };
    const quote = await currentQuote(venue, order.symbol);
    const facts = riskFactsOf(term.state, account, market, quote, term.now);
    const openOrders = facts.openOrders.filter((other) => other.id !== id);
    // Not the mode: what may go on in spite of it has been decided above.
    const [refusal] = order.role === 'entry' ? assessRisk([{ ...order, parentId: null }], { ...facts, openOrders }).refusals : [];
    if (refusal?.code === 'PRICE_UNAVAILABLE') return;
    if (refusal) return giveUp(place, order, 'rejected', refusal.code, refusal.message);
    const quantity = sizeNow(account, market, order);
    if (quantity.minus(order.filledQuantity).lt(market.minQuantity)) {
      const code = isProtective(order) ? 'POSITION_CLOSED' : 'NO_POSITION';
      return giveUp(place, order, 'canceled', code, refuse(code).message);
    }
    if (term.reach.mayTry(account.account.id)) await this.send(place, order, quantity);
  }

  private async send(place: OrderPlace, order: Order, quantity: Decimal): Promise<void> {
    const { term, account } = place;
    const tries = (this.tries.get(order.id) ?? 1) + 1;
    this.tries.set(order.id, tries);
    await term.commit([submission(order, quantity, term.now), ...staleSequels(place, order)]);
    const submitted = account.orders.get(order.id);
    if (submitted?.status !== 'submitted') return;
    const giveBack = order.role === 'exit' ? await makeRoom(place, submitted) : null;
    await sendOrder(place, submitted);
    await giveBack?.();
    const after = account.orders.get(order.id);
    if (after && isUnsent(after)) return this.tellStop(place, after, tries);
    if (order.role === 'stop_loss' && tries > STOP_TOLD_AFTER && after && after.status !== 'rejected')
      await term.commit([tell(place, 'info', `Sent at last: ${describeOrder(after)} (${account.account.name}).`, order)]);
    releaseLane(place, order.symbol);
  }

  private async tellStop(place: OrderPlace, order: Order, tries: number): Promise<void> {
    if (order.role !== 'stop_loss' || tries !== STOP_TOLD_AFTER) return;
    const text = `Not sent yet: stop loss ${describeOrder(order)} (${place.account.account.name}): ${order.code}. ${order.message} It is tried again for as long as the position is held; until then the position is WITHOUT this stop.`;
    await place.term.commit([tell(place, 'critical', text, order)]);
  }

  /** Too old, forbidden since, or pointless. */
  private drop(holder: Holder, order: Order, code: Parameters<typeof refuse>[0]): Promise<void> {
    const { term, account } = holder;
    if (isProtective(order)) return giveUp(holder, order, 'canceled', code, refuse(code).message);
    if (code !== 'VENUE_UNREACHABLE') return giveUp(holder, order, 'rejected', code, refuse(code).message);
    const seconds = Math.round((term.now - order.createdAt) / 1000);
    const until = new Date(sendableUntil(term, account, order)).toISOString();
    const message = `${order.message ?? ''} It was tried for ${seconds} s, until it was too old (${until}).`;
    return giveUp(holder, order, 'expired', order.code ?? code, message.trim());
  }
}

/** Entries wait while another order of their lane is in doubt, whether they are new or not. */
function mayGo(term: Term, account: AccountState, order: Order): boolean {
  const { hopeless, retryAt = 0 } = progressOf(order);
  if (hopeless || retryAt > term.now) return false;
  return order.role !== 'entry' || !hasDoubt(account, order.symbol);
}

/** An exit takes no more than what is held now, a stop protects no more. */
function sizeNow(account: AccountState, market: Market, order: Order): Decimal {
  if (order.role === 'entry') return order.quantity;
  const reducible = floorToStep(minDecimal(reducibleNow(account, market, order), leftTo(account, market, order)), market.stepSize);
  return order.filledQuantity.plus(minDecimal(remainingOf(order), reducible));
}

/** Of a spot holding, what the legs of other entries do not hold. */
function leftTo(account: AccountState, market: Market, leg: Order): Decimal {
  const { quantity } = positionOf(account, market.symbol);
  const parent = leg.parentId !== null && isProtective(leg) ? account.orders.get(leg.parentId) : undefined;
  return market.type === 'spot' && parent
    ? heldFor(parent, openOrdersOf(account, market.symbol), quantity, market)
    : reducibleNow(account, market, leg);
}

/** The second half of a reversal does not follow an exit that leaves only when the reversal itself is too old. */
function staleSequels({ term, account }: Holder, exit: Order): Change[] {
  if (exit.role !== 'exit') return [];
  return childrenOf(account, exit)
    .filter((leg) => leg.role === 'entry' && leg.status === 'intent' && term.now > sendableUntil(term, account, { ...leg, parentId: null }))
    .flatMap((leg): Change[] => {
      const { code, message } = refuse('SIGNAL_STALE', 'Its exit could not leave until it was too old.');
      const text = `Left out: ${describeOrder(leg)} (${account.account.name}): ${code}. ${message}`;
      return [
        moved(leg, 'canceled', term.now, null, { code, message }),
        ...abandonBelow(account, leg, term.now),
        notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: leg.signalId }),
      ];
    });
}
