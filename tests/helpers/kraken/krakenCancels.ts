import { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder } from '../venue/bookTypes.ts';
import { isOpen, type KrakenContext, type Params, param, required } from './krakenContext.ts';
import { invalid, KrakenError } from './krakenError.ts';
import { isTxid, orderTxid } from './krakenIds.ts';
import { cancelCost } from './krakenLimits.ts';
import { checkDeadline } from './krakenOrders.ts';
import { readPrice } from './krakenPrices.ts';
import { termsOf } from './krakenShown.ts';

const USER = 'User requested';

/** POST /0/private/CancelOrder: by txid, by userref in its place, or by cl_ord_id. */
export function cancelOrder(context: KrakenContext, params: Params): unknown {
  const orders = named(context, params);
  for (const order of orders) {
    context.limits.spendOrder(order.symbol, cancelCost(context.now() - order.time));
    if (context.pendingCancels) context.pendingCancels.push(order);
    else end(context, order);
  }
  return { count: orders.length, ...(context.pendingCancels ? { pending: true } : {}) };
}

/** Carries out what was only taken so far, as far as it is not too late. */
export function endPending(context: KrakenContext): void {
  const pending = context.pendingCancels ?? [];
  context.pendingCancels = null;
  for (const order of pending) if (isOpen(context, order)) end(context, order);
}

/** POST /0/private/CancelAll. */
export function cancelAll(context: KrakenContext): unknown {
  const open = context.book.openOrders();
  for (const order of open) end(context, order);
  return { count: open.length };
}

function end(context: KrakenContext, order: BookOrder): void {
  termsOf(context, order).reason = USER;
  context.book.cancel(order);
}

/** Ids that were never given out are told from orders that are gone; how one ended is not told here. */
function named(context: KrakenContext, params: Params): readonly BookOrder[] {
  const { book } = context;
  const name = param(params, 'cl_ord_id');
  const txid = param(params, 'txid');
  if (name === undefined && txid === undefined) throw invalid('txid');
  const matching = book.orders.filter((order) =>
    name === undefined ? orderTxid(order) === txid || String(termsOf(context, order).userref) === txid : order.clientOrderId === name,
  );
  if (name === undefined && matching.length === 0 && !/^\d{1,10}$/.test(txid ?? '')) throw new KrakenError('EOrder:Invalid order');
  const open = matching.filter((order) => isOpen(context, order));
  if (open.length === 0) throw new KrakenError('EOrder:Unknown order');
  return open;
}

/** POST /0/private/AmendOrder: the order stays the same one, also in the queue. */
export function amendOrder(context: KrakenContext, params: Params): unknown {
  const { book } = context;
  checkDeadline(context, params);
  if (param(params, 'txid') !== undefined && !isTxid(required(params, 'txid'))) throw new KrakenError('EOrder:Invalid order');
  const [order] = named(context, params);
  if (!order) throw new KrakenError('EOrder:Unknown order');
  const { rules, price: last } = book.market(order.symbol);
  const terms = termsOf(context, order);
  const price = (name: string): Decimal | null =>
    param(params, name) === undefined ? null : readPrice(rules, name, required(params, name), order.side, last);
  const [limit, stop] = [price('limit_price'), price('trigger_price')];
  const quantity = param(params, 'order_qty') === undefined ? null : new Decimal(required(params, 'order_qty'));
  if (!limit && !stop && !quantity) throw invalid('no fields to amend');
  if (limit && order.price.isZero()) throw invalid('limit_price');
  if (stop && !order.waiting) throw invalid('trigger_price');
  if (quantity && (!quantity.gt(0) || quantity.decimalPlaces() > rules.basePrecision)) throw invalid('order_qty');
  context.limits.spendOrder(order.symbol, 1);
  Object.assign(terms, { amended: true, ...shown(order, limit, stop) });
  Object.assign(order, {
    ...(limit && { price: limit }),
    ...(stop && { stopPrice: stop }),
    ...(quantity && { origQty: quantity }),
  });
  book.tellAmended(order);
  settleAmended(context, order);
  return { amend_id: `TAMEND-AAAAA-${String(order.orderId).slice(-6)}` };
}

function shown(order: BookOrder, limit: Decimal | null, stop: Decimal | null): { readonly price?: string; readonly price2?: string } {
  if (order.stopPrice === null) return limit ? { price: limit.toFixed() } : {};
  return { ...(stop && { price: stop.toFixed() }), ...(limit && { price2: limit.toFixed() }) };
}

/** Holds what the rest needs now, ends what is filled beyond what is left of it, and matches what a new price crosses. */
function settleAmended({ book }: KrakenContext, order: BookOrder): void {
  const { rules, price } = book.market(order.symbol);
  const left = order.origQty.sub(order.executedQty);
  if (left.lte(0)) {
    book.cancel(order);
    return;
  }
  book.wallet.release(order);
  book.wallet.lock(rules, { ...order, origQty: left }, order.price.isZero() ? (order.stopPrice ?? price) : order.price);
  book.setPrice(order.symbol, price.toFixed());
}
