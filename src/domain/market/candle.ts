import type { Decimal } from '../money.ts';
import type { Timeframe } from './timeframe.ts';

/** A candle as a venue tells it, not judged yet: amounts are its own text, null where it gave none. `openTime` in epoch milliseconds. */
export interface RawCandle {
  readonly openTime: number;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
}

/** Prices in quote per base, volume in base. */
export interface Candle {
  /** Epoch milliseconds, on the grid of its timeframe. */
  readonly openTime: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  /** Its time is over and nothing of it is missing; else it is provisional and will be replaced. */
  readonly final: boolean;
}

/** A candle with where it comes from. */
export interface RecordedCandle extends Candle {
  /** When the venue told it, epoch milliseconds; of a reconstructed one, the latest of its parts. */
  readonly fetchedAt: number;
  /** Made by us out of finer candles; the venue did not publish it like this. */
  readonly reconstructed: boolean;
}

/** One line of candles: what is collected, and where from. */
export interface SeriesKey {
  /** `synthetic`, or ccxt's id of the venue. */
  readonly source: string;
  /** Unified: `BTC/USDT`, `BTC/USDT:USDT`. */
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

export function seriesName({ source, symbol, timeframe }: SeriesKey): string {
  return `${source}:${symbol}@${timeframe}`;
}

export function sameValues(a: Candle, b: Candle): boolean {
  return a.open.eq(b.open) && a.high.eq(b.high) && a.low.eq(b.low) && a.close.eq(b.close) && a.volume.eq(b.volume);
}
