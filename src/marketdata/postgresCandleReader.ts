import type pg from 'pg';
import type { RecordedCandle } from '../domain/market/candle.ts';
import { emptyBars } from '../domain/market/resample.ts';
import { closeTimeOf, countBars, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import { type CandleRow, candleOf, type GapRow, gapOf, type JobRow, jobOf, type SeriesRow, seriesOf } from './candleRows.ts';
import { iso } from './candleStatements.ts';
import { ATTEMPTS_UNTIL_EMPTY, type CandleQuery, type CandleReader, type Correction } from './candleStore.ts';
import { reading, type Statement } from './fencedTransaction.ts';
import { barsOf, bucketOf } from './sqlTime.ts';

const SOURCE_HAS_NONE = `reason = 'missing' AND attempts >= ${ATTEMPTS_UNTIL_EMPTY}`;

/** What everybody may read. `pool` need not be allowed to write. */
export function createPostgresCandleReader({ pool }: { readonly pool: pg.Pool }): CandleReader {
  const rows = async <Row extends pg.QueryResultRow>({ text, values }: Statement): Promise<Row[]> =>
    (await reading(pool.query<Row>(text, [...values]))).rows;
  const knownEmpty = async (seriesId: number, { from, to }: TimeRange): Promise<TimeRange[]> => {
    const where = `series_id = $1 AND from_time < $3 AND to_time > $2 AND ${SOURCE_HAS_NONE}`;
    const found = await rows<GapRow>({ text: `SELECT * FROM candle_gaps WHERE ${where}`, values: [seriesId, iso(from), iso(to)] });
    return found.map(gapOf);
  };
  return {
    series: async ({ symbol, source }) => (await rows<InfoRow>(listSeries(symbol, source))).map(infoOf),
    candles: async (query) => {
      if (query.stored === query.wanted) return inOrder(query, (await rows<CandleRow>(selectStored(query))).map(candleOf));
      const [buckets, empty] = await Promise.all([rows<BucketRow>(selectBuckets(query)), knownEmpty(query.seriesId, query.range)]);
      return inOrder(
        query,
        buckets.map((bucket) => wholeOf(query, bucket, empty)),
      );
    },
    corrections: async (seriesId, range, limit) => (await rows<CorrectionRow>(listCorrections(seriesId, range, limit))).map(correctionOf),
    jobs: async (limit, before) => {
      if (before !== null && (await rows<JobRow>(jobById(before))).length === 0) return null;
      const text = 'SELECT * FROM candle_jobs WHERE $2::text IS NULL OR id < $2 ORDER BY id DESC LIMIT $1';
      return (await rows<JobRow>({ text, values: [limit, before] })).map(jobOf);
    },
    job: async (id) => (await rows<JobRow>(jobById(id))).map(jobOf)[0] ?? null,
  };
}

function jobById(id: string): Statement {
  return { text: 'SELECT * FROM candle_jobs WHERE id = $1', values: [id] };
}

interface InfoRow extends SeriesRow {
  readonly open: number;
  readonly empty: number;
}

function listSeries(symbol: string | undefined, source: string | undefined): Statement {
  return {
    text: `SELECT s.*, count(g.id) FILTER (WHERE NOT (${SOURCE_HAS_NONE}))::int AS open, count(g.id) FILTER (WHERE ${SOURCE_HAS_NONE})::int AS empty
      FROM candle_series s LEFT JOIN candle_gaps g ON g.series_id = s.id
      WHERE ($1::text IS NULL OR s.symbol = $1) AND ($2::text IS NULL OR s.source = $2)
      GROUP BY s.id ORDER BY s.source, s.symbol, s.id`,
    values: [symbol ?? null, source ?? null],
  };
}

function infoOf({ open, empty, ...row }: InfoRow) {
  return { ...seriesOf(row), gaps: { open, empty } };
}

/** Exported for the test that looks at its plan. */
export function selectStored({ seriesId, range, limit, keep }: Omit<CandleQuery, 'stored' | 'wanted'>): Statement {
  return {
    text: `SELECT open_time, open, high, low, close, volume, final, reconstructed, fetched_at FROM candles WHERE ${barsOf}
      ORDER BY open_time ${keep === 'first' ? 'ASC' : 'DESC'} LIMIT $4`,
    values: [seriesId, iso(range.from), iso(range.to), limit],
  };
}

interface BucketRow extends CandleRow {
  readonly parts: number;
}

/** The same rules as `resample`, where the rows are: a day out of minutes would else be carried over 1,440 rows at a time. */
export function selectBuckets({ seriesId, wanted, range, limit, keep }: Omit<CandleQuery, 'stored'>): Statement {
  return {
    text: `SELECT bucket AS open_time, (array_agg(open ORDER BY open_time))[1] AS open, max(high) AS high, min(low) AS low,
        (array_agg(close ORDER BY open_time DESC))[1] AS close, sum(volume) AS volume, bool_and(final) AS final, true AS reconstructed,
        max(fetched_at) AS fetched_at, count(*)::int AS parts
      FROM (SELECT *, ${bucketOf(wanted, 'open_time')} AS bucket FROM candles WHERE ${barsOf}) AS bars
      GROUP BY bucket ORDER BY bucket ${keep === 'first' ? 'ASC' : 'DESC'} LIMIT $4`,
    values: [seriesId, iso(range.from), iso(range.to), limit],
  };
}

function wholeOf(
  { stored, wanted }: { stored: Timeframe; wanted: Timeframe },
  row: BucketRow,
  empty: readonly TimeRange[],
): RecordedCandle {
  const candle = candleOf(row);
  const whole = { from: candle.openTime, to: closeTimeOf(wanted, candle.openTime) };
  const complete = row.parts + emptyBars(stored, whole, empty) >= countBars(stored, whole);
  return { ...candle, final: candle.final && complete };
}

function inOrder({ keep }: CandleQuery, candles: RecordedCandle[]): RecordedCandle[] {
  return keep === 'first' ? candles : candles.reverse();
}

type Previous = 'open' | 'high' | 'low' | 'close' | 'volume';
type CorrectionRow = { readonly [K in Previous | `previous_${Previous}`]: string } & {
  readonly open_time: Date;
  readonly corrected_at: Date;
  readonly previous_fetched_at: Date;
};

function listCorrections(seriesId: number, range: TimeRange, limit: number): Statement {
  return {
    text: `SELECT * FROM candle_corrections WHERE ${barsOf} ORDER BY open_time, corrected_at LIMIT $4`,
    values: [seriesId, iso(range.from), iso(range.to), limit],
  };
}

function correctionOf(row: CorrectionRow): Correction {
  const provenance = { final: true, reconstructed: false };
  const { reconstructed: _, ...corrected } = candleOf({ ...row, ...provenance, fetched_at: row.corrected_at });
  const before = {
    ...{ open: row.previous_open, high: row.previous_high, low: row.previous_low, close: row.previous_close, volume: row.previous_volume },
    ...{ open_time: row.open_time, fetched_at: row.previous_fetched_at },
  };
  const { reconstructed: __, ...previous } = candleOf({ ...before, ...provenance });
  return { openTime: corrected.openTime, previous, corrected };
}
