import { REASONS, type ReasonCode, refuse } from '../domain/errors.ts';
import type { OrderId } from '../domain/ids.ts';
import { type Decimal, decimal, floorToStep } from '../domain/money.ts';
import { applyReport, type ReportEffect } from '../domain/order/applyReport.ts';
import { type FollowUp, followUps, type TiedBy } from '../domain/order/followUps.ts';
import type { Order } from '../domain/order/order.ts';
import { isKeptBack, patched, progressOf, wasNamed } from '../domain/order/progress.ts';
import { pendingChange, type Terms, wantedTerms } from '../domain/order/renew.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isSliced } from '../domain/order/sliced.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { Ending } from '../domain/order/work/progress.ts';
import type { CancelOutcome, PlaceOutcome } from '../exchange/exchange.ts';
import type { Change, NoticeSeverity } from '../ledger/ledger.ts';
import { describeOrder, notice } from './notices.ts';
import { asExpiry, moved, refOf, requestOf, submission } from './orderChanges.ts';
import type { Holder, OrderPlace } from './orderPlace.ts';
import { laneKey } from './parking.ts';
import { bareAfter, renewalOf } from './renewals.ts';
import { WITHOUT_EXIT, WITHOUT_STOP } from './reportNotices.ts';
import { sliceEnd, subjectOf } from './sliceReports.ts';
import { type AccountState, childrenOf, openOrdersOf, positionOf } from './state.ts';
import { stopWork } from './stopWork.ts';
import { isOwed, isProtective } from './wanted.ts';
import { withhold } from './withhold.ts';

/** Refusals that prove the order never arrived and that may pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['VENUE_UNREACHABLE', 'VENUE_CLOCK', 'VENUE_RATE_LIMIT']);

/** Whether a refusal proves that nothing arrived, for a reason that may pass by itself. */
export function isPassing(code: string): code is ReasonCode {
  return PASSING.has(code);
}

/** Failures in a row after which people are told that orders wait. */
const TOLD_AFTER = 3;

export type { Holder, OrderPlace };

/** ⑦ Sends an order whose submission is stored, and books what comes of it. */
export async function sendOrder(place: OrderPlace, order: Order): Promise<void> {
  const { term, venue } = place;
  if (isSliced(order)) return term.commit([moved(order, 'open', term.now, 'worked off by the leader')]);
  term.assertActing();
  const capabilities = venue.session.orders.capabilities(place.market);
  const outcome = await term.timed('venue', () => venue.session.orders.place(requestOf(order, tiedBy(place), capabilities)));
  term.deps.failpoint('after_send');
  const current = place.account.orders.get(order.id) ?? order;
  await term.timed('outcome', () => bookOutcome(place, current, outcome));
}

/** Who keeps pairs of orders that cancel each other. */
export function tiedBy({ venue, market }: OrderPlace): TiedBy {
  return venue.session.orders.capabilities(market).ocoBy ?? 'venue';
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

/**
 * It provably never left: it becomes an intent again, which waits until its venue is reached or it is too old (resend.ts). A slice does
 * not wait: the next one makes up for it.
 */
async function holdBack(place: OrderPlace, order: Order, { code, message }: { code: string; message: string }): Promise<void> {
  const { term, account } = place;
  const failures = term.reach.failed(account.account.id);
  const why = progressOf(order).watched ? { code: 'WATCHED', message: REASONS.WATCHED.means } : { code, message };
  const back = order.sliceOf === null ? 'intent' : 'rejected';
  const changes = [moved(order, back, term.now, `not sent: ${message}`, { sentAt: null, ...why })];
  if (failures === TOLD_AFTER) {
    const text = `Orders of ${account.account.name} cannot be sent: ${code}. ${message} They wait and are tried again; what gets too old is told.`;
    changes.push(notice({ newId: term.deps.newId, now: term.now }, 'warning', text));
  }
  await term.commit(changes);
}

function tellReachable({ term, account }: Holder, ms: number): Promise<void> {
  const text = `Orders of ${account.account.name} can be sent again, after ${Math.max(1, Math.round(ms / 1000))} s.`;
  return term.commit([notice({ newId: term.deps.newId, now: term.now }, 'info', text)]);
}

/** An intent that was on its way before, or whose way is prepared: it is to be sent, and waits for the venue. Others wait for a parent. */
export function isUnsent(order: Order): boolean {
  return order.status === 'intent' && order.code !== null && !isKeptBack(order);
}

/** Whether an order of the lane waits to leave that signals after it must not overtake. */
export function hasUnsent(account: AccountState, symbol: string): boolean {
  return openOrdersOf(account, symbol).some((order) => isUnsent(order) && !isProtective(order));
}

/** The order's fate is unknown: say so, and leave it to the inquiry (reconcile.ts). */
export async function doubt(place: OrderPlace, order: Order, code: string, message: string): Promise<void> {
  const { term } = place;
  if (order.status === 'unknown') return;
  const text = `In doubt: ${describeOrder(order)} (${place.account.account.name}). ${message} New entries of ${order.symbol} wait until the venue has been asked.`;
  await term.commit([
    moved(order, 'unknown', term.now, message, { code, message }),
    notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: order.signalId }),
  ]);
}

/** Ends that are as they should be. */
const QUIET_ENDS: ReadonlySet<string> = new Set(['CANCELED_BY_REQUEST', 'LEG_ABANDONED', 'POSITION_CLOSED', 'OCO_SIBLING_FILLED']);

/** Ends an order that will not live: refused by the venue, never arrived, or its parent came to nothing. Its dependants go too. */
export async function giveUp(
  place: Holder,
  order: Order,
  status: 'rejected' | 'canceled' | 'expired',
  code: string,
  message: string,
): Promise<void> {
  const { term } = place;
  if (order.sliceOf !== null) {
    await term.commit(sliceEnd({ newId: term.deps.newId, now: term.now }, place.account, order, status, code, message));
    return order.status === 'unknown' ? releaseLane(place, order.symbol) : undefined;
  }
  const changes: Change[] = [
    moved(order, status, term.now, message, { code, message: adviceFor(code, message) }),
    ...abandonBelow(place.account, order, term.now),
  ];
  const exposes = status === 'rejected' && isOwed(term, order);
  const protects = order.role === 'stop_loss' && status === 'rejected';
  const waited = isUnsent(order);
  const words = status === 'rejected' ? 'Rejected' : status === 'expired' ? 'Expired' : 'Canceled';
  const naked = protects ? WITHOUT_STOP : exposes ? WITHOUT_EXIT : '';
  const filled = order.filledQuantity.isZero() ? '' : ` Filled until then: ${order.filledQuantity.toFixed()}.`;
  const text = `${words}: ${describeOrder(order)} (${place.account.account.name}): ${code}. ${adviceFor(code, message)}${filled}${naked}`;
  const severity = protects || exposes || code === 'NEVER_REACHED_VENUE' ? 'critical' : QUIET_ENDS.has(code) ? 'info' : 'warning';
  changes.push(notice({ newId: term.deps.newId, now: term.now }, severity, text, { signalId: order.signalId }));
  await term.commit(changes);
  if (order.status === 'unknown' || waited) releaseLane(place, order.symbol);
}

/**
 * Every leg below an order that ends, down to the last: none of them has left. A stop that was called for by what the order did fill and
 * could not leave yet is still needed.
 */
export function abandonBelow(account: AccountState, order: Order, now: number): Change[] {
  const called = (child: Order): boolean => isUnsent(child) || isKeptBack(child);
  const protects = (child: Order): boolean => isProtective(child) && called(child) && !order.filledQuantity.isZero();
  return childrenOf(account, order)
    .filter((child) => child.status === 'intent' && !protects(child))
    .flatMap((child) => [
      moved(child, 'canceled', now, null, { code: 'LEG_ABANDONED', message: REASONS.LEG_ABANDONED.means }),
      ...abandonBelow(account, child, now),
    ]);
}

function adviceFor(code: string, message: string): string {
  const reason = REASONS[code as ReasonCode];
  return reason && !message.includes(reason.advice) ? `${message} ${reason.advice}` : message;
}

/** ⑧ Books what a venue reports about an order, and sends what now hangs on it. */
export async function bookReport(place: OrderPlace, order: Order, told: OrderReport, code: ReasonCode | null = null): Promise<void> {
  const { term, account, market } = place;
  const report = asExpiry(order, told, place.venue.session.orders.capabilities(market), term.now);
  const sure = order.status === 'unknown' ? { ...order, code: null, message: null } : order; // The doubt's reason ends with it.
  const known = code === null || sure.code !== null ? sure : { ...sure, code };
  const learned = applyReport(known, report, positionOf(account, order.symbol), market, term.state.fillIds, term.now);
  const late = wasNamed(order, report.clientOrderId);
  if (!learned.changed || (late && learned.fills.length === 0)) return;
  const lastFill = learned.fills.at(-1);
  const held = lastFill?.booking.position ?? positionOf(account, order.symbol);
  const asked = code ?? term.cancelsAsked.get(order.id) ?? null;
  const renewal = late ? null : renewalOf(place, market, learned.order, asked, held.quantity);
  const effect = { ...learned, order: late ? lateFills(order, learned.order) : (renewal?.order ?? learned.order) };
  if (isFinal(learned.order.status)) term.cancelsAsked.delete(order.id);
  const subject = subjectOf({ newId: term.deps.newId, now: term.now }, account, market, order, effect, held);
  const wanted = followUps(subject.order, childrenOf(account, subject.order), held.quantity, market, tiedBy(place));
  const actions = wanted.map((action) => withhold(place, action, { ...effect, order: subject.order }));
  const changes: Change[] = [
    { kind: 'order.updated', order: effect.order, from: order.status, at: term.now, detail: detailOf(effect) },
    ...effect.fills.map(({ id, fill, booking }): Change => ({ kind: 'fill.booked', id, order: effect.order, fill, ...booking })),
    ...subject.changes,
    ...(renewal?.notices ?? []),
    ...(renewal?.send ? [submission(renewal.order, renewal.send, term.now)] : []),
    ...actions.flatMap((action) => changesOf(place, action)),
  ];
  await term.commit(changes);
  const resolved = order.status === 'unknown' && effect.order.status !== 'unknown';
  if (resolved) releaseLane(place, order.symbol);
  // Before anything new goes out: what is swept protects the position that is gone, not the one that comes.
  if (effect.fills.length > 0 && floorToStep(held.quantity.abs(), market.stepSize).isZero()) await sweepProtection(place, order);
  await carryOut(place, actions);
  const again = account.orders.get(order.id);
  if (renewal?.send && again?.status === 'submitted') await sendOrder(place, again);
  await mindParent(place, effect.order, resolved, effect.fills.length > 0);
}

/** What an id that the order had before has filled since: it says nothing about the order as it is now. */
function lateFills({ status, code, venueOrderId }: Order, learned: Order): Order {
  return { ...learned, status, code, venueOrderId };
}

function changesOf(place: OrderPlace, action: FollowUp): Change[] {
  const { term, account } = place;
  if (action.kind === 'send') return [submission(action.order, action.quantity, term.now)];
  if (action.kind === 'watch') return [watching(action.order, action.quantity, term.now)];
  if (action.kind !== 'abandon') return [];
  const { order, code } = action;
  const text = `Left out: ${describeOrder(order)} (${account.account.name}): ${code}. ${REASONS[code].means}`;
  return [
    moved(order, 'canceled', term.now, null, { code, message: REASONS[code].means }),
    ...abandonBelow(account, order, term.now),
    ...(code === 'LEG_ABANDONED' ? [] : [tell(place, 'warning', text, order)]),
  ];
}

function tell({ term }: OrderPlace, severity: NoticeSeverity, text: string, about: Order): Change {
  return notice({ newId: term.deps.newId, now: term.now }, severity, text, { signalId: about.signalId });
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
    const legs = followUps(parent, childrenOf(account, parent), positionOf(account, leg.symbol).quantity, market, tiedBy(place));
    const actions = legs.filter(({ kind, order }) => kind !== 'send' && (order.id === leg.id || (pair && order.ocoGroup === leg.ocoGroup)));
    const changes = actions.flatMap((action) => changesOf(place, action));
    if (changes.length > 0) await place.term.commit(changes);
    await carryOut(place, actions);
  }
  const spent = isFinal(leg.status) && (!leg.filledQuantity.isZero() || leg.code === 'POSITION_CLOSED');
  if (spent && !isFinal(parent.status) && parent.status !== 'intent') await cancelOrder(place, parent, 'POSITION_CLOSED');
}

function detailOf(effect: ReportEffect): string | null {
  const { order } = effect;
  if (order.status === 'open') return `the venue took it as ${order.venueOrderId ?? ''}`;
  if (effect.fills.length > 0) return `filled ${order.filledQuantity.toFixed()} of ${order.quantity.toFixed()}`;
  return order.code;
}

/** What waited for an order of this lane to be known, or to leave, goes on once there is no such order any more. */
export function releaseLane({ term, account }: Holder, symbol: string): void {
  if (!hasDoubt(account, symbol) && !hasUnsent(account, symbol)) term.parking.resumeAll(laneKey(account.account.id, symbol));
}

export function hasDoubt(account: AccountState, symbol: string): boolean {
  return openOrdersOf(account, symbol).some((order) => order.status === 'unknown');
}

/** A closed position needs no protection: cancels what is left of it, so that no stop can open a new position. */
async function sweepProtection(place: OrderPlace, cause: Order): Promise<void> {
  const tied = tiedBy(place);
  for (const order of openOrdersOf(place.account, cause.symbol)) {
    const sibling = order.ocoGroup !== null && order.ocoGroup === cause.ocoGroup;
    // What was never sent, and what `cause` itself has just called for, is not of the position that is gone.
    const unsent = (order.status === 'intent' && !isKeptBack(order)) || order.status === 'submitted';
    if (!isProtective(order) || unsent || (sibling && tied === 'venue') || order.id === cause.id) continue;
    await cancelOrder(place, order, 'POSITION_CLOSED');
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

/** What came of changing an order; `unknown` also when it is under way and goes on by itself. */
export type AmendOutcome = { readonly kind: 'accepted' } | Exclude<PlaceOutcome, { kind: 'accepted' }>;

/**
 * Changes an open order's quantity or prices: in place where the venue can, else by canceling it and placing it anew. A larger quantity
 * is recorded before the venue hears of it, like a new order: whatever becomes of the request, it counts as exposure.
 */
export async function amendOrder(place: OrderPlace, order: Order, wanted: Terms): Promise<AmendOutcome> {
  const { term, account, venue, market } = place;
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

/** Stored before it waits here for its price. */
export function watching(order: Order, quantity: Decimal, now: number): Change {
  const fields = { quantity, code: 'WATCHED', message: REASONS.WATCHED.means, progress: patched(order, { watched: true }) };
  return moved(order, 'intent', now, `watched: ${describeOrder({ ...order, quantity })}`, fields);
}

function record({ term }: OrderPlace, order: Order, detail: string, fields: Partial<Order>): Promise<void> {
  return term.commit([moved(order, order.status, term.now, detail, fields)]);
}
