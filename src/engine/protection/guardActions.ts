import { REASONS } from '../../domain/errors.ts';
import type { Market } from '../../domain/market/market.ts';
import { type Decimal, minDecimal } from '../../domain/money.ts';
import type { BareStep } from '../../domain/order/bareStops.ts';
import type { GuardStep } from '../../domain/order/guardSteps.ts';
import type { Order } from '../../domain/order/order.ts';
import { patched, progressOf } from '../../domain/order/progress.ts';
import type { Change } from '../../ledger/ledger.ts';
import { tell } from '../booking.ts';
import { isPassing } from '../holdBack.ts';
import { notice } from '../notices.ts';
import { moved, submission, watching } from '../orderChanges.ts';
import type { Holder, OrderPlace } from '../orderPlace.ts';
import { amendOrder, cancelOrder, finishReplacing, sendOrder } from '../orders.ts';
import { resumeSignal } from '../ownSignals.ts';
import { positionOf } from '../state.ts';
import { nakedEnd } from './naked.ts';
import { sizeOfRest } from './renewals.ts';

/** Carries out one step of the guard, in its lane. Whatever it is about to do is in the ledger first. */
export async function performStep(place: OrderPlace, step: GuardStep): Promise<void> {
  const { order } = step;
  switch (step.kind) {
    case 'replace':
      await finishReplacing(place, order.id);
      return;
    case 'resize':
      return resize(place, order, step.quantity);
    case 'cancel':
    case 'abandon':
      await cancelOrder(place, order, step.code);
      return;
    case 'watch':
      return place.term.commit([watching(order, step.quantity, place.term.now)]);
    case 'make_way':
      return makeWay(place, order);
    case 'stay':
      return record(place, order, 'stays', { progress: patched(order, { standsBy: undefined }) });
    case 'take':
    case 'put_back':
      return sendNow(place, order, step.quantity, step.kind === 'take');
    case 'settle':
      return settle(place, order);
    case 'trail':
      return trail(place, step);
  }
}

async function resize(place: OrderPlace, order: Order, quantity: Decimal): Promise<void> {
  const outcome = await amendOrder(place, order, { quantity, price: null, stopPrice: null });
  if (outcome.kind !== 'rejected' || quantity.lt(order.quantity)) return;
  const name = order.role === 'stop_loss' ? 'stop loss' : 'take profit';
  const text = `The ${name} of ${place.account.account.name} covers only ${order.quantity.toFixed()} of ${quantity.toFixed()} ${order.symbol}: ${outcome.code}. ${outcome.message} It is tried again.`;
  await place.term.commit([tell(place, 'critical', text, order)]);
}

/** The stop is canceled for its take profit; from here on one of the two is sent or put back, by whoever leads. */
async function makeWay(place: OrderPlace, stop: Order): Promise<void> {
  const words = 'makes way for its take profit';
  if (!progressOf(stop).standsBy) await record(place, stop, words, { progress: patched(stop, { standsBy: true }) });
  const current = place.account.orders.get(stop.id);
  if (current) await cancelOrder(place, current, 'STANDS_BY');
}

async function sendNow(place: OrderPlace, order: Order, quantity: Decimal, takes: boolean): Promise<void> {
  const { term, account } = place;
  const progress = takes ? { triedAt: term.now } : { standsBy: undefined };
  await term.commit([submission({ ...order, progress: patched(order, progress) }, quantity, term.now)]);
  const sent = account.orders.get(order.id);
  if (sent?.status === 'submitted') await sendOrder(place, sent);
}

/** The mark is in the ledger with the change it causes, so that a new leader never moves the stop back. */
async function trail(place: OrderPlace, { order, mark, stopPrice }: Extract<GuardStep, { kind: 'trail' }>): Promise<void> {
  const { term, account } = place;
  const progress = patched(order, { mark: mark.toFixed(), movedAt: term.now });
  await record(place, order, `trails ${mark.toFixed()}`, { progress });
  const current = account.orders.get(order.id);
  if (current) await amendOrder(place, current, { quantity: null, price: null, stopPrice });
}

/** A stop that cannot be had: people are told, and under the policy `flatten` what it should protect is closed. */
async function settle(place: OrderPlace, stop: Order): Promise<void> {
  const { term, account, market } = place;
  if (isPassing(stop.code ?? '') && !progressOf(stop).hopeless) return; // Its venue cannot be reached: it is sent when it can be.
  const held = positionOf(account, stop.symbol).quantity;
  const size = minDecimal(sizeOfRest(stop, market, held), held.abs());
  const naked = size.gte(market.minQuantity);
  const end = naked ? 'POSITION_NAKED' : 'POSITION_CLOSED';
  const { changes, closing } = naked
    ? nakedEnd(place, stop, held, size, stop.code ?? end, `naked ${stop.id}`)
    : { changes: [], closing: null };
  await term.commit([...changes, moved(stop, 'canceled', term.now, null, { code: end, message: REASONS[end].means })]);
  if (closing) resumeSignal(term, closing);
}

/** What is known of a position without its stop: when that began, that people were told, and its end. */
export function recordBare({ term, account }: Holder, market: Market, step: BareStep): Promise<void> {
  const { kind, stops, since } = step;
  const where = `${market.symbol} (${account.account.name})`;
  const seconds = Math.round((term.now - since) / 1000);
  const changes = (detail: string, patch: Parameters<typeof patched>[1]): Change[] =>
    stops.map((stop) => moved(stop, stop.status, term.now, detail, { progress: patched(stop, patch) }));
  if (kind === 'note') return term.commit(changes('does not stand yet', { bareSince: since }));
  const about = { newId: term.deps.newId, now: term.now };
  if (kind === 'calm') {
    const told = step.told ? [notice(about, 'info', `Its stop stands again: ${where}, after ${seconds} s.`)] : [];
    return term.commit([...changes('stands', { bareSince: undefined, bareTold: undefined, retryAt: undefined }), ...told]);
  }
  const text = `POSITION_NAKED: ${step.size.toFixed()} ${market.base} of ${where} have had no stop that is known to stand for ${seconds} s. It is still being placed: look at the position.`;
  return term.commit([
    ...changes(`not known to stand for ${seconds} s`, { bareSince: since, bareTold: true }),
    notice(about, 'critical', text),
  ]);
}

function record({ term }: OrderPlace, order: Order, detail: string, fields: Partial<Order>): Promise<void> {
  return term.commit([moved(order, order.status, term.now, detail, fields)]);
}
