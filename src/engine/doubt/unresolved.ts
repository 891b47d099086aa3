import { minDecimal } from '../../domain/money.ts';
import type { Order } from '../../domain/order/order.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { isUnresolved, UNRESOLVED } from '../../domain/order/unresolved.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change, NoticeButton } from '../../ledger/ledger.ts';
import { placeFor } from '../commands/flatten.ts';
import { releaseLane } from '../laneHolds.ts';
import { describeOrder, notice } from '../notices.ts';
import { moved, refOf } from '../orderChanges.ts';
import type { Holder, OrderPlace } from '../orderPlace.ts';
import { bookReport } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { type NakedEnd, nakedEnd } from '../protection/naked.ts';
import { sizeOfRest } from '../protection/renewals.ts';
import { auditOf, refuseWith, replyTo } from '../records.ts';
import { type AccountState, findOrder, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import { giveUp } from './giveUp.ts';

type Body = Extract<CommandBody, { kind: 'order.resolve' }>;

/** Look-ups that have failed for so long say that this will not clear up by itself, milliseconds. */
export const UNRESOLVED_AFTER_MS = 600_000;

/** Why "not found" proves nothing about this order; null where it does. */
export function whyNoProof({ venue, market }: OrderPlace, order: Order): string | null {
  if (order.code === 'VENUE_DUPLICATE_ID') return 'The venue says that it has an order with this id, and does not find it.';
  const refused = venue.session.orders.capabilities(market).refusals?.lookup_by_client_id;
  return refused && order.venueOrderId === null ? 'The venue cannot be asked for an order by our id.' : null;
}

/** It stays in doubt, is asked about further, and a person who can see the venue's own list is asked what is true. */
export async function askPerson({ term, account }: OrderPlace, order: Order, why: string): Promise<void> {
  if (isUnresolved(order)) return;
  const text = `Does it exist? ${describeOrder(order)} (${account.account.name}, client order id ${order.clientOrderId}). ${why} Look at the venue's own list of orders. Until somebody says so, new entries of ${order.symbol} wait; exits go. "It exists" with the venue's id: signalman order resolve ${order.id} --exists --venue-order-id <id>.`;
  const button = (label: string, exists: boolean): NoticeButton => {
    return { label, command: { kind: 'order.resolve', orderId: order.id, exists, venueOrderId: null }, role: 'trader' };
  };
  await term.commit([
    moved(order, 'unknown', term.now, `a person is asked: ${why}`, { code: UNRESOLVED, message: why }),
    notice({ newId: term.deps.newId, now: term.now }, 'critical', text, {
      signalId: order.signalId,
      buttons: [button('It exists', true), button('It does not', false)],
    }),
  ]);
}

/** A person's word on an order in doubt, whether they were asked or not. */
export async function resolveOrder(term: Term, command: Command, body: Body): Promise<void> {
  const found = findOrder(term.state, body.orderId);
  if (!found) return refuseWith(term, command, 404, 'ORDER_NOT_FOUND', 'No such order is under way.');
  const task = term.blaming(command.id, () => decide(term, command, body, found.account));
  await term.lanes.enqueue(laneKey(found.account.account.id, found.order.symbol), task, 'urgent');
}

async function decide(term: Term, command: Command, body: Body, account: AccountState): Promise<void> {
  const order = account.orders.get(body.orderId);
  if (order?.status !== 'unknown') return notInDoubt(term, command, order);
  if (!body.exists) return itDoesNot(term, command, account, order);
  const place = await placeFor(term, account, order.symbol);
  return itExists(term, command, body, { term, account, place, order });
}

function notInDoubt(term: Term, command: Command, order: Order | undefined): Promise<void> {
  const words = order && !isFinal(order.status) ? `It is ${order.status}.` : 'It is over.';
  return refuseWith(term, command, 409, 'ORDER_NOT_IN_DOUBT', `Nothing is to be decided about this order: ${words}`);
}

/** Never sent again: a person may have overlooked it, and one that is missing does less harm than two. */
async function itDoesNot(term: Term, command: Command, account: AccountState, order: Order): Promise<void> {
  const words = `${command.actor.name} says that the venue has no such order.`;
  const end = endOfStop({ term, account }, order);
  await term.commit([audited(term, command, order, { exists: false })]);
  // Rejected also where it protects: should they be wrong, it is taken up again.
  await giveUp({ term, account }, order, 'rejected', 'RESOLVED_ABSENT', words, end?.changes);
  if (end?.closing) term.onOwn(end.closing);
  await term.commit([replyTo(term, command, 200, { orderId: order.id, status: 'rejected' })]);
}

/** What becomes of a position whose stop does not exist. Null: it has none to lose. */
function endOfStop({ term, account }: Holder, order: Order): NakedEnd | null {
  const venue = term.venues.get(account.account.id);
  const market = venue?.marketOf(order.symbol);
  if (order.role !== 'stop_loss' || !venue || !market) return null;
  const held = positionOf(account, order.symbol).quantity;
  const size = minDecimal(sizeOfRest(order, market, held), held.abs());
  if (size.lt(market.minQuantity) || size.isZero()) return null;
  return nakedEnd({ term, account, venue, market }, order, held, size, 'RESOLVED_ABSENT', `naked ${order.id}`);
}

interface Said {
  readonly term: Term;
  readonly account: AccountState;
  /** Null while the account cannot be opened. */
  readonly place: OrderPlace | null;
  readonly order: Order;
}

async function itExists(term: Term, command: Command, body: Body, { account, place, order }: Said): Promise<void> {
  const venueOrderId = body.venueOrderId ?? order.venueOrderId;
  const outcome = place ? await place.venue.session.orders.lookup({ ...refOf(order), venueOrderId }) : null;
  const current = account.orders.get(order.id);
  if (current?.status !== 'unknown') return notInDoubt(term, command, current);
  const audit = audited(term, command, order, { exists: true, venueOrderId });
  if (place && outcome?.kind === 'found') {
    await term.commit([audit]);
    await bookReport(place, current, outcome.report);
    return term.commit([replyTo(term, command, 200, { orderId: order.id, status: account.orders.get(order.id)?.status ?? 'filled' })]);
  }
  if (venueOrderId === null || outcome?.kind === 'not_found') {
    const words =
      venueOrderId === null
        ? "The venue does not find it by our id. Give the venue's own id of it: signalman order resolve <id> --exists --venue-order-id <id>."
        : `The venue does not find an order ${venueOrderId} of ${order.symbol}. Nothing was changed.`;
    return refuseWith(term, command, 422, 'ORDER_NOT_FOUND', words);
  }
  const detail = `${command.actor.name} says that it is ${venueOrderId} at the venue`;
  await term.commit([
    audit,
    moved(current, 'open', term.now, detail, { venueOrderId, code: null, message: null }),
    replyTo(term, command, 200, { orderId: order.id, status: 'open' }),
  ]);
  releaseLane({ term, account }, order.symbol);
}

function audited(term: Term, command: Command, order: Order, after: Readonly<Record<string, unknown>>): Change {
  const before = { status: order.status, code: order.code };
  return auditOf(term, command, 'order.resolve', order.id, before, after);
}
