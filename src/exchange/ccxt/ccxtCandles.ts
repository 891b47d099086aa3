import { AsyncLocalStorage } from 'node:async_hooks';
import type { RawCandle } from '../../domain/market/candle.ts';
import { type CandlePage, type CandleSource, type MarketFeed, VenueSetupError } from '../exchange.ts';
import { BACKOFF_MS_DEFAULT, type Backoff } from './backoff.ts';
import type { Transport } from './fetchImplementation.ts';
import type { CcxtExchange } from './loadCcxt.ts';
import { judge, type Refusals } from './outcomes.ts';
import { BrokenReplyError } from './venueErrors.ts';

export interface CcxtCandlesOptions {
  /** An object of its own: its way of reading numbers is changed here. */
  readonly exchange: CcxtExchange;
  /** The object that holds the markets `feed` has loaded. */
  readonly listed: CcxtExchange;
  readonly feed: Pick<MarketFeed, 'markets'>;
  readonly refusals: Refusals;
  /** Pauses the venue asked for; shared with everybody there. */
  readonly quiet: Backoff;
  readonly fetch: Transport['fetch'];
  /** What stands before every request to the venue (its circuit breaker); an abort of ours passes under it. */
  readonly guard: (fetch: Transport['fetch']) => Transport['fetch'];
}

/**
 * Candles of any exchange of ccxt through its `fetchOHLCV`, with amounts as the venue's own text. Nothing is asked while the venue
 * wants to be left alone.
 */
export function createCcxtCandles({ exchange, listed, feed, refusals, quiet, fetch, guard }: CcxtCandlesOptions): CandleSource {
  const calls = new AsyncLocalStorage<Call>();
  exchange.parseNumber = textOf;
  exchange.fetchImplementation = guard((url, request) => fetchFor(calls.getStore(), fetch)(url, request));

  const ask = async (call: Call, symbol: string, timeframe: string, fromMs: number, limit: number): Promise<CandlePage> => {
    const markets = await feed.markets();
    if (!markets.some((market) => market.symbol === symbol)) return notOffered('SYMBOL_UNKNOWN', `${exchange.id} has no "${symbol}".`);
    if (exchange.has.fetchOHLCV !== true || exchange.timeframes?.[timeframe] === undefined)
      return notOffered('FEATURE_NOT_SUPPORTED', `${exchange.id} has no candles of ${timeframe}.`);
    exchange.setMarketsFromExchange(listed);
    const rows = await exchange.fetchOHLCV(symbol, timeframe, fromMs, limit);
    if (rows.length === 0 && !EMPTY_LIST.test(call.reply)) throw new BrokenReplyError('there is no list of candles in the answer');
    return { kind: 'page', candles: rows.map(readRow).sort((a, b) => a.openTime - b.openTime) };
  };

  const failed = (error: unknown): CandlePage => {
    if (error instanceof VenueSetupError) return { kind: 'failed', code: error.code, message: error.message };
    const { code, message, backOff } = judge(refusals, error);
    if (!backOff) return { kind: 'failed', code, message };
    quiet.begin(backOff.ms);
    return { kind: 'slow_down', waitMs: quiet.remainingMs() };
  };

  return {
    name: exchange.id,
    candles: async (symbol, timeframe, fromMs, limit, signal) => {
      signal.throwIfAborted();
      const waitMs = quiet.remainingMs();
      if (waitMs > 0) return { kind: 'slow_down', waitMs: Math.min(waitMs, BACKOFF_MS_DEFAULT) };
      try {
        const call: Call = { signal, reply: '' };
        return await calls.run(call, () => ask(call, symbol, timeframe, fromMs, limit));
      } catch (error) {
        signal.throwIfAborted(); // Then it is why the request failed.
        return failed(error);
      }
    },
  };
}

function notOffered(code: string, message: string): CandlePage {
  return { kind: 'not_offered', code, message };
}

/** One question, and the text of what came back. */
interface Call {
  readonly signal: AbortSignal;
  reply: string;
}

const EMPTY_LIST = /\[\s*\]/;

/**
 * Requests that end with the caller's own reason when the caller gives up, and whose answers are JSON. (ccxt takes an answer it
 * cannot read for one without candles, and "none" must never be said but by the venue.)
 */
function fetchFor(call: Call | undefined, fetch: Transport['fetch']): Transport['fetch'] {
  if (!call) return fetch;
  return async (url, request) => {
    try {
      const response = await fetch(url, { ...request, signal: AbortSignal.any([request.signal, call.signal]) });
      call.reply = await response.text();
      if (!isJson(call.reply)) throw new BrokenReplyError('the answer is not JSON');
      return response;
    } catch (error) {
      call.signal.throwIfAborted();
      throw error;
    }
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** ccxt's `parseNumber` makes floats; here a number stays the text it came as. */
function textOf(value: unknown, fallback?: unknown): unknown {
  return value === undefined || value === null ? fallback : String(value);
}

/** ccxt's row: open time, open, high, low, close, volume. */
function readRow([openTime, open, high, low, close, volume]: readonly unknown[]): RawCandle {
  return { openTime: Number(openTime), open: text(open), high: text(high), low: text(low), close: text(close), volume: text(volume) };
}

/** No number is longer; what is not one is judged later and need not be kept whole. */
const TEXT_MAX = 100;

function text(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : typeof value === 'number' ? String(value) : null;
}
