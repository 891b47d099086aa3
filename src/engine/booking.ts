import { REASONS, type ReasonCode } from '../domain/errors.ts';
import type { Decimal } from '../domain/money.ts';
import { applyReport, type ReportEffect } from '../domain/order/applyReport.ts';
import { heldFor } from '../domain/order/cover.ts';
import { type FollowUp, followUps } from '../domain/order/followUps.ts';
import type { Order } from '../domain/order/order.ts';
import { patched, wasNamed } from '../domain/order/progress.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { Position } from '../domain/portfolio/position.ts';
import type { Signal } from '../domain/signal/signal.ts';
import type { Change, NoticeSeverity } from '../ledger/ledger.ts';
import { abandonBelow } from './doubt/giveUp.ts';
import { WITHOUT_STOP } from './doubt/reportNotices.ts';
import { describeOrder, notice } from './notices.ts';
import { asExpiry, moved, submission, watching } from './orderChanges.ts';
import { type Holder, type OrderPlace, tiedBy } from './orderPlace.ts';
import { goneWith } from './protection/gone.ts';
import { bareAfterFill, revivedBy } from './protection/lateFills.ts';
import { nakedEnd } from './protection/naked.ts';
import { isForeignEnd, renewalOf } from './protection/renewals.ts';
import { childrenOf, openOrdersOf, positionOf } from './state.ts';
import { withhold } from './withhold.ts';
import { subjectOf } from './work/sliceReports.ts';

/** What a report changes, and what is to be done once that is stored. */
export interface Booking {
  readonly changes: readonly Change[];
  readonly effect: ReportEffect;
  /** The position after the report's fills. */
  readonly held: Position;
  readonly actions: readonly FollowUp[];
  /** The order goes out again, under its next id. */
  readonly again: boolean;
  /** Nothing more will come of what was sent. */
  readonly ended: boolean;
  /** Somebody else canceled a stop. */
  readonly foreign: boolean;
  /** Protection of a position that is no more. */
  readonly gone: readonly Order[];
  /** What the leader closes, for it cannot have its stop. */
  readonly closing: Signal | null;
}

/** Null: it tells nothing new. `code`: why it was canceled, where the canceling knows. */
export function bookingOf(place: OrderPlace, order: Order, told: OrderReport, code: ReasonCode | null): Booking | null {
  const { term, account, market } = place;
  const report = asExpiry(order, told, place.venue.session.orders.capabilities(market), term.now);
  // The doubt's reason ends with it, and so does that of a refusal the venue did not keep to.
  const moot = order.status === 'unknown' || (order.status === 'rejected' && report.status !== 'rejected');
  const sure = moot ? { ...order, code: null, message: null } : order;
  const known = code === null || sure.code !== null ? sure : { ...sure, code };
  const learned = applyReport(known, report, positionOf(account, order.symbol), market, term.state.fillIds, term.now);
  const late = wasNamed(order, report.clientOrderId);
  if (!learned.changed || (late && learned.fills.length === 0)) return null;
  const lastFill = learned.fills.at(-1);
  const held = lastFill?.booking.position ?? positionOf(account, order.symbol);
  const asked = code ?? term.cancelsAsked.get(order.id) ?? null;
  const renewal = late ? null : renewalOf(place, market, learned.order, asked, held.quantity);
  const effect = { ...learned, order: late ? lateFills(order, learned.order) : (renewal?.order ?? learned.order) };
  const subject = subjectOf({ newId: term.deps.newId, now: term.now }, account, market, order, effect, held);
  const aftermath = aftermathOf(place, order, subject.order, effect, held.quantity);
  const free = heldFor(subject.order, openOrdersOf(account, order.symbol), held.quantity, market);
  const wanted = followUps(subject.order, aftermath.legs, free, market, tiedBy(place));
  const actions = wanted.map((action) => withhold(place, action, { ...effect, order: subject.order }));
  const changes: Change[] = [
    { kind: 'order.updated', order: effect.order, from: order.status, at: term.now, detail: detailOf(effect) },
    ...effect.fills.map(({ id, fill, booking }): Change => ({ kind: 'fill.booked', id, order: effect.order, fill, ...booking })),
    ...subject.changes,
    ...(renewal?.notices ?? []),
    ...(renewal?.send ? [submission(renewal.order, renewal.send, term.now)] : []),
    ...aftermath.changes,
    ...actions.flatMap((action) => changesOf(place, action)),
  ];
  const { gone, closing } = aftermath;
  const ended = isFinal(learned.order.status);
  const foreign =
    ended && asked === null && order.role === 'stop_loss' && learned.order.status === 'canceled' && isForeignEnd(learned.order);
  return { changes, effect, held, actions, again: Boolean(renewal?.send), ended, foreign, gone, closing };
}

interface Aftermath extends Pick<Booking, 'changes' | 'gone' | 'closing'> {
  /** The legs of what has filled, with those that are wanted again. */
  readonly legs: readonly Order[];
}

/** What fills mean for protection besides the size of what is to be protected: recorded with them, so that the next leader sees to it. */
function aftermathOf(place: OrderPlace, order: Order, subject: Order, { fills }: ReportEffect, held: Decimal): Aftermath {
  const { term, account, market } = place;
  const legs = childrenOf(account, subject);
  if (fills.length === 0) return { legs, changes: [], gone: [], closing: null };
  const before = order.sliceOf === null ? order : (account.orders.get(order.sliceOf) ?? order);
  const revived = revivedBy(before, legs, term.now);
  const current = legs.map((leg) => revived.find(({ id }) => id === leg.id) ?? leg);
  const gone = goneWith(account, market, order, held, tiedBy(place));
  const bare = bareAfterFill(before, subject, current, held, market);
  const why = 'its entry has filled more after they were over';
  const end = bare && nakedEnd(place, bare.stop, held, bare.size, why, `naked ${bare.stop.id} ${subject.filledQuantity.toFixed()}`);
  const changes = [
    ...legs
      .filter((leg) => current.indexOf(leg) < 0)
      .map((leg) => moved(leg, 'intent', term.now, 'its entry has filled after all', { code: null, message: null })),
    ...gone.map((leg) => moved(leg, leg.status, term.now, 'its position is gone', { progress: patched(leg, { gone: true }) })),
    ...(end?.changes ?? []),
  ];
  return { legs: current, changes, gone, closing: end?.closing ?? null };
}

/** What an id that the order had before has filled since: it says nothing about the order as it is now. */
function lateFills({ status, code, venueOrderId }: Order, learned: Order): Order {
  return { ...learned, status, code, venueOrderId };
}

export function changesOf(place: OrderPlace, action: FollowUp): Change[] {
  const { term, account } = place;
  if (action.kind === 'send') return [submission(action.order, action.quantity, term.now)];
  if (action.kind === 'watch') return [watching(action.order, action.quantity, term.now)];
  if (action.kind !== 'abandon') return [];
  const { order, code } = action;
  // One that goes with its entry, or with the profit of its pair, protects nothing; one that is too small should have.
  const bare = order.role === 'stop_loss' && code === 'QUANTITY_TOO_SMALL';
  const text = `Left out: ${describeOrder(order)} (${account.account.name}): ${code}. ${REASONS[code].means}${bare ? WITHOUT_STOP : ''}`;
  return [
    moved(order, 'canceled', term.now, null, { code, message: REASONS[code].means }),
    ...abandonBelow(account, order, term.now),
    ...(code === 'LEG_ABANDONED' ? [] : [tell(place, bare ? 'critical' : 'warning', text, order)]),
  ];
}

/** A notice about an order, to be stored with what it tells of. */
export function tell({ term }: Holder, severity: NoticeSeverity, text: string, about: Order): Change {
  return notice({ newId: term.deps.newId, now: term.now }, severity, text, { signalId: about.signalId });
}

function detailOf(effect: ReportEffect): string | null {
  const { order } = effect;
  if (order.status === 'open') return `the venue took it as ${order.venueOrderId ?? ''}`;
  if (effect.fills.length > 0) return `filled ${order.filledQuantity.toFixed()} of ${order.quantity.toFixed()}`;
  return order.code;
}
