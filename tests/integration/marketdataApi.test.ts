import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedCandle, SeriesKey } from '../../src/domain/market/candle.ts';
import { closeTimeOf, openTimeOf } from '../../src/domain/market/timeframe.ts';
import type { CandleJob, CandleStore } from '../../src/marketdata/candleStore.ts';
import { createPostgresCandleStore } from '../../src/marketdata/postgresCandleStore.ts';
import { candle, candleJob } from '../contract/marketdataContract.ts';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';

const OHLCV = '/api/v1/market-data/ohlcv';
const JOBS = '/api/v1/market-data/jobs';
const MINUTE = 60_000;
const BTC: SeriesKey = { source: 'binance', symbol: 'BTC/USDT', timeframe: '1m' };
/** The last hour of a year, a Wednesday. */
const START = Date.parse('2025-12-31T23:00:00Z');
const iso = (at: number): string => new Date(at).toISOString();

let api: ApiServer;
let pool: pg.Pool;
let store: CandleStore;
let epoch = 0;
const canceled: string[] = [];
let job: CandleJob;

async function save(key: SeriesKey, candles: readonly RecordedCandle[]): Promise<number> {
  const [series] = await store.claim(epoch, [key], START);
  const [from, to] = [candles[0]?.openTime ?? START, closeTimeOf(key.timeframe, candles.at(-1)?.openTime ?? START)];
  const holes = { within: { from, to }, gaps: [] };
  await store.update(epoch, { seriesId: series?.id ?? 0, at: START, candles, holes, state: { covered: { from, to } } });
  return series?.id ?? 0;
}

beforeAll(async () => {
  api = await startApi({
    cancelCandleJob: async (jobId, actor) => {
      if (jobId !== job.id) return false;
      canceled.push(actor);
      job = { ...job, status: 'canceled', canceledBy: actor, finishedAt: START, current: null };
      await store.saveJob(epoch, job);
      return true;
    },
  });
  pool = new pg.Pool({ connectionString: api.databaseUrl, max: 2, pipeline: true });
  const lease = await until(
    async () =>
      (await pool.query<{ holder: string; epoch: string }>('SELECT holder, epoch FROM leader_lease WHERE expires_at > now()')).rows[0],
    { what: 'a leader' },
  );
  epoch = Number(lease.epoch);
  store = createPostgresCandleStore({ pool, holder: lease.holder });
  const bars = Array.from({ length: 130 }, (_, index) => candle(START + index * MINUTE, 100 + (index % 30), { final: index < 129 }));
  await save(BTC, bars);
  await save({ ...BTC, timeframe: '1d' }, [candle(openTimeOf('1d', START), 120)]);
  await save({ source: 'synthetic', symbol: 'ETH/USDT', timeframe: '1m' }, [candle(START, 110)]);
  await save({ source: 'binance', symbol: 'ETH/USDT', timeframe: '1m' }, [candle(START, 111)]);
  await save({ source: 'binance', symbol: 'BTC/USDT:USDT', timeframe: '4h' }, [candle(openTimeOf('4h', START), 112)]);
  await store.claim(epoch, [{ source: 'binance', symbol: 'SOL/USDT', timeframe: '1m' }], START);
  job = candleJob('0198-job', { epoch, seriesTotal: 3, seriesDone: 1, gapsFound: 4, gapsFilled: 2 });
  await store.saveJob(epoch, job);
});
afterAll(async () => {
  await pool.end();
  await api.close();
});

const get = async (query: string) => api.call('GET', `${OHLCV}?${query}`);
const itemsOf = (body: Record<string, unknown>) => body.items as { openTime: string; close: string; final: boolean }[];

describe('candles over the API', () => {
  it('are answered in the shape programs rely on, digits and provenance included', async () => {
    const { status, body } = await get('symbol=BTC/USDT&timeframe=1m&limit=1&from=2025-12-31T23:00:00Z');
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          ...{ openTime: '2025-12-31T23:00:00.000Z', open: '100', high: '150.123456789', low: '0.00000001', close: '100', volume: '12.5' },
          ...{ final: true, source: 'binance', reconstructed: false, fetchedAt: '2025-12-31T23:02:00.000Z' },
        },
      ],
      nextCursor: expect.any(String),
    });
  });

  it('without a range the newest come last, and the open one says that it is not final', async () => {
    const { body } = await get('symbol=BTCUSDT&timeframe=1m&limit=3&to=2026-01-01T01:10:00Z');
    expect(itemsOf(body).map(({ openTime, final }) => [openTime, final])).toEqual([
      [iso(START + 127 * MINUTE), true],
      [iso(START + 128 * MINUTE), true],
      [iso(START + 129 * MINUTE), false],
    ]);
  });

  it.each([
    ['forward', `from=${START}&to=${START + 130 * MINUTE}`],
    ['backward', `to=${iso(START + 130 * MINUTE)}`],
  ])('are paged %s without losing or repeating one', async (way, range) => {
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const { status, body } = await get(`symbol=btcusdt&timeframe=1m&limit=40&${range}${cursor ? `&cursor=${cursor}` : ''}`);
      expect(status).toBe(200);
      pages.push(itemsOf(body).map(({ openTime }) => openTime));
      cursor = body.nextCursor as string | null;
    } while (cursor !== null);
    const all = (way === 'forward' ? pages : pages.reverse()).flat();
    expect(all).toEqual(Array.from({ length: 130 }, (_, index) => iso(START + index * MINUTE)));
  });

  it('of a coarser timeframe are made of the stored ones, over the end of the year too', async () => {
    const { body } = await get(`symbol=BTC/USDT&timeframe=1h&from=${START}`);
    expect(itemsOf(body)).toMatchObject([
      { openTime: '2025-12-31T23:00:00.000Z', open: '100', close: '129', volume: '750', final: true, reconstructed: true },
      { openTime: '2026-01-01T00:00:00.000Z', close: '129', volume: '750', final: true },
      { openTime: '2026-01-01T01:00:00.000Z', volume: '125', final: false },
    ]);
    const months = await get('symbol=BTC/USDT&timeframe=1M');
    expect(itemsOf(months.body)).toMatchObject([{ openTime: '2025-12-01T00:00:00.000Z', close: '120', final: false }]);
  });

  it('of the very timeframe that is stored go before those made of finer ones', async () => {
    const { body } = await get('symbol=BTC/USDT&timeframe=1d');
    expect(itemsOf(body)).toMatchObject([{ close: '120', reconstructed: false }]);
  });

  it('of a symbol several sources have must be told apart', async () => {
    const vague = await get('symbol=ETH/USDT&timeframe=1m');
    expect(vague.status).toBe(400);
    expect(vague.text).toContain('synthetic');
    const { body } = await get('symbol=ETH/USDT&timeframe=1m&source=synthetic');
    expect(itemsOf(body)).toMatchObject([{ close: '110', source: 'synthetic' }]);
    expect((await get('symbol=BTCUSDT.P&timeframe=4h')).body.items).toMatchObject([{ close: '112' }]);
  });

  it('not collected yet are none; never collected says what is', async () => {
    expect((await get('symbol=SOL/USDT&timeframe=5m')).body).toEqual({ items: [], nextCursor: null });
    const unknown = await get('symbol=DOGE/USDT&timeframe=1m');
    expect([unknown.status, unknown.text.includes('binance:BTC/USDT')]).toEqual([404, true]);
  });

  it.each([
    ['symbol=BTC/USDT', 'timeframe'],
    ['symbol=BTC/USDT&timeframe=7m', 'timeframe'],
    ['symbol=BTC/USDT:USDT&timeframe=1m', 'timeframe'],
    ['symbol=BTC/USDT&timeframe=1m&limit=1001', 'limit'],
    ['symbol=BTC/USDT&timeframe=1m&from=yesterday', 'from'],
    ['symbol=BTC/USDT&timeframe=1m&from=2025-13-01', 'from'],
    ['symbol=BTC/USDT&timeframe=1m&cursor=abc', 'cursor'],
    ['symbol=BTC/USDT&timeframe=1m&intervall=1m', 'intervall'],
  ])('%s is a mistake at %s', async (query, parameter) => {
    const { status, body } = await get(query);
    expect(status).toBe(400);
    expect(body.mistakes).toEqual([expect.objectContaining({ parameter })]);
  });

  it('what is collected, and how far, is listed', async () => {
    const { body } = await api.call('GET', '/api/v1/market-data/series?limit=2');
    expect(body.items).toMatchObject([
      {
        source: 'binance',
        symbol: 'BTC/USDT',
        timeframe: '1m',
        from: iso(START),
        to: iso(START + 130 * MINUTE),
        gaps: { open: 0, empty: 0 },
      },
      { timeframe: '1d' },
    ]);
    const rest = await api.call('GET', `/api/v1/market-data/series?cursor=${body.nextCursor}`);
    expect((rest.body.items as unknown[]).length).toBe(4);
  });

  it('corrections show both values', async () => {
    await save(BTC, [candle(START, 140, { fetchedAt: START + 3_600_000 })]);
    const { body } = await api.call('GET', '/api/v1/market-data/corrections?symbol=BTC/USDT&timeframe=1m');
    expect(body.items).toMatchObject([{ openTime: iso(START), previous: { close: '100' }, corrected: { close: '140' } }]);
  });
});

describe('candle jobs over the API', () => {
  it('are shown with their progress on every instance', async () => {
    const { body } = await api.call('GET', JOBS);
    expect(body.items).toMatchObject([
      { id: job.id, status: 'running', series: { total: 3, done: 1 }, missing: { found: 4, filled: 2 }, current: 'binance:BTC/USDT@1m' },
    ]);
    expect((await api.call('GET', `${JOBS}/${job.id}`)).body).toEqual((body.items as unknown[])[0]);
    expect((await api.call('GET', `${JOBS}?cursor=nothing`)).status).toBe(400);
  });

  it('are ended by an admin through the leader, which writes down who it was', async () => {
    const done = await api.call('POST', `${JOBS}/${job.id}/cancel`);
    expect([done.status, done.body.status, done.body.canceledBy]).toEqual([200, 'canceled', 'token:admin']);
    expect(canceled).toEqual(['token:admin']);
    const audit = await api.call('GET', '/api/v1/audit');
    expect(audit.body.items).toEqual([expect.objectContaining({ action: 'candles.cancel', subject: job.id, actor: 'token:admin' })]);
  });

  it('that do not run cannot be ended, and that never were are not found', async () => {
    await store.saveJob(epoch, candleJob('0197-old', { epoch, status: 'done', finishedAt: START }));
    expect((await api.call('POST', `${JOBS}/0197-old/cancel`)).body).toMatchObject({ status: 409, code: 'JOB_NOT_RUNNING' });
    expect((await api.call('POST', `${JOBS}/nothing/cancel`)).status).toBe(404);
  });

  it('are not for traders to end', async () => {
    await api.addUser('trader@example.com', 'trader');
    const authorization = `Basic ${Buffer.from('trader@example.com:correct horse battery staple').toString('base64')}`;
    expect((await api.call('POST', `${JOBS}/${job.id}/cancel`, undefined, { authorization })).status).toBe(403);
  });
});
