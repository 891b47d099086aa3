import type pg from 'pg';
import { closeTimeOf, subtractRanges, type Timeframe, type TimeRange } from '../domain/market/timeframe.ts';
import { type GapRow, gapOf, type SeriesRow, seriesOf } from './candleRows.ts';
import * as sql from './candleStatements.ts';
import type { CandleStore, Gap, SeriesUpdate } from './candleStore.ts';
import { type Fence, reading, runFenced, type Statement } from './fencedTransaction.ts';
import { barsOf, stepOf } from './sqlTime.ts';

/** Holes looked at in one go; what is left is found the next time. */
const HOLES_MAX = 1_000;
const IDLE_MS_MAX = 2_000;

export interface PostgresCandleStoreOptions extends Omit<Fence, 'idleMsMax'> {
  readonly idleMsMax?: number;
}

/** Candles in Postgres, for one holder of the lease. Every write is one fenced transaction and one batch. */
export function createPostgresCandleStore({ pool, holder, idleMsMax = IDLE_MS_MAX }: PostgresCandleStoreOptions): CandleStore {
  if (pool.options.pipeline !== true) throw new TypeError('the candle store needs a pool with `pipeline: true`');
  const fence: Fence = { pool, holder, idleMsMax };
  const read = <Row extends pg.QueryResultRow>({ text, values }: Statement): Promise<pg.QueryResult<Row>> =>
    reading(pool.query<Row>(text, [...values]));
  const gapsIn = async (seriesId: number, range: TimeRange): Promise<Gap[]> =>
    (await read<GapRow>(sql.gapsIn(seriesId, range))).rows.map((row) => clip(gapOf(row), range));
  return {
    claim: async (epoch, keys, at) => {
      const [claimed] = await runFenced(fence, epoch, [sql.claimSeries(epoch, keys), ...sql.tidyJobs(epoch, at)]);
      return ((claimed?.rows ?? []) as SeriesRow[]).map(seriesOf);
    },
    update: async (epoch, update) => {
      const statements = [{ name: 'claim', ...sql.assertClaimed(update.seriesId, epoch) }, ...statementsOf(update)];
      const results = await runFenced(fence, epoch, statements);
      const rowOf = (name: string): Record<string, number> => results[statements.findIndex((one) => one.name === name)]?.rows[0] ?? {};
      const { stored = 0, corrected = 0 } = rowOf('candles');
      const { kept = 0 } = rowOf('setAside');
      return { stored, corrected, setAside: kept };
    },
    saveJob: async (epoch, job) => {
      await runFenced(fence, epoch, [sql.saveJob(job)]);
    },
    dueGaps: async (seriesId, before) => (await read<GapRow>(sql.dueGaps(seriesId, before, HOLES_MAX))).rows.map(gapOf),
    gapsIn,
    findMissing: async (seriesId, timeframe, range) => {
      const [breaks, gaps] = await Promise.all([read<BreakRow>(breaksIn(seriesId, timeframe, range)), gapsIn(seriesId, range)]);
      return subtractRanges(holesOf(timeframe, range, breaks.rows), gaps);
    },
  };
}

function clip(gap: Gap, { from, to }: TimeRange): Gap {
  return { ...gap, from: Math.max(gap.from, from), to: Math.min(gap.to, to) };
}

type Named = Statement & { readonly name: string };

function statementsOf({ seriesId, at, candles = [], setAside = [], holes, state, notices = [] }: SeriesUpdate): Named[] {
  const statements: Named[] = [];
  if (candles.length > 0) {
    statements.push({ name: 'partitions', ...sql.ensurePartitions(candles) }, { name: 'candles', ...sql.saveCandles(seriesId, candles) });
  }
  if (setAside.length > 0) statements.push({ name: 'setAside', ...sql.saveSetAside(seriesId, setAside, at) });
  if (holes) statements.push(...sql.replaceGaps(seriesId, holes.within, holes.gaps).map((one) => ({ name: 'gaps', ...one })));
  if (state && Object.keys(state).length > 0) statements.push({ name: 'state', ...sql.saveState(seriesId, state) });
  if (notices.length > 0) statements.push({ name: 'notices', ...sql.saveNotices(notices, at) });
  return statements;
}

interface BreakRow {
  /** Null for the first candle of the range. */
  readonly before: Date | null;
  readonly open_time: Date;
  readonly last_time: Date;
}

/** The first candle and each that does not open where the one before it closes. */
function breaksIn(seriesId: number, timeframe: Timeframe, range: TimeRange): Statement {
  return {
    text: `WITH bars AS (
        SELECT open_time, lag(open_time) OVER (ORDER BY open_time) AS before, max(open_time) OVER () AS last_time
        FROM candles WHERE ${barsOf} AND final
      )
      SELECT before, open_time, last_time FROM bars WHERE before IS NULL OR ${stepOf(timeframe, 'before')} <> open_time
      ORDER BY open_time LIMIT ${HOLES_MAX}`,
    values: [seriesId, sql.iso(range.from), sql.iso(range.to)],
  };
}

function holesOf(timeframe: Timeframe, { from, to }: TimeRange, breaks: readonly BreakRow[]): TimeRange[] {
  const [first] = breaks;
  if (!first) return [{ from, to }];
  const holes = breaks.map(({ before, open_time }) => ({
    from: before ? closeTimeOf(timeframe, before.getTime()) : from,
    to: open_time.getTime(),
  }));
  if (breaks.length < HOLES_MAX) holes.push({ from: closeTimeOf(timeframe, first.last_time.getTime()), to });
  return holes.filter((hole) => hole.from < hole.to);
}
