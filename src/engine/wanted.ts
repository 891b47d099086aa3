import { parseStoredAlert } from '../domain/alert/parseAlert.ts';
import { type ReasonCode, type Refusal, refuse } from '../domain/errors.ts';
import type { Order } from '../domain/order/order.ts';
import { progressOf } from '../domain/order/progress.ts';
import { bornAt, EXIT_PATIENCE_SEC } from '../domain/risk/assessAge.ts';
import { assessStanding } from '../domain/risk/assessRisk.ts';
import type { Signal } from '../domain/signal/signal.ts';
import { laneKey } from './parking.ts';
import { type AccountState, limitsOf, modeOf, modeWords, positionOf, realizedToday } from './state.ts';
import { ageOf, EXIT_OWED } from './tasks.ts';
import type { Term } from './term.ts';

/** How long an order asked for by hand may wait before it is no longer wanted, seconds. */
export const MANUAL_MAX_AGE_SEC = 60;

/** Of its hook, or of what is asked for by hand. */
export function maxAgeSecOf(term: Term, { hookId }: Signal): number {
  return (hookId === null ? undefined : term.state.hooks.get(hookId)?.maxAgeSec) ?? MANUAL_MAX_AGE_SEC;
}

export function isProtective({ role }: Pick<Order, 'role'>): boolean {
  return role === 'take_profit' || role === 'stop_loss';
}

/** Raised by the leader itself (flatten, what a close left over): wanted however long it takes. */
export function isRaisedByLeader(term: Term, order: Order): boolean {
  return term.state.signals.get(order.signalId)?.signal.source === 'system';
}

/** Its stops were canceled for it: it must follow, or the position is left without either. */
export function isOwed(term: Term, { signalId, accountId, role }: Order): boolean {
  return role === 'exit' && term.state.signals.get(signalId)?.parts.get(accountId)?.code === EXIT_OWED;
}

/**
 * Until when an order that has not left may still be sent, epoch ms. An entry: as long as its signal is valid (the second half of
 * a reversal: as long again after its exit has filled). An exit: longer. Protection, and what the leader itself does: for ever.
 */
export function sendableUntil(term: Term, account: AccountState, order: Order): number {
  if (isProtective(order) || isRaisedByLeader(term, order) || isOwed(term, order)) return Number.POSITIVE_INFINITY;
  const signal = term.state.signals.get(order.signalId)?.signal;
  if (!signal) return Number.NEGATIVE_INFINITY;
  const maxAgeSec = maxAgeSecOf(term, signal);
  const approval = term.state.approvals.get(signal.id) ?? null;
  const born = bornAt(ageOf({ alert: parseStoredAlert(signal.payload), signal, approval }));
  if (order.role === 'exit') return born + Math.max(maxAgeSec, EXIT_PATIENCE_SEC) * 1000;
  const exit = order.parentId === null ? undefined : account.orders.get(order.parentId);
  return Math.max(born, exit?.updatedAt ?? 0, progressOf(order).renewedAt ?? 0) + maxAgeSec * 1000;
}

/** Why an order that has not arrived must not be sent (again); null when it still may. Decided as of now, like any other order. */
export function whyUnwanted(term: Term, account: AccountState, order: Order, tooOld: ReasonCode): Refusal | null {
  const { id } = account.account;
  if (isProtective(order)) {
    const { quantity } = positionOf(account, order.symbol);
    const guards = !quantity.isZero() && quantity.isPositive() === (order.side === 'sell');
    return guards && !progressOf(order).gone ? null : refuse('POSITION_CLOSED');
  }
  if (order.expiresAt !== null && term.now >= order.expiresAt) return refuse('ORDER_EXPIRED');
  if (term.now > sendableUntil(term, account, order)) return refuse(tooOld);
  if (order.role === 'entry' && term.parking.holdsClose(laneKey(id, order.symbol))) return refuse('ENTRY_SUPERSEDED');
  return whyForbidden(term, account, order);
}

/** What forbids an order of its role now, however young it is: the trading mode, for entries today's losses as well. */
export function whyForbidden(term: Term, account: AccountState, order: Order): Refusal | null {
  const { id } = account.account;
  const mode = modeOf(term.state, id);
  if (order.role === 'exit')
    return mode === 'halted' && !isRaisedByLeader(term, order) && !isOwed(term, order)
      ? refuse('TRADING_HALTED', modeWords(term.state, id) ?? undefined)
      : null;
  return assessStanding({
    mode,
    modeWords: modeWords(term.state, id),
    limits: limitsOf(term.state, id),
    realizedToday: realizedToday(account, term.now),
  });
}
