import { setImmediate as breathe } from 'node:timers/promises';
import type { RawCandle } from '../../domain/market/candle.ts';
import { addBars, closeTimeOf, lengthMs, openTimeOf, type Timeframe } from '../../domain/market/timeframe.ts';
import { decimal } from '../../domain/money.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CandlePage, CandleSource } from '../exchange.ts';
import { type Instrument, instrumentOf, ticksAt } from './syntheticFeed.ts';
import { SYNTHETIC_MARKETS } from './syntheticMarkets.ts';
import { noise } from './syntheticWalk.ts';

/**
 * The last price is looked at this often. Every timeframe is made of the same looks, so that candles of all timeframes agree with
 * each other and with the quotes.
 */
const LOOK_MS = 10_000;
/** Looks in one answer, some tens of milliseconds of work: coarse candles come in smaller pages … */
const LOOKS_MAX = 60_000;
/** … and looks in one go, so that nobody waits behind them. */
const LOOKS_AT_ONCE = 4_000;
/** Typical volume of one look, in steps of the market. */
const STEPS_PER_LOOK = 400;

/** The history of the synthetic feed: a pure function of symbol and time, as far back as anyone asks. */
export function createSyntheticCandles(clock: Pick<Clock, 'now'>): CandleSource {
  const instruments = new Map(SYNTHETIC_MARKETS.map((market) => [market.symbol, market]));
  return {
    name: 'synthetic',
    candles: async (symbol, timeframe, fromMs, limit, signal): Promise<CandlePage> => {
      signal.throwIfAborted();
      const market = instruments.get(symbol);
      if (!market) return { kind: 'not_offered', code: 'SYMBOL_UNKNOWN', message: `The synthetic feed has no "${symbol}".` };
      return { kind: 'page', candles: await history(instrumentOf(market), timeframe, fromMs, limit, clock.now()) };
    },
  };
}

async function history(instrument: Instrument, timeframe: Timeframe, from: number, limit: number, now: number): Promise<RawCandle[]> {
  const count = Math.max(1, Math.min(limit, Math.floor((LOOKS_MAX * LOOK_MS) / lengthMs(timeframe))));
  const opens = openTimeOf(timeframe, from);
  const first = opens < from ? addBars(timeframe, opens, 1) : opens;
  const candles: RawCandle[] = [];
  for (let openTime = first; candles.length < count && openTime <= now; openTime = closeTimeOf(timeframe, openTime))
    candles.push(await candleAt(instrument, openTime, Math.min(closeTimeOf(timeframe, openTime), now + 1)));
  return candles;
}

/** The candle from `openTime` up to, and not including, `until`. */
async function candleAt(instrument: Instrument, openTime: number, until: number): Promise<RawCandle> {
  const open = ticksAt(instrument, openTime).last;
  let [high, low, close, steps, looks] = [open, open, open, 0, 0];
  for (let at = openTime; at < until; at += LOOK_MS) {
    looks += 1;
    if (looks % LOOKS_AT_ONCE === 0) await breathe();
    close = ticksAt(instrument, at).last;
    high = Math.max(high, close);
    low = Math.min(low, close);
    steps += Math.round(STEPS_PER_LOOK * (1.1 + noise(instrument.seed + 2, at / LOOK_MS)));
  }
  const { tickSize, stepSize } = instrument.market;
  const price = (ticks: number): string => tickSize.mul(decimal(ticks)).toFixed();
  return { openTime, open: price(open), high: price(high), low: price(low), close: price(close), volume: stepSize.mul(steps).toFixed() };
}
