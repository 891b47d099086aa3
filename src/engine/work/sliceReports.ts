import type { Market } from '../../domain/market/market.ts';
import { ZERO } from '../../domain/money.ts';
import type { ReportEffect } from '../../domain/order/applyReport.ts';
import type { Fill, Order } from '../../domain/order/order.ts';
import { applySlice, reachesQuarter } from '../../domain/order/work/applySlice.ts';
import { readProgress } from '../../domain/order/work/progress.ts';
import type { Position } from '../../domain/portfolio/position.ts';
import type { Change } from '../../ledger/ledger.ts';
import { reportNotices } from '../doubt/reportNotices.ts';
import { describeFill, describeOrder, type NoticeContext, notice } from '../notices.ts';
import { moved } from '../orderChanges.ts';
import type { AccountState } from '../state.ts';

/** Whose progress a report is, and what follows from it besides the order's own row and fills. */
export interface Subject {
  /** The order as it is now; of a slice its worked order, on which everything else hangs. */
  readonly order: Order;
  readonly changes: readonly Change[];
}

/** `held`: the position after the report's fills. */
export function subjectOf(
  context: NoticeContext,
  account: AccountState,
  market: Market,
  before: Order,
  effect: ReportEffect,
  held: Position,
): Subject {
  const { name } = account.account;
  const worked = before.sliceOf === null ? undefined : account.orders.get(before.sliceOf);
  if (!worked) return { order: effect.order, changes: reportNotices(context, name, market, before, effect, held) };
  const changes: Change[] = [];
  const about = { signalId: before.signalId };
  if (before.status === 'unknown') {
    const text = `Resolved: a slice, ${describeOrder(before)}, is ${effect.order.status} at the venue (${name}).`;
    changes.push(notice(context, 'critical', text, about));
  }
  const { fills } = effect;
  if (fills.length === 0) return { order: worked, changes };
  const realized = fills.reduce((sum, { booking }) => sum.plus(booking.entry.realizedPnl), ZERO);
  const order = applySlice(worked, effect.order, account.orders.values(), realized, context.now);
  const detail = `filled ${order.filledQuantity.toFixed()} of ${order.quantity.toFixed()}`;
  changes.push({ kind: 'order.updated', order, from: worked.status, at: context.now, detail });
  const text = describeFill(order, [sumOf(order)], readProgress(order)?.realized ?? realized, held, market, name);
  // One line a quarter: two hundred slices are not two hundred messages.
  if (reachesQuarter(worked, order)) changes.push(notice(context, 'info', text, about));
  return { order, changes };
}

/** All that has filled so far, as one. */
function sumOf({ filledQuantity, filledNotional, updatedAt }: Order): Fill {
  const price = filledNotional.div(filledQuantity);
  return { venueTradeId: '', quantity: filledQuantity, price, fee: ZERO, feeAsset: '', liquidity: 'unknown', executedAt: updatedAt };
}

/** What ends a slice is told with its worked order, unless people wait to hear what became of it. */
export function sliceEnd(
  context: NoticeContext,
  { account }: AccountState,
  slice: Order,
  status: 'rejected' | 'canceled' | 'expired',
  code: string,
  message: string,
): Change[] {
  const end = moved(slice, status, context.now, message, { code, message });
  if (slice.status !== 'unknown') return [end];
  const text = `Resolved: a slice, ${describeOrder(slice)}, is ${status} (${account.name}): ${code}. ${message}`;
  return [end, notice(context, 'critical', text, { signalId: slice.signalId })];
}
