import type { BookOrder } from '../venue/bookTypes.ts';
import { isPlan, planId, shownId } from './spotReplies.ts';

const STATUS: Readonly<Record<BookOrder['status'], string>> = {
  NEW: 'live',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'cancelled',
  EXPIRED: 'cancelled',
  REJECTED: 'cancelled',
};

/** An order in the words of a private channel; null where it is not of that channel. */
export function pushedOrder(channel: 'orders' | 'orders-algo', order: BookOrder): Readonly<Record<string, unknown>> | null {
  const terms = { instId: order.symbol, side: order.side.toLowerCase(), size: order.origQty.toFixed(), price: order.price.toFixed() };
  const times = { cTime: String(order.time), uTime: String(order.updateTime), orderType: 'limit', force: 'gtc' };
  if (channel === 'orders-algo') {
    if (!isPlan(order)) return null;
    const status = order.waiting ? STATUS[order.status] : 'executed';
    return { ...terms, ...times, orderId: planId(order), clientOid: order.clientOrderId, triggerPrice: order.stopPrice?.toFixed(), status };
  }
  if (isPlan(order) && order.waiting) return null;
  const names = { orderId: String(order.orderId), clientOid: shownId(order) };
  return { ...terms, ...times, ...names, accBaseVolume: order.executedQty.toFixed(), status: STATUS[order.status] };
}
