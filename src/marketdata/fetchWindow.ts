import type { RawCandle, RecordedCandle } from '../domain/market/candle.ts';
import { checkCandle } from '../domain/market/checkCandle.ts';
import { closeTimeOf, countBars, openTimeOf, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import type { Asked } from './askSource.ts';
import type { SetAside } from './candleStore.ts';

/** Candles a venue gives at once: 1000 is Binance's limit (rest-api.md, "Kline/Candlestick data") and more than most others'. */
export const PAGE_BARS = 1_000;

/** A source's answer about a stretch of time, judged. */
export interface Window {
  readonly ok: true;
  /** Ascending, each open time once. */
  readonly candles: readonly RecordedCandle[];
  readonly setAside: readonly SetAside[];
  /** Open times on the grid of what was set aside: not missing, but not believed. */
  readonly doubted: readonly number[];
  /** Where the first candle behind the stretch opens, if the source went on to tell of one. */
  readonly nextAt: number | null;
}

export type Ask = (fromMs: number, limit: number) => Promise<Asked>;

/** Asks for `range` (on the grid) until the source has told all it has there; it may answer in smaller pages than asked for. */
export async function fetchWindow(ask: Ask, timeframe: Timeframe, range: TimeRange): Promise<Window | Extract<Asked, { ok: false }>> {
  const judged = new Judged(timeframe, range);
  let cursor = range.from;
  while (cursor < range.to) {
    const answer = await ask(cursor, Math.min(PAGE_BARS, countBars(timeframe, { from: cursor, to: range.to })));
    if (!answer.ok) return answer;
    const last = judged.add(answer.candles, answer.fetchedAt);
    if (last < cursor || judged.nextAt !== null) break;
    cursor = closeTimeOf(timeframe, openTimeOf(timeframe, last));
  }
  return judged.window();
}

class Judged {
  private readonly timeframe: Timeframe;
  private readonly range: TimeRange;
  private readonly candles = new Map<number, RecordedCandle>();
  private readonly setAside: SetAside[] = [];
  private readonly doubted = new Set<number>();
  nextAt: number | null = null;

  constructor(timeframe: Timeframe, range: TimeRange) {
    this.timeframe = timeframe;
    this.range = range;
  }

  /** Takes a page; answers the last time within the range it tells of, or -Infinity. */
  add(page: readonly RawCandle[], fetchedAt: number): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const raw of page) {
      const { openTime } = raw;
      if (openTime < this.range.from) continue;
      if (openTime >= this.range.to) {
        this.nextAt = Math.min(this.nextAt ?? openTime, openTime);
        continue;
      }
      this.judge(raw, fetchedAt);
      if (Number.isFinite(openTime)) last = Math.max(last, openTime);
    }
    return last;
  }

  private judge(raw: RawCandle, fetchedAt: number): void {
    const verdict = checkCandle(raw, this.timeframe, fetchedAt);
    if (verdict.ok) this.candles.set(raw.openTime, { ...verdict.candle, fetchedAt, reconstructed: false });
    else {
      this.setAside.push({ raw, breaches: verdict.breaches });
      if (openTimeOf(this.timeframe, raw.openTime) === raw.openTime) this.doubted.add(raw.openTime);
    }
  }

  window(): Window {
    const { setAside, nextAt } = this;
    const candles = [...this.candles.values()].sort((a, b) => a.openTime - b.openTime);
    const doubted = [...this.doubted].filter((openTime) => !this.candles.has(openTime)).sort((a, b) => a - b);
    return { ok: true, candles, setAside, doubted, nextAt };
  }
}
