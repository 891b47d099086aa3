import { v7 as uuidv7 } from 'uuid';
import type { RecordedCandle, SeriesKey } from '../../src/domain/market/candle.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { CandleJob, CandleStore, Correction, Gap, SeriesInfo } from '../../src/marketdata/candleStore.ts';
import { CANDLE_DEFAULTS, type CandleSettings, CandleTerm } from '../../src/marketdata/candleTerm.ts';
import { createMarketData, type MarketData } from '../../src/marketdata/marketData.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { EPOCH } from '../contract/marketdataContract.ts';
import { openPostgresCandles, type PostgresCandlesUnderTest } from '../contract/marketdataPostgres.ts';
import { type BinanceServer, startBinanceServer } from '../helpers/binance/binanceServer.ts';

export const KLINES = 'GET /api/v3/klines';
export const KLINES_PATH = '/api/v3/klines';

/** Time stands still unless told; sleeping costs none, and is noted. */
export interface TestClock extends Clock {
  readonly slept: number[];
}

export interface World extends PostgresCandlesUnderTest {
  readonly server: BinanceServer;
  readonly clock: TestClock;
  /** Sets the time, for the exchange too. */
  setNow(at: number): void;
  term(series: readonly SeriesKey[], more?: Partial<TermOptions>): CandleTerm;
  marketData(series: readonly SeriesKey[], cron?: string): MarketData;
  /** `startTime` of every question for candles so far. */
  asked(): number[];
  seriesOf(key: SeriesKey): Promise<SeriesInfo>;
  /** Candles of a series from a time on. */
  stored(key: SeriesKey, from?: number): Promise<readonly RecordedCandle[]>;
  gapsOf(key: SeriesKey): Promise<readonly Gap[]>;
  corrections(key: SeriesKey): Promise<readonly Correction[]>;
  /** Newest first. */
  jobs(): Promise<readonly CandleJob[]>;
  /** Time goes on. */
  later(minutes: number): void;
}

export interface TermOptions {
  readonly epoch: number;
  readonly store: CandleStore;
  readonly signal: AbortSignal;
  readonly settings: Partial<CandleSettings>;
}

export const minutesOf = (symbol: string): SeriesKey => ({ source: 'binance', symbol, timeframe: '1m' });

/** A real Postgres, a real HTTP server that speaks Binance's protocol, and a clock of our own. */
export async function openWorld(now: number): Promise<World> {
  const [candles, server] = await Promise.all([openPostgresCandles(), startBinanceServer()]);
  const slept: number[] = [];
  let [at, monotonic] = [now, 0];
  const clock: TestClock = {
    slept,
    now: () => at,
    monotonic: () => monotonic,
    sleep: async (ms, signal) => {
      if (signal?.aborted) return;
      slept.push(ms);
      monotonic += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const setNow = (next: number): void => {
    monotonic += Math.max(0, next - at);
    at = next;
    server.setClockOffset(at - Date.now());
  };
  setNow(now);
  const ever = { from: 0, to: now * 2 };
  const seriesOf = async ({ symbol, source, timeframe }: SeriesKey): Promise<SeriesInfo> => {
    const found = (await candles.reader.series({ symbol, source })).find((series) => series.timeframe === timeframe);
    if (!found) throw new Error(`${symbol} is not collected`);
    return found;
  };
  const venues = { binance: { origins: { '*': server.origin }, ccxt: {} } };
  const exchanges = createExchanges({ venues, clock, logger, openCredentials: () => ({}) });
  const base = { sources: exchanges.candleSources, reader: candles.reader, clock, newId: uuidv7, logger, instance: 'one' };
  return {
    ...candles,
    ...{ server, clock, setNow },
    term: (series, { epoch = EPOCH, store = candles.store, signal = new AbortController().signal, settings = {} } = {}) =>
      new CandleTerm({
        ...{ ...base, series, store, settings: { ...CANDLE_DEFAULTS, backfillDays: 2, ...settings } },
        leadership: { epoch, signal, assertHeld: () => undefined },
      }),
    marketData: (series, cron = '0 0 1 1 *') => createMarketData({ ...base, series, cron, settings: { backfillDays: 2 } }),
    asked: () => server.requestsTo(KLINES).map(({ params }) => Number(params.startTime)),
    seriesOf,
    stored: async (key, from = 0) => {
      const { id, timeframe } = await seriesOf(key);
      const range = { ...ever, from };
      return candles.reader.candles({ seriesId: id, stored: timeframe, wanted: timeframe, range, limit: 100_000, keep: 'first' });
    },
    gapsOf: async (key) => candles.store.gapsIn((await seriesOf(key)).id, ever),
    corrections: async (key) => candles.reader.corrections((await seriesOf(key)).id, ever, 100),
    jobs: async () => (await candles.reader.jobs(100, null)) ?? [],
    later: (minutes) => setNow(at + minutes * 60_000),
    close: async () => {
      await exchanges.candleSources.close();
      await server.close();
      await candles.close();
    },
  };
}
