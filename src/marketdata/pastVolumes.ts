import type { Market } from '../domain/market/market.ts';
import { openTimeOf } from '../domain/market/timeframe.ts';
import type { PastVolumes } from '../domain/order/work/volumeWeights.ts';
import type { CandleSources } from '../exchange/exchange.ts';

/** Fine enough for an order of an hour, and a week of them is one page at every exchange. */
const TIMEFRAME = '30m';
const LENGTH_MS = 1_800_000;
/** A week: each time of day on each day of it. */
const CANDLES = 7 * 48;
/** Pages asked for at most, where a venue gives fewer at a time. */
const PAGES_MAX = 4;

/**
 * What was traded of a market in the week before, from the venue its prices come from: the volume profile of a VWAP order. Null when the
 * venue does not tell, or not all of it.
 */
export function createPastVolumes(sources: CandleSources) {
  return async (feed: string, market: Market, nowMs: number): Promise<PastVolumes | null> => {
    const source = await sources.open(feed, market.type);
    const end = openTimeOf(TIMEFRAME, nowMs); // The candle that is still open says too little.
    let from = end - CANDLES * LENGTH_MS;
    const volumes: { openTime: number; volume: number }[] = [];
    for (let page = 0; page < PAGES_MAX && from < end; page += 1) {
      const answer = await source.candles(market.symbol, TIMEFRAME, from, CANDLES, AbortSignal.timeout(5_000));
      if (answer.kind !== 'page') return null;
      const whole = answer.candles.filter(({ openTime, volume }) => openTime >= from && openTime < end && volume !== null);
      const last = whole.at(-1);
      if (!last) break;
      for (const { openTime, volume } of whole) volumes.push({ openTime, volume: Number(volume) });
      from = last.openTime + LENGTH_MS;
    }
    return volumes.length > 0 ? { lengthMs: LENGTH_MS, volumes } : null;
  };
}
