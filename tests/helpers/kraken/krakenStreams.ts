import type { BookOrder, BookTrade } from '../venue/bookTypes.ts';
import type { StreamProtocol, StreamSession } from '../venue/streams.ts';
import { balanceChanges, balanceRows } from './krakenBalances.ts';
import { isOpen, type KrakenContext } from './krakenContext.ts';
import { amendedReport, endReport, fullReport, newReport, type Report, tradeReport, triggeredReport } from './krakenReports.ts';

type Say = (message: unknown) => void;
type Message = Readonly<Record<string, unknown>>;

const HEARTBEAT_MS = 1_000;
const SNAPSHOT_TRADES = 50;
const WARNINGS = ['cancel_reason is deprecated, use reason', 'stop_price is deprecated, use triggers.price'];

/** The WebSocket v2: `executions` and `balances`, for those with a token, and a heartbeat a second once anything is subscribed to. */
export function krakenStreams(context: KrakenContext): StreamProtocol {
  return {
    connect: ({ pathname }, say) => {
      if (pathname !== '/v2') return null;
      say({
        channel: 'status',
        type: 'update',
        data: [{ version: '2.0.10', system: 'online', api_version: 'v2', connection_id: 64474816 }],
      });
      return open(context, say);
    },
  };
}

function open(context: KrakenContext, say: Say): StreamSession {
  const stops = new Map<string, () => void>();
  let heartbeat: NodeJS.Timeout | null = null;
  const stop = (channel: string): void => {
    stops.get(channel)?.();
    stops.delete(channel);
  };
  const begin = (channel: string, start: Channel, asked: Message): void => {
    heartbeat ??= setInterval(() => say({ channel: 'heartbeat' }), HEARTBEAT_MS);
    let sequence = 0;
    stops.set(
      channel,
      start(context, asked, (type, data) => {
        sequence += 1;
        say({ channel, type, data, sequence });
      }),
    );
  };
  const react = ({ method, params = {} }: Message): Reaction => {
    if (method === 'ping') return { reply: { method: 'pong' } };
    const asked = params as Message;
    const channel = String(asked.channel);
    const start = CHANNELS[channel];
    if (!start || (method !== 'subscribe' && method !== 'unsubscribe')) return refused('Malformed request');
    if (!isGood(context, asked.token)) return refused('ESession:Invalid session');
    if (method === 'unsubscribe') return { reply: { result: { channel }, success: true }, next: () => stop(channel) };
    if (stops.has(channel)) return refused('Already subscribed');
    return { reply: { result: acknowledged(channel, asked), success: true }, next: () => begin(channel, start, asked) };
  };
  const hear = (message: Message): void => {
    const at = new Date(context.now()).toISOString();
    const { method, req_id } = message;
    const { reply, next } = react(message);
    say({ method, ...reply, ...(req_id === undefined ? {} : { req_id }), time_in: at, time_out: at });
    next?.();
  };
  return {
    hear,
    end: () => {
      if (heartbeat) clearInterval(heartbeat);
      for (const channel of [...stops.keys()]) stop(channel);
    },
  };
}

interface Reaction {
  readonly reply: Message;
  /** What happens once that was said. */
  readonly next?: () => void;
}

const refused = (error: string): Reaction => ({ reply: { success: false, status: 'error', error } });

/** A token serves any number of connections while it is young. */
function isGood({ tokens, now }: KrakenContext, token: unknown): boolean {
  return typeof token === 'string' && (tokens.get(token) ?? 0) > now();
}

function acknowledged(channel: string, { snap_orders = true, snap_trades = false, snapshot = true }: Message): Message {
  return channel === 'executions' ? { channel, maxratecount: 60, snap_orders, snap_trades, warnings: WARNINGS } : { channel, snapshot };
}

type Tell = (type: 'snapshot' | 'update', data: readonly unknown[]) => void;
type Channel = (context: KrakenContext, asked: Message, tell: Tell) => () => void;

const CHANNELS: Readonly<Record<string, Channel>> = { executions, balances };

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
