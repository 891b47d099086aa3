import { refuse } from '../domain/errors.ts';
import type { ReportEffect } from '../domain/order/applyReport.ts';
import type { FollowUp } from '../domain/order/followUps.ts';
import type { Order } from '../domain/order/order.ts';
import { assessStanding } from '../domain/risk/assessRisk.ts';
import type { OrderPlace } from './orderPlace.ts';
import { limitsOf, modeOf, realizedToday } from './state.ts';
import type { Term } from './term.ts';
import { maxAgeSecOf } from './wanted.ts';

/** A reversal's entry is worth as long again as its exit was, counted in its hook's `maxAgeSec`. */
const SEQUEL_LIVES = 2;

/** The second half of a reversal is decided when its exit has filled: what has been forbidden since it must not do. */
export function withhold({ term, account }: OrderPlace, action: FollowUp, effect: ReportEffect): FollowUp {
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
