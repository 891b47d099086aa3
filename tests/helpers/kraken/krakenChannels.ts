import type { BookOrder, BookTrade } from '../venue/bookTypes.ts';
import { balanceChanges, balanceRows } from './krakenBalances.ts';
import { isOpen, type KrakenContext } from './krakenContext.ts';
import { amendedReport, endReport, fullReport, newReport, type Report, tradeReport, triggeredReport } from './krakenReports.ts';

export type Message = Readonly<Record<string, unknown>>;
const SNAPSHOT_TRADES = 50;

type Tell = (type: 'snapshot' | 'update', data: readonly unknown[]) => void;
/** Tells what is and then what happens, until it is stopped. */
export type Channel = (context: KrakenContext, asked: Message, tell: Tell) => () => void;

export const CHANNELS: Readonly<Record<string, Channel>> = { executions, balances };

function executions(
  context: KrakenContext,
  { snap_orders = true, snap_trades = false, order_status = true }: Message,
  tell: Tell,
): () => void {
  const { book, now } = context;
  const known = new Map<BookOrder, Told>();
  const resting = book.openOrders();
  for (const order of book.orders)
    known.set(order, { trades: order.trades.length, waiting: order.waiting, ended: !isOpen(context, order) });
  const lastTrades = book.trades.slice(-SNAPSHOT_TRADES).toReversed();
  tell('snapshot', [
    ...(snap_orders === true ? resting.map((order) => fullReport(context, order, true)) : []),
    ...(snap_trades === true ? lastTrades.flatMap((trade) => reportOf(context, trade)) : []),
  ]);
  const stopChanges = book.onChange((order) => {
    const reports = news(context, order, known.get(order));
    known.set(order, { trades: order.trades.length, waiting: order.waiting, ended: !isOpen(context, order) });
    for (const report of reports) if (order_status === true || ENDS_AND_BEGINNINGS.has(String(report.exec_type))) tell('update', [report]);
  });
  const stopAmends = book.onAmend((order) => tell('update', [amendedReport(context, order, now())]));
  return () => {
    stopChanges();
    stopAmends();
  };
}

const ENDS_AND_BEGINNINGS = new Set(['new', 'trade', 'filled', 'canceled', 'expired']);

function reportOf(context: KrakenContext, trade: BookTrade): readonly Report[] {
  const order = context.book.orders.find(({ orderId }) => orderId === trade.orderId);
  return order ? [tradeReport(context, order, trade)] : [];
}

/** What of an order a listener has been told. */
interface Told {
  readonly trades: number;
  readonly waiting: boolean;
  readonly ended: boolean;
}

/** Each step by itself and in its order: begun, live, each trade, ended. */
function news(context: KrakenContext, order: BookOrder, told: Told | undefined): readonly Report[] {
  if (told?.ended) return [];
  const trades = order.trades.slice(told?.trades ?? 0).map((trade) => tradeReport(context, order, trade));
  const live = !order.waiting && (told === undefined || told.waiting);
  const end = endReport(context, order);
  return [
    ...(told === undefined ? [fullReport(context, order, false)] : []),
    ...(told?.waiting && !order.waiting ? [triggeredReport(context, order)] : []),
    ...(live ? [newReport(context, order)] : []),
    ...trades,
    ...(end ? [end] : []),
  ];
}

function balances(context: KrakenContext, { snapshot = true }: Message, tell: Tell): () => void {
  let told = context.book.trades.length;
  if (snapshot === true) tell('snapshot', balanceRows(context));
  return context.book.onChange(() => {
    const fresh = context.book.trades.slice(told);
    told += fresh.length;
    for (const trade of fresh) tell('update', balanceChanges(context, trade));
  });
}
