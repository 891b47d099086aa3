import { addBars, closeTimeOf, isTimeframe, openTimeOf, type Timeframe } from '../../../src/domain/market/timeframe.ts';
import { BinanceError } from './binanceError.ts';

export interface KlineQuestion {
  readonly symbol: string;
  readonly interval: string;
  readonly startTime: number | null;
  readonly endTime: number | null;
  readonly limit: number;
}

/** Open, high, low, close, volume as text. */
export type KlineValues = readonly [open: string, high: string, low: string, close: string, volume: string];

const MINUTE_MS = 60_000;
const LIMIT_MAX = 1_000;
const LISTED_AT = Date.UTC(2020, 0, 1);

/**
 * The history of a spot market as GET /api/v3/klines tells it (rest-api.md, "Kline/Candlestick data"). Every minute has values of
 * its own, computed from its time; coarser candles are made of minutes. Parts can be left out and values replaced.
 */
export class SpotKlines {
  readonly #now: () => number;
  readonly #listedAt = new Map<string, number>();
  readonly #dropped: { readonly symbol: string; readonly interval: string; readonly from: number; readonly to: number }[] = [];
  readonly #replaced = new Map<string, KlineValues>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** No trade before that time. */
  list(symbol: string, at: number): void {
    this.#listedAt.set(symbol, at);
  }

  /** Tells nothing of candles of the interval that open from `from` and before `to`. */
  drop(symbol: string, interval: string, from: number, to: number): void {
    this.#dropped.push({ symbol, interval, from, to });
  }

  /** Tells everything again. */
  restore(): void {
    this.#dropped.length = 0;
    this.#replaced.clear();
  }

  /** Tells these values instead of its own. */
  replace(symbol: string, interval: string, openTime: number, values: KlineValues): void {
    this.#replaced.set(`${symbol} ${interval} ${openTime}`, values);
  }

  /** What it tells of one candle. */
  values(symbol: string, interval: Timeframe, openTime: number): KlineValues {
    const until = Math.min(closeTimeOf(interval, openTime), this.#now() + 1);
    let [high, low, volume] = [0, Number.POSITIVE_INFINITY, 0];
    for (let minute = openTime; minute < until; minute += MINUTE_MS) {
      const price = priceAt(symbol, minute);
      const next = priceAt(symbol, minute + MINUTE_MS);
      high = Math.max(high, price + 300, next + 300);
      low = Math.min(low, price - 200, next - 200);
      volume += price % 977;
    }
    const close = priceAt(symbol, Math.ceil(until / MINUTE_MS) * MINUTE_MS);
    return [cents(priceAt(symbol, openTime)), cents(high), cents(low), cents(close), `${volume}.00000000`];
  }

  answer({ symbol, interval, startTime, endTime, limit }: KlineQuestion): unknown[] {
    if (!isTimeframe(interval)) throw new BinanceError(-1120, 'Invalid interval.');
    const count = Math.min(limit, LIMIT_MAX);
    const end = Math.min(endTime ?? this.#now(), this.#now());
    const listedAt = Math.max(this.#listedAt.get(symbol) ?? LISTED_AT, LISTED_AT);
    const rows: unknown[] = [];
    if (startTime !== null) {
      const from = Math.max(startTime, listedAt);
      const opens = openTimeOf(interval, from);
      for (let at = opens < from ? addBars(interval, opens, 1) : opens; at <= end && rows.length < count; at = addBars(interval, at, 1))
        if (this.#tells(symbol, interval, at)) rows.push(this.#row(symbol, interval, at));
      return rows;
    }
    for (let at = openTimeOf(interval, end); at >= listedAt && rows.length < count; at = addBars(interval, at, -1))
      if (this.#tells(symbol, interval, at)) rows.unshift(this.#row(symbol, interval, at));
    return rows;
  }

  #tells(symbol: string, interval: string, at: number): boolean {
    return !this.#dropped.some((one) => one.symbol === symbol && one.interval === interval && at >= one.from && at < one.to);
  }

  #row(symbol: string, interval: Timeframe, openTime: number): unknown[] {
    const [open, high, low, close, volume] =
      this.#replaced.get(`${symbol} ${interval} ${openTime}`) ?? this.values(symbol, interval, openTime);
    return [openTime, open, high, low, close, volume, closeTimeOf(interval, openTime) - 1, volume, 1, '0.50000000', volume, '0'];
  }
}

/** In cents: different from minute to minute, the same for the same minute. */
function priceAt(symbol: string, at: number): number {
  const minute = at / MINUTE_MS;
  return 5_000_000 + ((minute * 7_919 + symbol.length * 104_729) % 10_007) * 10;
}

function cents(amount: number): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}000000`;
}
