import { REASONS, type ReasonCode } from '../../domain/errors.ts';
import type { Market } from '../../domain/market/market.ts';
import { type Decimal, decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../../domain/money.ts';
import { bareSinceOf } from '../../domain/order/bareStops.ts';
import { remainingOf } from '../../domain/order/cover.ts';
import type { Order } from '../../domain/order/order.ts';
import { type Progress, progressOf } from '../../domain/order/progress.ts';
import { renewed, wantedTerms } from '../../domain/order/renew.ts';
import type { Change } from '../../ledger/ledger.ts';
import { describeOrder, notice } from '../notices.ts';
import { moved } from '../orderChanges.ts';
import type { Holder } from '../orderPlace.ts';
import { positionOf } from '../state.ts';
import { whyUnwanted } from '../wanted.ts';

const FIRST_RETRY_MS = 500;
const RETRY_MS_MAX = 2_000;

/** An order that ended at the venue and goes on as an intent. */
export interface Renewal {
  readonly order: Order;
  /** Its whole quantity, when it is to be sent at once; null: it stays with the leader for now. */
  readonly send: Decimal | null;
  readonly notices: readonly Change[];
}

const FOREIGN: ReadonlySet<string> = new Set(['VENUE_CANCELED', 'VENUE_EXPIRED']);

/** An end that nobody here asked for. */
export function isForeignEnd({ status, code }: Order): boolean {
  return status === 'rejected' || code === null || FOREIGN.has(code);
}

/**
 * What becomes of an order that is over at the venue, proven and with all its fills, though it is still wanted: it was canceled for its
 * new terms, or to make way for its take profit; a take profit was not filled to the end; or somebody canceled a stop there. Null: it
 * is over. `asked`: what it was canceled for here. `held`: the signed position after the report.
 */
export function renewalOf(holder: Holder, market: Market, ended: Order, asked: ReasonCode | null, held: Decimal): Renewal | null {
  if (ended.status !== 'canceled' && ended.status !== 'expired' && ended.status !== 'rejected') return null;
  if (asked !== null && asked !== 'REPLACING' && asked !== 'STANDS_BY') return null;
  const { term } = holder;
  const wanted = { ...ended, ...wantedTerms(ended) };
  const rest = sizeOfRest(wanted, market, held);
  if (rest.lt(market.minQuantity) || rest.lte(0)) return null;
  const quantity = ended.filledQuantity.plus(rest);
  const { change, standsBy, watched, gone, putBack = 0, bareSince = term.now } = progressOf(ended);
  if (gone) return null;
  const as = (code: ReasonCode, patch: Progress = {}): Order => renewed(ended, code, REASONS[code].means, term.now, patch);
  if (ended.status !== 'rejected') {
    if (watched) return { order: as('WATCHED'), send: null, notices: [] };
    if (standsBy || asked === 'STANDS_BY') return { order: as('STANDS_BY', { standsBy: true }), send: null, notices: [] };
    if (change) return changeOf(holder, as('REPLACING'), quantity);
  }
  if (ended.role !== 'stop_loss' || !isForeignEnd(ended)) return null;
  if (ended.status === 'rejected' || putBack > 0) {
    const code = (ended.code ?? 'VENUE_CANCELED') as ReasonCode;
    return { order: as(code, { bareSince, hopeless: true }), send: null, notices: [] };
  }
  const text = `Canceled at the venue: stop loss ${describeOrder(ended)} (${holder.account.account.name}). It is placed again, once.`;
  const told = notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: ended.signalId });
  return { order: as('STOP_PUT_BACK', { putBack: 1, bareSince }), send: quantity, notices: [told] };
}

function changeOf({ term, account }: Holder, order: Order, quantity: Decimal): Renewal | null {
  const unwanted = order.role === 'entry' || order.role === 'exit' ? whyUnwanted(term, account, order, 'SIGNAL_STALE') : null;
  return unwanted ? null : { order, send: quantity, notices: [] };
}

/** What an order may still do: whatever only reduces does no more than close what is held. */
export function sizeOfRest(order: Order, market: Market, held: Decimal): Decimal {
  if (order.role === 'entry') return remainingOf(order);
  const reducible = maxDecimal(order.side === 'sell' ? held : held.neg(), ZERO);
  return minDecimal(remainingOf(order), floorToStep(reducible, market.stepSize));
}

/**
 * A stop that the venue refused while its position is held is not given up at once: it stays an intent, is tried again for as long as
 * the stop guarantee lasts, and the guard sees to it then (guard.ts). Null: there is nothing for it to protect.
 */
export function bareAfter({ term, account }: Holder, order: Order, code: string, message: string): Change[] | null {
  const { quantity } = positionOf(account, order.symbol);
  const guards = !quantity.isZero() && quantity.isPositive() === (order.side === 'sell');
  if (order.role !== 'stop_loss' || !guards) return null;
  const { attempt = 0, retryAt: refusedBefore, formerStop } = progressOf(order);
  const retryAt = term.now + Math.min(FIRST_RETRY_MS * 2 ** attempt, RETRY_MS_MAX);
  const goesBack = code === 'VENUE_WOULD_TRIGGER' && formerStop !== undefined;
  const hopeless = code === 'VENUE_WOULD_TRIGGER' && !goesBack;
  const placed = goesBack ? { ...order, stopPrice: decimal(formerStop) } : order;
  const next = renewed(placed, code as ReasonCode, message, term.now, {
    bareSince: bareSinceOf(order, account.orders.get(order.parentId ?? '')),
    retryAt,
    ...(hopeless ? { hopeless } : {}),
  });
  const changes = [moved(order, 'intent', term.now, `refused: ${message}`, { ...next, status: 'intent' })];
  if (refusedBefore !== undefined) return changes;
  const text = `Refused: stop loss ${describeOrder(order)} (${account.account.name}): ${code}. ${message} The position is WITHOUT this stop; it is tried again.`;
  return [...changes, notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: order.signalId })];
}
