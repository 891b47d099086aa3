import { type FillId, fillIdFor } from '../ids.ts';
import type { Market } from '../market/market.ts';
import { type Booking, bookFill } from '../portfolio/bookFill.ts';
import type { Position } from '../portfolio/position.ts';
import type { Fill, Order, OrderStatus } from './order.ts';
import type { OrderReport } from './report.ts';
import { isFinal, mayFollow } from './transition.ts';

export interface NewFill {
  readonly id: FillId;
  readonly fill: Fill;
  readonly booking: Booking;
}

export interface ReportEffect {
  readonly order: Order;
  readonly fills: readonly NewFill[];
  /** Whether the order's own row changed. */
  readonly changed: boolean;
}

/**
 * What a venue's report adds to what we know. Fills are taken once by identity, whatever order reports arrive in; a status
 * that may not follow ours is stale and ignored; a final status whose fills are not all listed yet waits for them. What has
 * ended comes back only for a fill we did not know: without one the report is from before the end.
 */
export function applyReport(
  order: Order,
  report: OrderReport,
  position: Position,
  market: Market,
  booked: ReadonlySet<FillId>,
  nowMs: number,
): ReportEffect {
  const fills: NewFill[] = [];
  const seen = new Set<FillId>();
  let held = position;
  let { filledQuantity, filledNotional } = order;
  for (const fill of report.fills) {
    const id = fillIdFor(order.accountId, order.symbol, fill.venueTradeId);
    if (booked.has(id) || seen.has(id)) continue;
    seen.add(id);
    const booking = bookFill(held, market, order.side, fill);
    held = booking.position;
    filledQuantity = filledQuantity.plus(fill.quantity);
    filledNotional = filledNotional.plus(fill.price.mul(fill.quantity));
    fills.push({ id, fill, booking });
  }
  const complete = report.fillsComplete && filledQuantity.gte(report.filledQuantity);
  const old = !report.filledQuantity.gt(order.filledQuantity) && fills.length === 0;
  const status = nextStatus(order.status, report, complete, filledQuantity.isPositive() && !filledQuantity.isZero(), old);
  const code = isFinal(status) && status !== 'filled' ? (order.code ?? report.code) : status === 'filled' ? null : order.code;
  const next: Order = { ...order, status, venueOrderId: report.venueOrderId, filledQuantity, filledNotional, code, updatedAt: nowMs };
  const changed = status !== order.status || fills.length > 0 || order.venueOrderId !== report.venueOrderId;
  return { order: changed ? next : order, fills, changed };
}

function nextStatus(current: OrderStatus, report: OrderReport, complete: boolean, filledSome: boolean, old: boolean): OrderStatus {
  if (old && (current === 'canceled' || current === 'expired')) return current;
  const waiting = filledSome ? 'partially_filled' : 'open';
  const wanted: OrderStatus =
    isFinal(report.status) && !complete ? waiting : report.status === 'open' && filledSome ? 'partially_filled' : report.status;
  if (wanted === current) return current;
  return mayFollow(current, wanted) ? wanted : current;
}
