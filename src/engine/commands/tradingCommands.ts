import { refuse } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/ids.ts';
import { decimal } from '../../domain/money.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { assessRisk } from '../../domain/risk/assessRisk.ts';
import type { TradingMode } from '../../domain/risk/risk.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change } from '../../ledger/ledger.ts';
import { currentQuote, riskFactsOf } from '../facts.ts';
import { notice } from '../notices.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { amendOrder, cancelOrder } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { NOTHING_SPENT, spendSecondFactor } from '../people/secondFactors.ts';
import { auditOf, replyTo } from '../records.ts';
import { runSignal } from '../signals.ts';
import { findOrder } from '../state.ts';
import type { Term } from '../term.ts';
import { flatten, placeFor } from './flatten.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;

const MODE_AFTER = { halt: 'halted', reduce_only: 'reduce_only', resume: 'active', flatten: 'reduce_only' } as const satisfies Record<
  string,
  TradingMode
>;

/** Forbids, and so comes before everything a new leader does. */
export function stopsTrading({ body }: Command): boolean {
  return body.kind === 'trading.set' && body.action !== 'resume';
}

/** The kill switch: takes effect on every order decided from now on; `flatten` also cancels and closes everything in its scope. */
export async function setTrading(term: Term, command: Command, body: Body<'trading.set'>): Promise<void> {
  const mode = MODE_AFTER[body.action];
  const spent = body.action === 'resume' ? spendSecondFactor(term.state, command.actor, body.secondFactor ?? null) : NOTHING_SPENT;
  if (!spent.ok) return term.commit([replyTo(term, command, 403, spent.refusal)]);
  const standing = term.state.modes.get(body.accountId);
  const before = standing?.mode ?? 'active';
  // Delivered again after a change of leader: what has been decided since stands, and what it set needs no second audit.
  const isOvertaken = isSince(standing?.seq ?? null, command.seq);
  if (body.action === 'flatten' && isOvertaken) return finishFlatten(term, command, body, before);
  // A new leader hears what stops trading first: an older resume must not undo it.
  if (body.action === 'resume' && isOvertaken) return term.commit([replyTo(term, command, 200, { mode: before, superseded: true })]);
  const scope = body.accountId === null ? 'all accounts' : (term.state.accounts.get(body.accountId)?.account.name ?? body.accountId);
  const why = body.reason ? ` (${body.reason})` : '';
  const changes: Change[] = [
    ...(spent.user ? [{ kind: 'user.put' as const, user: spent.user }] : []),
    { kind: 'trading.set', accountId: body.accountId, mode, reason: body.reason, actor: command.actor, at: term.now, seq: command.seq },
    auditOf(term, command, `trading.${body.action}`, scope, { mode: before }, { mode }),
    notice(
      { newId: term.deps.newId, now: term.now },
      'critical',
      `Trading: ${body.action.replace('_', ' ')} for ${scope} by ${command.actor.name}${why}. Mode: ${mode}.`,
    ),
  ];
  if (body.action !== 'flatten') {
    await term.commit([...changes, replyTo(term, command, 200, { mode })]);
    if (mode === 'halted') term.parking.resumeForbidden(body.accountId);
    return;
  }
  await term.commit(changes);
  return finishFlatten(term, command, body, mode);
}

/** The same command, or a later one of the same log. */
function isSince(standing: number | null, seq: number): boolean {
  return standing !== null && Math.sign(standing) === Math.sign(seq) && Math.abs(standing) >= Math.abs(seq);
}

async function finishFlatten(term: Term, command: Command, body: Body<'trading.set'>, mode: TradingMode): Promise<void> {
  await term.inOffice(); // What the last leader left in doubt must not be closed twice.
  // Only a resume since then makes it active: closing what people let open again would not be what they asked for.
  if (mode === 'active') return term.commit([replyTo(term, command, 200, { mode, left: [], superseded: true })]);
  const left = await flatten(term, command, body.accountId);
  const answer = replyTo(term, command, 200, { mode, left });
  if (left.length === 0) return term.commit([answer]);
  const text = `Flatten is not complete: ${left.join(', ')}. Orders in doubt, and exits that wait for their venue, are seen to once they can be; for the rest check the venue and flatten again.`;
  await term.commit([notice({ newId: term.deps.newId, now: term.now }, 'critical', text), answer]);
}

/** Runs `work` on an open order in its lane; answers the command when the order is unknown or already final. */
async function onOpenOrder(
  term: Term,
  command: Command,
  orderId: string,
  work: (place: OrderPlace, orderId: string) => Promise<void>,
): Promise<void> {
  const found = findOrder(term.state, orderId);
  const place = found && !isFinal(found.order.status) ? await placeFor(term, found.account, found.order.symbol) : null;
  if (!found || !place) {
    const refusal = refuse(found && !isFinal(found.order.status) ? 'ACCOUNT_UNAVAILABLE' : 'ORDER_NOT_OPEN');
    return term.commit([replyTo(term, command, 409, refusal)]);
  }
  const lane = laneKey(place.account.account.id, found.order.symbol);
  const task = term.blaming(command.id, () => work(place, orderId));
  await term.lanes.enqueue(lane, task, 'urgent');
}

/** An order asked for by hand: the same path as an alert, with an answer for the caller. */
export async function createOrder(term: Term, command: Command, payload: string, skip: readonly AccountId[]): Promise<void> {
  const results = await runSignal(term, command, payload, null, skip);
  const orderId = results.flatMap((result) => result.orderIds)[0];
  const refusal = results.find((result) => result.refusal)?.refusal;
  const signalId = command.id;
  if (orderId) return term.commit([replyTo(term, command, 201, { orderId, signalId })]);
  if (refusal) return term.commit([replyTo(term, command, 422, { ...refusal, signalId })]);
  return term.commit([replyTo(term, command, 200, { signalId })]);
}

export function cancelByRequest(term: Term, command: Command, body: Body<'order.cancel'>): Promise<void> {
  return onOpenOrder(term, command, body.orderId, async (place, orderId) => {
    const order = place.account.orders.get(orderId);
    if (!order || isFinal(order.status)) return term.commit([replyTo(term, command, 409, refuse('ORDER_NOT_OPEN'))]);
    // Whoever cancels a slice means the order: another slice would follow.
    const worked = order.sliceOf === null ? undefined : place.account.orders.get(order.sliceOf);
    const outcome = await cancelOrder(place, worked ?? order, 'CANCELED_BY_REQUEST');
    const audit = auditOf(term, command, 'order.cancel', orderId, { status: order.status }, { outcome: outcome.kind });
    if (outcome.kind === 'canceled') return term.commit([audit, replyTo(term, command, 200, { orderId })]);
    if (outcome.kind === 'not_open') return term.commit([audit, replyTo(term, command, 409, refuse('ORDER_NOT_OPEN'))]);
    return term.commit([audit, replyTo(term, command, 502, { code: outcome.code, message: outcome.message, orderId })]);
  });
}

export function amendByRequest(term: Term, command: Command, body: Body<'order.amend'>): Promise<void> {
  const wanted = {
    quantity: body.quantity === null ? null : decimal(body.quantity),
    price: body.price === null ? null : decimal(body.price),
    stopPrice: body.stopPrice === null ? null : decimal(body.stopPrice),
  };
  return onOpenOrder(term, command, body.orderId, async (place, orderId) => {
    const order = place.account.orders.get(orderId);
    if (!order || isFinal(order.status)) return term.commit([replyTo(term, command, 409, refuse('ORDER_NOT_OPEN'))]);
    if (isSliced(order) || order.sliceOf !== null) {
      const words = 'An order that is worked off slice by slice is not changed. Cancel it and create a new one for what is left.';
      return term.commit([replyTo(term, command, 422, refuse('FEATURE_NOT_SUPPORTED', words))]);
    }
    if (!place.venue.session.orders.capabilities(place.market).amend) {
      return term.commit([
        replyTo(
          term,
          command,
          422,
          refuse(
            'FEATURE_NOT_SUPPORTED',
            `${place.account.account.venue} cannot amend this order in place. Cancel it and create a new one.`,
          ),
        ),
      ]);
    }
    const changed = {
      ...order,
      quantity: wanted.quantity ?? order.quantity,
      price: wanted.price ?? order.price,
      stopPrice: wanted.stopPrice ?? order.stopPrice,
    };
    const facts = riskFactsOf(term.state, place.account, place.market, await currentQuote(place.venue, order.symbol), term.now);
    const verdict = assessRisk([{ ...changed, parentId: null }], {
      ...facts,
      openOrders: facts.openOrders.filter((other) => other.id !== order.id),
    });
    const refusal = verdict.refusals[0];
    if (refusal) return term.commit([replyTo(term, command, 422, refusal)]);
    const outcome = await amendOrder(place, order, wanted);
    const audit = auditOf(term, command, 'order.amend', orderId, numbersOf(order), numbersOf(changed));
    if (outcome.kind === 'accepted') return term.commit([audit, replyTo(term, command, 200, { orderId })]);
    return term.commit([
      replyTo(term, command, outcome.kind === 'rejected' ? 422 : 502, { code: outcome.code, message: outcome.message, orderId }),
    ]);
  });
}

function numbersOf(order: {
  readonly quantity: { toFixed(): string };
  readonly price: { toFixed(): string } | null;
  readonly stopPrice: { toFixed(): string } | null;
}) {
  return { quantity: order.quantity.toFixed(), price: order.price?.toFixed() ?? null, stopPrice: order.stopPrice?.toFixed() ?? null };
}
