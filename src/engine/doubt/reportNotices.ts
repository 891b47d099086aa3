import type { Market } from '../../domain/market/market.ts';
import { ZERO } from '../../domain/money.ts';
import type { ReportEffect } from '../../domain/order/applyReport.ts';
import type { Order, OrderStatus } from '../../domain/order/order.ts';
import { isFinal } from '../../domain/order/transition.ts';
import type { Position } from '../../domain/portfolio/position.ts';
import { wordsFor } from '../../domain/signal/partStatus.ts';
import type { Change } from '../../ledger/ledger.ts';
import { describeFill, describeOrder, type NoticeContext, notice } from '../notices.ts';

export const WITHOUT_STOP = ' The position is WITHOUT this stop.';
/** Of an exit for which protection was canceled. */
export const WITHOUT_EXIT = ' Stops were canceled for it and are placed again: look at the position.';

/** Ends that somebody asked for, or that belong to a pair. */
const EXPECTED_ENDS: ReadonlySet<string> = new Set(['CANCELED_BY_REQUEST', 'OCO_SIBLING_FILLED', 'POSITION_CLOSED']);

const END_WORDS: Readonly<Partial<Record<OrderStatus, string>>> = {
  canceled: 'Canceled',
  expired: 'Expired',
  rejected: 'Rejected',
  replaced: 'Replaced',
};

/** What people hear of a report: that a doubt is over, what filled, and how the order ended. `held`: the position after it. */
export function reportNotices(
  context: NoticeContext,
  accountName: string,
  market: Market,
  before: Order,
  effect: ReportEffect,
  held: Position,
): Change[] {
  const { order, fills } = effect;
  const about = { signalId: before.signalId };
  const changes: Change[] = [];
  if (before.status === 'unknown') {
    const text = `Resolved: ${describeOrder(before)} is ${order.status} at the venue (${accountName}).`;
    changes.push(notice(context, 'critical', text, about));
  }
  if (fills.length > 0) {
    const realized = fills.reduce((sum, { booking }) => sum.plus(booking.entry.realizedPnl), ZERO);
    const listed = fills.map(({ fill }) => fill);
    changes.push(notice(context, 'info', describeFill(order, listed, realized, held, market, accountName), about));
  }
  if (isFinal(order.status) && order.status !== 'filled') {
    const code = order.code ?? 'VENUE_CANCELED';
    const expected = EXPECTED_ENDS.has(code);
    const naked = !expected && order.role === 'stop_loss' && !held.quantity.isZero();
    const text =
      `${END_WORDS[order.status] ?? order.status}: ${describeOrder(order)} (${accountName}): ${code}. ${wordsFor(code) ?? ''}${naked ? WITHOUT_STOP : ''}`.trimEnd();
    changes.push(notice(context, naked ? 'critical' : expected ? 'info' : 'warning', text, about));
  }
  return changes;
}
