import type { BookOrder, BookTrade } from '../venue/bookTypes.ts';
import { flag, isOpen, type KrakenContext, oneOf, type Params, param, required, whole } from './krakenContext.ts';
import { invalid, KrakenError } from './krakenError.ts';
import { isTxid, orderTxid, tradeTxid } from './krakenIds.ts';
import { consolidated, seconds, shownOrder, shownTrade, termsOf, tradeIds } from './krakenShown.ts';

const PAGE = 50;
const QUERY_ORDERS_MAX = 50;
const QUERY_TRADES_MAX = 20;

/** POST /0/private/OpenOrders: all of them at once. */
export function openOrders(context: KrakenContext, params: Params): unknown {
  const open = context.book.openOrders().filter((order) => order.hiddenPolls === 0 && !isKeptBack(context, order));
  return { open: rowsOf(context, params, open.filter((order) => isMeant(context, order, params)).toReversed()) };
}

/** POST /0/private/ClosedOrders: 50 at a time, the last ones first. */
export function closedOrders(context: KrakenContext, params: Params): unknown {
  const named = param(params, 'cl_ord_id') !== undefined;
  const meant = context.book.orders.filter((order) => isMeant(context, order, params));
  const closed = meant.filter((order) => order.hiddenPolls === 0 && !isOpen(context, order) && isWithin(context, order, params));
  if (named) for (const order of meant) order.hiddenPolls = Math.max(order.hiddenPolls - 1, 0);
  const told = lagging(context) ? [] : closed;
  const newestFirst = told.toSorted((one, other) => other.updateTime - one.updateTime || other.orderId - one.orderId);
  const page = rowsOf(context, params, pageOf(newestFirst, params));
  return flag(params, 'without_count') ? { closed: page } : { closed: page, count: told.length };
}

/** POST /0/private/QueryOrders, whatever has become of them. */
export function queryOrders(context: KrakenContext, params: Params): unknown {
  const ids = required(params, 'txid').split(',');
  if (ids.length > QUERY_ORDERS_MAX) throw invalid('txid');
  if (!ids.every(isTxid)) throw new KrakenError('EOrder:Invalid order');
  const known = context.book.orders.filter((order) => ids.includes(orderTxid(order)));
  if (known.length === 0) throw new KrakenError('EOrder:Invalid order');
  const visible = known.filter((order) => isVisible(order) && isMeant(context, order, params));
  return rowsOf(context, params, visible);
}

/** POST /0/private/QueryTrades. */
export function queryTrades(context: KrakenContext, params: Params): unknown {
  const ids = required(params, 'txid').split(',');
  if (ids.length > QUERY_TRADES_MAX) throw invalid('txid');
  const rows = [...consolidated(context.book.trades, true), ...context.book.trades];
  const found = ids.map((id) => rows.find((trade) => tradeTxid(trade) === id));
  if (found.some((trade) => trade === undefined)) throw new KrakenError('EOrder:Unknown order');
  return tradeRows(
    context,
    found.flatMap((trade) => trade ?? []),
  );
}

/** POST /0/private/TradesHistory: 50 at a time, the last ones first. */
export function tradesHistory(context: KrakenContext, params: Params): unknown {
  oneOf(params, 'type', ['all', 'any position', 'closed position', 'closing position', 'no position'], 'all');
  const [from, to] = spanOf(context, params);
  const listed = consolidated(context.book.trades, flag(params, 'consolidate_taker', true)).filter(
    ({ time }) => seconds(time) > from && seconds(time) <= to,
  );
  const told = lagging(context) ? [] : listed;
  const trades = tradeRows(context, pageOf(told.toReversed(), params));
  return flag(params, 'without_count') ? { trades } : { trades, count: told.length };
}

function tradeRows(context: KrakenContext, trades: readonly BookTrade[]): unknown {
  return Object.fromEntries(trades.map((trade) => [tradeTxid(trade), shownTrade(context, trade)]));
}

function rowsOf(context: KrakenContext, params: Params, orders: readonly BookOrder[]): unknown {
  const trades = flag(params, 'trades');
  const consolidate = flag(params, 'consolidate_taker', true);
  return Object.fromEntries(
    orders.map((order) => [orderTxid(order), shownOrder(context, order, trades ? tradeIds(order, consolidate) : null)]),
  );
}

function pageOf<T>(rows: readonly T[], params: Params): readonly T[] {
  const from = whole(params, 'ofs', 0);
  if (from < 0) throw invalid('ofs');
  return rows.slice(from, from + PAGE);
}

function isMeant(context: KrakenContext, order: BookOrder, params: Params): boolean {
  const name = param(params, 'cl_ord_id');
  const userref = param(params, 'userref') === undefined ? null : whole(params, 'userref', 0);
  return (name === undefined || order.clientOrderId === name) && (userref === null || termsOf(context, order).userref === userref);
}

function isKeptBack({ book }: KrakenContext, order: BookOrder): boolean {
  return book.conditionalsHidden && order.waiting;
}

/** A young order becomes visible after it was asked for so often. */
function isVisible(order: BookOrder): boolean {
  if (order.hiddenPolls === 0) return true;
  order.hiddenPolls -= 1;
  return false;
}

/** After its start and up to its end, by whichever of its times is asked for. */
function isWithin(context: KrakenContext, order: BookOrder, params: Params): boolean {
  const [from, to] = spanOf(context, params);
  const by = oneOf(params, 'closetime', ['open', 'close', 'both'], 'both');
  const times = [...(by === 'close' ? [] : [order.time]), ...(by === 'open' ? [] : [order.updateTime])].map(seconds);
  return times.some((time) => time > from && time <= to);
}

/** Unix times, or ids of orders and trades, whose own time counts then. */
function spanOf(context: KrakenContext, params: Params): readonly [from: number, to: number] {
  return [momentOf(context, params, 'start') ?? 0, momentOf(context, params, 'end') ?? Number.POSITIVE_INFINITY];
}

function momentOf({ book }: KrakenContext, params: Params, name: 'start' | 'end'): number | null {
  const text = param(params, name);
  if (text === undefined) return null;
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text);
  const time = book.orders.find((order) => orderTxid(order) === text)?.time ?? book.trades.find((trade) => tradeTxid(trade) === text)?.time;
  if (time === undefined) throw invalid(name);
  return seconds(time);
}

function lagging(context: KrakenContext): boolean {
  if (context.historyLag === 0) return false;
  context.historyLag -= 1;
  return true;
}
