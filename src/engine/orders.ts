import { REASONS, type ReasonCode, refuse } from '../domain/errors.ts';
import type { Market } from '../domain/market/market.ts';
import { type Decimal, floorToStep } from '../domain/money.ts';
import { applyReport, type ReportEffect } from '../domain/order/applyReport.ts';
import { type FollowUp, followUps } from '../domain/order/followUps.ts';
import type { Order } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isFinal } from '../domain/order/transition.ts';
import { assessStanding } from '../domain/risk/assessRisk.ts';
import type { CancelOutcome, PlaceOutcome } from '../exchange/exchange.ts';
import type { Change, NoticeSeverity } from '../ledger/ledger.ts';
import { describeOrder, notice } from './notices.ts';
import { moved, refOf, requestOf, submission } from './orderChanges.ts';
import { laneKey } from './parking.ts';
import { reportNotices, WITHOUT_EXIT, WITHOUT_STOP } from './reportNotices.ts';
import { type AccountState, childrenOf, limitsOf, modeOf, openOrdersOf, positionOf, realizedToday } from './state.ts';
import type { Term } from './term.ts';
import type { Venue } from './venues.ts';
import { isOwed, isProtective, maxAgeSecOf } from './wanted.ts';

/** Refusals that prove the order never arrived and that may pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['VENUE_UNREACHABLE', 'VENUE_CLOCK', 'VENUE_RATE_LIMIT']);

/** Whether a refusal proves that nothing arrived, for a reason that may pass by itself. */
export function isPassing(code: string): code is ReasonCode {
  return PASSING.has(code);
}

/** A reversal's entry is worth as long again as its exit was, counted in its hook's `maxAgeSec`. */
const SEQUEL_LIVES = 2;

/** Failures in a row after which people are told that orders wait. */
const TOLD_AFTER = 3;

/** Whose an order is. */
export interface Holder {
  readonly term: Term;
  readonly account: AccountState;
}

/** Where an order lives: its account's state and open venue, and its market. */
export interface OrderPlace extends Holder {
  readonly venue: Venue;
  readonly market: Market;
}

/** ⑦ Sends an order whose submission is stored, and books what comes of it. */
export async function sendOrder(place: OrderPlace, order: Order): Promise<void> {
  const { term, venue } = place;
  term.assertActing();
  const outcome = await term.timed('venue', () => venue.session.orders.place(requestOf(order)));
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
  return giveUp(place, order, 'rejected', outcome.code, outcome.message);
}

/** It provably never left: it becomes an intent again, which waits until its venue is reached or it is too old (resend.ts). */
async function holdBack(place: OrderPlace, order: Order, { code, message }: { code: string; message: string }): Promise<void> {
  const { term, account } = place;
  const failures = term.reach.failed(account.account.id);
  const changes = [moved(order, 'intent', term.now, `not sent: ${message}`, { sentAt: null, code, message })];
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
  return order.status === 'intent' && order.code !== null;
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

/** Ends an order that will not live: refused by the venue, never arrived, or its parent came to nothing. Its dependants go too. */
export async function giveUp(
  place: Holder,
  order: Order,
  status: 'rejected' | 'canceled' | 'expired',
  code: string,
  message: string,
): Promise<void> {
  const { term } = place;
  const changes: Change[] = [
    moved(order, status, term.now, message, { code, message: adviceFor(code, message) }),
    ...abandonBelow(place.account, order, term.now),
  ];
  const exposes = status === 'rejected' && isOwed(term, order);
  const protects = order.role === 'stop_loss' && status === 'rejected';
  const waited = isUnsent(order);
  const words = status === 'rejected' ? 'Rejected' : status === 'expired' ? 'Expired' : 'Canceled';
  const naked = protects ? WITHOUT_STOP : exposes ? WITHOUT_EXIT : '';
  const text = `${words}: ${describeOrder(order)} (${place.account.account.name}): ${code}. ${adviceFor(code, message)}${naked}`;
  const severity =
    protects || exposes || code === 'NEVER_REACHED_VENUE'
      ? 'critical'
      : code === 'CANCELED_BY_REQUEST' || code === 'LEG_ABANDONED'
        ? 'info'
        : 'warning';
  changes.push(notice({ newId: term.deps.newId, now: term.now }, severity, text, { signalId: order.signalId }));
  await term.commit(changes);
  if (order.status === 'unknown' || waited) releaseLane(place, order.symbol);
}

/**
 * Every leg below an order that ends, down to the last: none of them has left. A stop that was called for by what the order did fill and
 * could not leave yet is still needed.
 */
export function abandonBelow(account: AccountState, order: Order, now: number): Change[] {
  const protects = (child: Order): boolean => isProtective(child) && isUnsent(child) && !order.filledQuantity.isZero();
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
export async function bookReport(place: OrderPlace, order: Order, report: OrderReport, code: ReasonCode | null = null): Promise<void> {
  const { term, account, market } = place;
  const sure = order.status === 'unknown' ? { ...order, code: null, message: null } : order; // The doubt's reason ends with it.
  const known = code === null || sure.code !== null ? sure : { ...sure, code };
  const effect = applyReport(known, report, positionOf(account, order.symbol), market, term.state.fillIds, term.now);
  if (!effect.changed) return;
  const lastFill = effect.fills.at(-1);
  const held = lastFill?.booking.position ?? positionOf(account, order.symbol);
  const wanted = followUps(effect.order, childrenOf(account, order), held.quantity, market);
  const actions = wanted.map((action) => withhold(place, action, effect));
  const changes: Change[] = [
    { kind: 'order.updated', order: effect.order, from: order.status, at: term.now, detail: detailOf(effect) },
    ...effect.fills.map(({ id, fill, booking }): Change => ({ kind: 'fill.booked', id, order: effect.order, fill, ...booking })),
    ...reportNotices({ newId: term.deps.newId, now: term.now }, account.account.name, market, order, effect, held),
    ...actions.flatMap((action) => changesOf(place, action)),
  ];
  await term.commit(changes);
  const resolved = order.status === 'unknown' && effect.order.status !== 'unknown';
  if (resolved) releaseLane(place, order.symbol);
  // Before anything new goes out: what is swept protects the position that is gone, not the one that comes.
  if (effect.fills.length > 0 && floorToStep(held.quantity.abs(), market.stepSize).isZero()) await sweepProtection(place, order);
  await carryOut(place, actions);
  await mindParent(place, effect.order, resolved);
}

/** The second half of a reversal is decided when its exit has filled: what has been forbidden since it must not do. */
function withhold({ term, account }: OrderPlace, action: FollowUp, effect: ReportEffect): FollowUp {
  if (action.kind !== 'send' || action.order.role !== 'entry') return action;
  const { id } = account.account;
  const realized = effect.fills.reduce((sum, { booking }) => sum.plus(booking.entry.realizedPnl), realizedToday(account, term.now));
  const standing = assessStanding({ mode: modeOf(term.state, id), limits: limitsOf(term.state, id), realizedToday: realized });
  const refusal = standing ?? (isLateSequel(term, effect.order) ? refuse('SIGNAL_STALE') : null);
  return refusal ? { kind: 'abandon', order: action.order, code: refusal.code } : action;
}

/** Its market exit was sent so long ago, by our clock, that only a doubt can have lasted until now. */
function isLateSequel(term: Term, { type, sentAt, signalId }: Order): boolean {
  const signal = term.state.signals.get(signalId)?.signal;
  if (!signal || type !== 'market' || sentAt === null) return false;
  return term.now - sentAt > SEQUEL_LIVES * maxAgeSecOf(term, signal) * 1000;
}

function changesOf(place: OrderPlace, action: FollowUp): Change[] {
  const { term, account } = place;
  if (action.kind === 'send') return [submission(action.order, action.quantity, term.now)];
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
async function mindParent(place: OrderPlace, leg: Order, resolved: boolean): Promise<void> {
  const { account, market } = place;
  const parent = leg.parentId !== null && isProtective(leg) ? account.orders.get(leg.parentId) : undefined;
  if (!parent) return;
  if (resolved) {
    const actions = followUps(parent, childrenOf(account, parent), positionOf(account, leg.symbol).quantity, market);
    await carryOut(
      place,
      actions.filter((action) => action.kind === 'resize' && action.order.id === leg.id),
    );
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
  for (const order of openOrdersOf(place.account, cause.symbol)) {
    const sibling = order.ocoGroup !== null && order.ocoGroup === cause.ocoGroup;
    // What was never sent, and what `cause` itself has just called for, is not of the position that is gone.
    const unsent = order.status === 'intent' || order.status === 'submitted';
    if (!isProtective(order) || unsent || sibling || order.id === cause.id) continue;
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
  term.assertActing();
  const outcome = await venue.session.orders.cancel(refOf(order));
  const current = place.account.orders.get(order.id);
  if (!current) return outcome;
  if (outcome.kind === 'canceled' && outcome.report) await bookReport(place, current, outcome.report, code);
  if (outcome.kind === 'canceled' && !outcome.report && !isFinal(current.status))
    await giveUp(place, current, 'canceled', code, REASONS[code].means);
  if (outcome.kind === 'not_open') {
    const found = await venue.session.orders.lookup(refOf(current));
    if (found.kind === 'found') await bookReport(place, current, found.report);
  }
  return outcome;
}

/**
 * Changes an open order's quantity or prices, in place at the venue. A larger quantity is recorded before the venue hears of it,
 * like a new order: whatever becomes of the request, it counts as exposure.
 */
export async function amendOrder(
  place: OrderPlace,
  order: Order,
  wanted: { readonly quantity: Decimal | null; readonly price: Decimal | null; readonly stopPrice: Decimal | null },
): Promise<PlaceOutcome> {
  const { term, account, venue } = place;
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
  if (outcome.kind === 'unknown') await doubt(place, current, outcome.code, outcome.message);
  return outcome;
}

function record({ term }: OrderPlace, order: Order, detail: string, fields: Partial<Order>): Promise<void> {
  return term.commit([moved(order, order.status, term.now, detail, fields)]);
}
