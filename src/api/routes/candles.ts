import type { RecordedCandle } from '../../domain/market/candle.ts';
import type { CandleJob, CandleReader, Correction, SeriesInfo } from '../../marketdata/candleStore.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { isPlainId } from '../lookup.ts';
import { chooseSeries, type OhlcvRequest, pageOfTime } from '../ohlcv.ts';
import { pageAnswer, pageOf, wholeList } from '../paging.ts';
import { invalid, notFound, type Problem } from '../problem.ts';
import { type Answer, defineRoute, ok, type Route } from '../route.ts';
import * as candles from '../schemas/candles.ts';
import { listOf, NoQuery } from '../schemas/common.ts';

const tag = 'market data';
const path = '/api/v1/market-data';

/** Candles from the store and the jobs that collect them. Every instance answers; only the leader collects. */
export function candleRoutes(deps: ApiDeps): Route[] {
  return deps.candles ? [...historyRoutes(deps.candles, deps), ...jobRoutes(deps.candles, deps)] : [];
}

function historyRoutes(reader: CandleReader, { clock }: Pick<ApiDeps, 'clock'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: `${path}/ohlcv`,
      role: 'viewer',
      tag,
      summary: 'Candles, ascending',
      description:
        'Out of the store; coarser candles than stored are made of the stored ones. With `from` the pages go forward in time, without it backward from the newest. `to` is not included.',
      query: candles.OhlcvQuery,
      answers: { 200: { description: 'Candles', schema: listOf(candles.Candle) } },
      handle: ({ query }) => answerOhlcv(reader, query, clock.now()),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/corrections`,
      role: 'viewer',
      tag,
      summary: 'Stored candles that their source told differently later, with both values',
      query: candles.CorrectionQuery,
      answers: { 200: { description: 'Corrections, ascending', schema: listOf(candles.Correction) } },
      handle: async ({ query: { limit, from = 0, to = clock.now(), ...wanted } }) => {
        const series = chooseSeries(await reader.series({}), wanted);
        if (series !== null && 'kind' in series) return series;
        if (series && series.timeframe !== wanted.timeframe)
          return invalid([{ parameter: 'timeframe', code: 'NOT_STORED', message: `Candles of ${series.timeframe} are stored.` }]);
        const found = series ? await reader.corrections(series.id, { from, to }, limit) : [];
        return ok(wholeList(found.map((correction) => correctionView(correction, series?.source ?? ''))));
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/series`,
      role: 'viewer',
      tag,
      summary: 'What is collected, how far, and its holes',
      query: candles.SeriesQuery,
      answers: { 200: { description: 'Series', schema: listOf(candles.Series) } },
      handle: ({ query: { limit, cursor, symbol, source } }) => {
        const page = async () => {
          const all = await reader.series({ ...(symbol === undefined ? {} : { symbol }), ...(source === undefined ? {} : { source }) });
          const { items, nextCursor } = pageOf(
            all.map((series) => ({ id: String(series.id), series })),
            { limit, cursor },
          );
          return { items: items.map(({ series }) => seriesView(series)), nextCursor };
        };
        return pageAnswer(page());
      },
    }),
  ];
}

async function answerOhlcv(reader: CandleReader, query: OhlcvRequest, now: number): Promise<Answer | Problem> {
  const series = chooseSeries(await reader.series({}), query);
  if (series === null) return ok(wholeList([]));
  if ('kind' in series) return series;
  const page = pageOfTime(series, query, now);
  if (page === null) return ok(wholeList([]));
  if ('kind' in page) return page;
  const found = await reader.candles(page.query);
  return ok({ items: found.map((candle) => candleView(candle, series.source)), nextCursor: page.nextCursor });
}

function jobRoutes(reader: CandleReader, deps: ApiDeps): Route[] {
  const answers = { 200: { description: 'The job', schema: candles.Job } };
  return [
    defineRoute({
      method: 'get',
      path: `${path}/jobs`,
      role: 'viewer',
      tag,
      summary: 'Jobs that collect candles, newest first, with their progress',
      query: candles.JobQuery,
      answers: { 200: { description: 'Jobs', schema: listOf(candles.Job) } },
      handle: async ({ query: { limit, cursor } }) => {
        const jobs = await reader.jobs(limit + 1, cursor);
        if (jobs === null) return invalid([{ parameter: 'cursor', code: 'BAD_CURSOR', message: 'Not a cursor of this list.' }]);
        const items = jobs.slice(0, limit);
        return ok({ items: items.map(jobView), nextCursor: jobs.length > limit ? (items.at(-1)?.id ?? null) : null });
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/jobs/:id`,
      role: 'viewer',
      tag,
      summary: 'One job',
      answers,
      handle: async ({ param }) => answerJob(reader, param('id')),
    }),
    defineRoute({
      method: 'post',
      path: `${path}/jobs/:id/cancel`,
      role: 'admin',
      tag,
      summary: 'End a running job',
      description: 'What it has stored stays; the next run goes on from there.',
      query: NoQuery,
      answers,
      handle: async (input) => {
        const id = input.param('id');
        const job = isPlainId(id) ? await reader.job(id) : null;
        if (!job) return notFound(`candle job "${id}"`);
        return carryOut(deps.submit, input, { kind: 'candles.cancel', jobId: id }, () => answerJob(reader, id));
      },
    }),
  ];
}

async function answerJob(reader: CandleReader, id: string): Promise<Answer | Problem> {
  const job = isPlainId(id) ? await reader.job(id) : null;
  return job ? ok(jobView(job)) : notFound(`candle job "${id}"`);
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : time(at);
}

type Values = Pick<RecordedCandle, 'open' | 'high' | 'low' | 'close' | 'volume' | 'fetchedAt'>;

function values({ open, high, low, close, volume, fetchedAt }: Values) {
  return {
    ...{ open: open.toFixed(), high: high.toFixed(), low: low.toFixed(), close: close.toFixed(), volume: volume.toFixed() },
    fetchedAt: time(fetchedAt),
  };
}

function candleView(candle: RecordedCandle, source: string) {
  const { openTime, final, reconstructed } = candle;
  return { openTime: time(openTime), ...values(candle), final, source, reconstructed };
}

function correctionView({ openTime, previous, corrected }: Correction, source: string) {
  return { openTime: time(openTime), source, previous: values(previous), corrected: values(corrected) };
}

function seriesView({ source, symbol, timeframe, covered, fromBeginning, caughtUpAt, gaps, problem }: SeriesInfo) {
  const reach = { from: timeOrNull(covered?.from ?? null), to: timeOrNull(covered?.to ?? null) };
  return { source, symbol, timeframe, ...reach, fromBeginning, caughtUpAt: timeOrNull(caughtUpAt), gaps, problem };
}

function jobView({ startedAt, finishedAt, seriesTotal, seriesDone, gapsFound, gapsFilled, ...job }: CandleJob) {
  return {
    ...job,
    ...{ startedAt: time(startedAt), finishedAt: timeOrNull(finishedAt) },
    ...{ series: { total: seriesTotal, done: seriesDone }, missing: { found: gapsFound, filled: gapsFilled } },
  };
}
