import {
  addBars,
  closeTimeOf,
  countBars,
  divides,
  lengthMs,
  openTimeOf,
  type Timeframe,
  type TimeRange,
} from '../domain/market/timeframe.ts';
import type { CandleQuery, SeriesInfo } from '../marketdata/candleStore.ts';
import { invalid, type Problem, problem } from './problem.ts';

export interface OhlcvRequest {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly source?: string;
  /** Epoch milliseconds; candles that open at `from` or later and before `to`. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Stored candles behind one answer: some hundred milliseconds of the database's work. */
const STORED_BARS_MAX = 500_000;
const NAMED_MAX = 10;

/**
 * The stored series that answers for a symbol, source and timeframe: of that timeframe, else the coarsest it can be made of. Null
 * while nothing of it has been collected yet.
 */
export function chooseSeries(
  all: readonly SeriesInfo[],
  request: Pick<OhlcvRequest, 'symbol' | 'timeframe' | 'source'>,
): SeriesInfo | null | Problem {
  const meant = all.filter(({ symbol }) => isMeant(symbol, request.symbol)).filter(({ source }) => source === (request.source ?? source));
  const [first] = meant;
  if (!first) return problem('NOT_FOUND', notCollected(all, request));
  const sources = [...new Set(meant.map(({ source, symbol }) => `${source} (${symbol})`))];
  if (sources.length > 1) {
    const message = `Several are collected; say which: ${sources.join(', ')}.`;
    return invalid([{ parameter: request.source === undefined ? 'source' : 'symbol', code: 'AMBIGUOUS', message }]);
  }
  const fitting = meant.filter(({ timeframe }) => divides(timeframe, request.timeframe));
  if (fitting.length === 0) {
    const stored = meant.map(({ timeframe }) => timeframe).join(', ');
    return invalid([{ parameter: 'timeframe', code: 'TOO_FINE', message: `Only candles of ${stored} and what they add up to are there.` }]);
  }
  const coarsestFirst = fitting.filter(({ covered }) => covered !== null).sort((a, b) => lengthMs(b.timeframe) - lengthMs(a.timeframe));
  return coarsestFirst[0] ?? null;
}

/** `BTC/USDT`, `BTCUSDT`, `BTC/USDT:USDT`, `BTCUSDT.P`, in any case. */
function isMeant(symbol: string, written: string): boolean {
  const wanted = written.toUpperCase();
  const [pair = '', settle] = symbol.toUpperCase().split(':');
  const ticker = pair.replace('/', '');
  return wanted === symbol.toUpperCase() || wanted === (settle === undefined ? ticker : `${ticker}.P`);
}

function notCollected(all: readonly SeriesInfo[], { symbol, source }: Pick<OhlcvRequest, 'symbol' | 'source'>): string {
  const names = [...new Set(all.map((series) => `${series.source}:${series.symbol}`))];
  const known = names.length === 0 ? 'none are; set OHLC_SYMBOLS' : `collected are ${names.slice(0, NAMED_MAX).join(', ')}`;
  return `No candles of "${symbol}"${source === undefined ? '' : ` from ${source}`} are collected; ${known}.`;
}

/** One page: the question to the store, and where the next page goes on. */
export interface OhlcvPage {
  readonly query: CandleQuery;
  readonly nextCursor: string | null;
}

/**
 * Pages are stretches of time of `limit` candles: forward from `from` where that is given, else backward from the newest. Null
 * when there is nothing in the range; a problem for a cursor that is not one of these.
 */
export function pageOfTime(series: SeriesInfo, request: OhlcvRequest, now: number): OhlcvPage | null | Problem {
  const { timeframe } = request;
  const { covered } = series;
  if (!covered) return null;
  // The open candle lies behind what is covered, and may just have become the one before.
  const newest = closeTimeOf(timeframe, openTimeOf(timeframe, Math.min(now, addBars(series.timeframe, covered.to, 1))));
  const whole: TimeRange = {
    from: Math.max(onGrid(timeframe, request.from ?? 0), openTimeOf(timeframe, covered.from)),
    to: Math.min(request.to === undefined ? newest : onGrid(timeframe, request.to), newest),
  };
  const forward = request.from !== undefined;
  const at = request.cursor === null ? (forward ? whole.from : whole.to) : readCursor(request.cursor, forward, timeframe);
  if (at === null) return invalid([{ parameter: 'cursor', code: 'BAD_CURSOR', message: 'Not a cursor of this list; start without one.' }]);
  const bars = barsPerPage(series.timeframe, request);
  const range = forward
    ? { from: Math.max(at, whole.from), to: Math.min(addBars(timeframe, at, bars), whole.to) }
    : { from: Math.max(addBars(timeframe, at, -bars), whole.from), to: Math.min(at, whole.to) };
  if (range.from >= range.to) return null;
  const more = forward ? range.to < whole.to : range.from > whole.from;
  const keep = forward ? 'first' : 'last';
  return {
    query: { seriesId: series.id, stored: series.timeframe, wanted: timeframe, range, limit: bars, keep },
    nextCursor: more ? writeCursor(forward, forward ? range.to : range.from) : null,
  };
}

function barsPerPage(stored: Timeframe, { timeframe, limit }: OhlcvRequest): number {
  const parts = countBars(stored, { from: 0, to: lengthMs(timeframe) }) || 1;
  return Math.max(1, Math.min(limit, Math.floor(STORED_BARS_MAX / parts)));
}

/** The first open time at or after `at`. */
function onGrid(timeframe: Timeframe, at: number): number {
  const openTime = openTimeOf(timeframe, at);
  return openTime === at ? at : closeTimeOf(timeframe, openTime);
}

function writeCursor(forward: boolean, at: number): string {
  return Buffer.from(`${forward ? 'from' : 'to'}:${at}`).toString('base64url');
}

function readCursor(cursor: string, forward: boolean, timeframe: Timeframe): number | null {
  const [, way, digits] = /^(from|to):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  const at = Number(digits);
  return way === (forward ? 'from' : 'to') && openTimeOf(timeframe, at) === at ? at : null;
}
