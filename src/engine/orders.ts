import { REASONS, type ReasonCode, refuse } from '../domain/errors.ts';
import type { OrderId } from '../domain/ids.ts';
import { type Decimal, decimal } from '../domain/money.ts';
import { heldFor } from '../domain/order/cover.ts';
import { type FollowUp, followUps } from '../domain/order/followUps.ts';
import type { Order } from '../domain/order/order.ts';
import { patched, progressOf } from '../domain/order/progress.ts';
import { pendingChange, type Terms, wantedTerms } from '../domain/order/renew.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isSliced } from '../domain/order/sliced.ts';
import { isSpent } from '../domain/order/spent.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { Ending } from '../domain/order/work/progress.ts';
import type { CancelOutcome, PlaceOutcome } from '../exchange/exchange.ts';
import { bookingOf, changesOf, tell } from './booking.ts';
import { giveUp } from './doubt/giveUp.ts';
import { holdBack, isPassing, TOLD_AFTER, tellReachable } from './holdBack.ts';
import { doubt, releaseLane } from './laneHolds.ts';
import { describeOrder } from './notices.ts';
import { moved, refOf, requestOf } from './orderChanges.ts';
import { type OrderPlace, tiedBy } from './orderPlace.ts';
import { bareAfter } from './protection/renewals.ts';
import { childrenOf, openOrdersOf, positionOf } from './state.ts';
import { isProtective } from './wanted.ts';
import { withhold } from './withhold.ts';
import { stopWork } from './work/stopWork.ts';

/** ⑦ Sends an order whose submission is stored, and books what comes of it. */
export async function sendOrder(place: OrderPlace, order: Order): Promise<void> {
  const { term } = place;
  if (isSliced(order)) return term.commit([moved(order, 'open', term.now, 'worked off by the leader')]);
  term.assertActing();
  const placed = placeOrder(place, order);
  term.placing.set(
    order.id,
    placed.catch(() => undefined),
  );
  return placed.finally(() => term.placing.delete(order.id));
}

async function placeOrder(place: OrderPlace, order: Order): Promise<void> {
  const { term, venue } = place;
  const capabilities = venue.session.orders.capabilities(place.market);
  const outcome = await term.timed('venue', () => venue.session.orders.place(requestOf(order, tiedBy(place), capabilities)));
  term.deps.failpoint('after_send');
  const current = place.account.orders.get(order.id) ?? order;
  await term.timed('outcome', () => bookOutcome(place, current, outcome));
}

async function bookOutcome(place: OrderPlace, order: Order, outcome: PlaceOutcome): Promise<void> {
  if (outcome.kind === 'unknown') return doubt(place, order, outcome.code, outcome.message);
  if (outcome.kind === 'rejected' && isPassing(outcome.code) && order.status === 'submitted') return holdBack(place, order, outcome);
  const closed = place.term.reach.arrived(place.account.account.id);
  if (closed && closed.failures >= TOLD_AFTER) await tellReachable(place, closed.ms);
  if (outcome.kind === 'accepted') return bookReport(place, order, outcome.report);
  const bare = bareAfter(place, order, outcome.code, outcome.message);
  if (bare) return place.term.commit(bare);
  return giveUp(place, order, 'rejected', outcome.code, outcome.message);
}

/** ⑧ Books what a venue reports about an order, and sends what now hangs on it. */
export async function bookReport(place: OrderPlace, order: Order, told: OrderReport, code: ReasonCode | null = null): Promise<void> {
  const { term, account } = place;
  const booking = bookingOf(place, order, told, code);
  if (!booking) return;
  const { changes, effect, actions, again, ended, foreign, gone, closing } = booking;
  if (ended) term.cancelsAsked.delete(order.id);
  if (foreign) term.onForeignCancel(account.account.id, order.symbol);
  await term.commit(changes);
  if (closing) term.onOwn(closing);
  const resolved = order.status === 'unknown' && effect.order.status !== 'unknown';
  if (resolved) releaseLane(place, order.symbol);
  // Before anything new goes out: what is swept protects the position that is gone, not the one that comes.
  await sweepProtection(place, gone);
  await carryOut(place, actions);
  const renewed = account.orders.get(order.id);
  if (again && renewed?.status === 'submitted') await sendOrder(place, renewed);
  await mindParent(place, effect.order, resolved, effect.fills.length > 0);
}

async function carryOut(place: OrderPlace, actions: readonly FollowUp[]): Promise<void> {
  for (const action of actions) {
    const order = place.account.orders.get(action.order.id);
    if (!order) continue;
    if (action.kind === 'send' && order.status === 'submitted') await sendOrder(place, order);
    if (action.kind === 'resize') await resize(place, order, action.quantity);
    if (action.kind === 'cancel' && !isFinal(order.status)) await cancelOrder(place, order, action.code);
  }
}

async function resize(place: OrderPlace, order: Order, quantity: Decimal): Promise<void> {
  const outcome = await amendOrder(place, order, { quantity, price: null, stopPrice: null });
  if (outcome.kind !== 'rejected') return;
  const name = order.role === 'stop_loss' ? 'stop loss' : 'take profit';
  const text = `The ${name} of ${place.account.account.name} covers only ${order.quantity.toFixed()} of ${quantity.toFixed()} ${order.symbol}: ${outcome.code}. ${outcome.message}`;
  await place.term.commit([tell(place, 'critical', text, order)]);
}

/**
 * What a protective leg's own progress means for the entry above it. Known to be open at last, it takes the size the entry has
 * reached meanwhile. Spent, it cannot protect what the entry may still fill: the rest of the entry is canceled.
 */
async function mindParent(place: OrderPlace, leg: Order, resolved: boolean, filled: boolean): Promise<void> {
  const { account, market } = place;
  const parent = leg.parentId !== null && isProtective(leg) ? account.orders.get(leg.parentId) : undefined;
  if (!parent) return;
  const pair = filled && tiedBy(place) === 'leader';
  if (resolved || pair) {
    const free = heldFor(parent, openOrdersOf(account, leg.symbol), positionOf(account, leg.symbol).quantity, market);
    const legs = followUps(parent, childrenOf(account, parent), free, market, tiedBy(place));
    const actions = legs.filter(({ kind, order }) => kind !== 'send' && (order.id === leg.id || (pair && order.ocoGroup === leg.ocoGroup)));
    const changes = actions.flatMap((action) => changesOf(place, action));
    if (changes.length > 0) await place.term.commit(changes);
    await carryOut(place, actions);
  }
  const current = account.orders.get(parent.id);
  if (current && isSpent(leg) && !isFinal(current.status) && current.status !== 'intent')
    await cancelOrder(place, current, 'POSITION_CLOSED');
}

/** Cancels what the position that is gone was protected by. What does not work out the guard tries again. */
async function sweepProtection(place: OrderPlace, gone: readonly Order[]): Promise<void> {
  for (const { id } of gone) {
    const order = place.account.orders.get(id);
    if (order && !isFinal(order.status)) await cancelOrder(place, order, 'POSITION_CLOSED');
  }
}

/** Cancels an order wherever it stands. The outcome tells a caller what to answer; the ledger has it either way. */
export async function cancelOrder(place: OrderPlace, order: Order, code: ReasonCode): Promise<CancelOutcome> {
  const { term, venue } = place;
  if (order.status === 'intent') {
    await giveUp(place, order, 'canceled', code, REASONS[code].means);
    return { kind: 'canceled', report: null };
  }
  if (isSliced(order)) return endWork(place, order, { status: 'canceled', code, message: null });
  term.assertActing();
  term.cancelsAsked.set(order.id, code);
  const outcome = await venue.session.orders.cancel(refOf(order));
  if (outcome.kind === 'rejected' || outcome.kind === 'not_open') term.cancelsAsked.delete(order.id);
  const current = place.account.orders.get(order.id);
  if (!current) return outcome;
  if (outcome.kind === 'canceled' && outcome.report) await bookReport(place, current, outcome.report, code);
  const goesOn = code === 'REPLACING' || code === 'STANDS_BY';
  if (outcome.kind === 'canceled' && !outcome.report && !goesOn && !isFinal(current.status))
    await giveUp(place, current, 'canceled', code, REASONS[code].means);
  if (outcome.kind === 'not_open' || (outcome.kind === 'canceled' && !outcome.report && goesOn)) {
    const found = await venue.session.orders.lookup(refOf(current));
    if (found.kind === 'found') await bookReport(place, current, found.report);
  }
  return outcome;
}

/** Ends a worked order: over once no slice can fill any more (work.ts looks again). */
export function endWork(place: OrderPlace, order: Order, ending: Ending): Promise<CancelOutcome> {
  return stopWork(place, order, ending, {
    cancel: (slice) => cancelOrder(place, slice, ending.code),
    giveUp: (ended, status, message) => giveUp(place, ended, status, ending.code, message),
  });
}

/**
 * A worked exit of which less is left than can be traded has done its work: what waits for it follows, as if the last step had filled.
 */
export async function settleExit(place: OrderPlace, order: Order, message: string): Promise<void> {
  const { term, account, market } = place;
  const settled = { quantity: order.filledQuantity, message };
  const filled: Order = { ...order, ...settled, status: 'filled' };
  const wanted = followUps(filled, childrenOf(account, order), positionOf(account, order.symbol).quantity, market, tiedBy(place));
  const actions = wanted.map((action) => withhold(place, action, { order: filled, fills: [], changed: true }));
  await term.commit([
    moved(order, 'filled', term.now, message, settled),
    tell(place, 'info', `Done: ${describeOrder(filled)} (${account.account.name}). ${message}`, order),
    ...actions.flatMap((action) => changesOf(place, action)),
  ]);
  await carryOut(place, actions);
}

/** What came of changing an order; `unknown` also when it is under way and goes on by itself. */
export type AmendOutcome = { readonly kind: 'accepted' } | Exclude<PlaceOutcome, { kind: 'accepted' }>;

/** No venue knows it, and canceling it to place it anew would be its end: a stop that waits for its entry would be missing. */
const NOT_SENT = 'The order has not been sent yet. Change it once it is open, or cancel it and create a new one.';

/**
 * Changes an open order's quantity or prices: in place where the venue can, else by canceling it and placing it anew. A larger quantity
 * is recorded before the venue hears of it, like a new order: whatever becomes of the request, it counts as exposure.
 */
export async function amendOrder(place: OrderPlace, order: Order, wanted: Terms): Promise<AmendOutcome> {
  const { term, account, venue, market } = place;
  if (order.status === 'intent') return { kind: 'rejected', code: 'ORDER_NOT_OPEN', message: NOT_SENT };
  if (venue.session.orders.capabilities(market).amendBy === 'leader') return replaceOrder(place, order, wanted);
  const larger = wanted.quantity?.gt(order.quantity) ? wanted.quantity : null;
  if (larger) await record(place, order, `to be amended: ${describeOrder({ ...order, quantity: larger })}`, { quantity: larger });
  term.assertActing();
  const outcome = await venue.session.orders.amend(refOf(order), wanted);
  const current = account.orders.get(order.id);
  if (!current) return outcome;
  if (outcome.kind === 'accepted') {
    const fields = {
      quantity: wanted.quantity ?? current.quantity,
      price: wanted.price ?? current.price,
      stopPrice: wanted.stopPrice ?? current.stopPrice,
    };
    await record(place, current, `amended: ${describeOrder({ ...current, ...fields })}`, fields);
    await bookReport(place, account.orders.get(order.id) ?? current, outcome.report);
  }
  if (outcome.kind === 'rejected' && larger) await record(place, current, 'not amended', { quantity: order.quantity });
  if (outcome.kind === 'rejected' && outcome.code === 'FEATURE_NOT_SUPPORTED')
    return replaceOrder(place, account.orders.get(order.id) ?? current, wanted);
  if (outcome.kind === 'unknown') await doubt(place, current, outcome.code, outcome.message);
  return outcome;
}

/**
 * The change is in the ledger before the order is canceled for it, so whoever leads then goes on with it (guard.ts). The report of the
 * cancel, with all its fills, turns the order into an intent under its next id (renewals.ts).
 */
async function replaceOrder(place: OrderPlace, order: Order, wanted: Terms): Promise<AmendOutcome> {
  const progress = patched(order, { change: pendingChange(order, wanted) });
  const quantity = wanted.quantity?.gt(order.quantity) ? wanted.quantity : order.quantity;
  await record(place, order, `to be replaced: ${describeOrder({ ...order, ...wantedTerms({ ...order, progress }) })}`, {
    progress,
    quantity,
  });
  return finishReplacing(place, order.id);
}

/** Cancels an open order with a change pending, and places it anew. */
export async function finishReplacing(place: OrderPlace, id: OrderId): Promise<AmendOutcome> {
  const { account } = place;
  const order = account.orders.get(id);
  if (!order || !progressOf(order).change) return { kind: 'rejected', ...refuse('ORDER_NOT_OPEN') };
  const outcome = await cancelOrder(place, order, 'REPLACING');
  const after = account.orders.get(id);
  if (after && outcome.kind === 'unknown') await doubt(place, after, outcome.code, outcome.message);
  if (outcome.kind === 'unknown') return outcome;
  if (after && outcome.kind === 'rejected') {
    const { change } = progressOf(after);
    await record(place, after, 'not replaced', {
      progress: patched(after, { change: undefined }),
      quantity: change ? decimal(change.was) : after.quantity,
    });
    return outcome;
  }
  if (!after || isFinal(after.status)) return { kind: 'rejected', ...refuse('ORDER_NOT_OPEN') };
  const stands = after.status === 'open' || after.status === 'partially_filled';
  if (stands && !progressOf(after).change) return { kind: 'accepted' };
  return { kind: 'unknown', ...refuse('REPLACING') };
}

function record({ term }: OrderPlace, order: Order, detail: string, fields: Partial<Order>): Promise<void> {
  return term.commit([moved(order, order.status, term.now, detail, fields)]);
}
