import type { StreamProtocol, StreamSession } from '../venue/streams.ts';
import { CHANNELS, type Channel, type Message } from './krakenChannels.ts';
import type { KrakenContext } from './krakenContext.ts';

type Say = (message: unknown) => void;

const HEARTBEAT_MS = 1_000;
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
