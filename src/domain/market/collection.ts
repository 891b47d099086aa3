import type { SeriesKey } from './candle.ts';
import { isTimeframe, TIMEFRAMES, type Timeframe } from './timeframe.ts';

/** One minute: everything coarser is made from it when asked for. */
const DEFAULT_TIMEFRAME: Timeframe = '1m';
const ENTRY = /^(?:([a-z][a-z0-9]{1,30}):)?([^@\s]{3,40})(?:@(\S+))?$/;
const SYMBOL = /^[A-Z0-9.$-]{1,20}\/[A-Z0-9.$-]{1,20}(?::[A-Z0-9.$-]{1,20})?$/;
const SERIES_MAX = 2_000;

export type Collection =
  | { readonly ok: true; readonly series: readonly SeriesKey[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * What `OHLC_SYMBOLS` asks for. Entries are `[venue:]symbol[@timeframe+timeframe…]`, for example `BTC/USDT`, `binance:BTC/USDT@1m+1h`
 * or `binance:BTC/USDT:USDT@1m`; a comma between timeframes is fine too, so an entry that is only a timeframe belongs to the one
 * before it. Problems name the entry and what is allowed.
 */
export function readCollection(entries: readonly string[], defaultVenue: string): Collection {
  const problems: string[] = [];
  const series = new Map<string, SeriesKey>();
  for (const entry of joinTimeframes(entries)) {
    const read = readEntry(entry, defaultVenue);
    if (typeof read === 'string') problems.push(read);
    else for (const key of read) series.set(JSON.stringify(key), key);
  }
  if (series.size > SERIES_MAX) problems.push(`${series.size} symbols and timeframes are more than ${SERIES_MAX}`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, series: [...series.values()] };
}

function joinTimeframes(entries: readonly string[]): string[] {
  const joined: string[] = [];
  for (const entry of entries) {
    const before = joined.at(-1);
    if (isTimeframe(entry) && before?.includes('@')) joined[joined.length - 1] = `${before}+${entry}`;
    else joined.push(entry);
  }
  return joined;
}

function readEntry(entry: string, defaultVenue: string): SeriesKey[] | string {
  const [, source = defaultVenue, symbol = '', timeframes = DEFAULT_TIMEFRAME] = ENTRY.exec(entry) ?? [];
  if (!SYMBOL.test(symbol)) return `"${entry}" is not [venue:]symbol[@timeframe+timeframe], like binance:BTC/USDT@1m+1h`;
  const names = timeframes.split(/[+,]/);
  const unknown = names.filter((name) => !isTimeframe(name));
  if (unknown.length > 0) return `"${entry}" names the timeframe "${unknown[0]}"; there are ${TIMEFRAMES.join(', ')}`;
  return names.filter(isTimeframe).map((timeframe) => ({ source, symbol, timeframe }));
}
