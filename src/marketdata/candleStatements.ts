import type { Epoch } from '../domain/ids.ts';
import type { RecordedCandle, SeriesKey } from '../domain/market/candle.ts';
import type { TimeRange } from '../domain/market/timeframe.ts';
import { sha256Hex } from '../lib/hash.ts';
import { ATTEMPTS_UNTIL_EMPTY, type CandleJob, type CandleNotice, type Gap, type SeriesUpdate, type SetAside } from './candleStore.ts';
import type { Statement } from './fencedTransaction.ts';

const JOBS_KEPT = "INTERVAL '30 days'";

export function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

/** Rows of series as they stand, in the order asked for. */
export function claimSeries(epoch: Epoch, keys: readonly SeriesKey[]): Statement {
  return {
    text: `WITH wanted AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS w (source, symbol, timeframe, place)
      ), claimed AS (
        INSERT INTO candle_series (source, symbol, timeframe, claimed_epoch) SELECT source, symbol, timeframe, $4 FROM wanted
        ON CONFLICT (source, symbol, timeframe) DO UPDATE SET claimed_epoch = excluded.claimed_epoch RETURNING *
      )
      SELECT claimed.* FROM claimed JOIN wanted USING (source, symbol, timeframe) ORDER BY wanted.place`,
    values: [keys.map(({ source }) => source), keys.map(({ symbol }) => symbol), keys.map(({ timeframe }) => timeframe), epoch],
  };
}

/** What earlier leaders left running, and what nobody will look at any more. */
export function tidyJobs(epoch: Epoch, at: number): Statement[] {
  return [
    {
      text: `UPDATE candle_jobs SET status = 'interrupted', finished_at = $2, current = NULL WHERE status = 'running' AND epoch < $1`,
      values: [epoch, iso(at)],
    },
    { text: `DELETE FROM candle_jobs WHERE started_at < $1::timestamptz - ${JOBS_KEPT}`, values: [iso(at)] },
  ];
}

export function assertClaimed(seriesId: number, epoch: Epoch): Statement {
  return { text: 'SELECT assert_series_claimed($1, $2)', values: [seriesId, epoch] };
}

export function ensurePartitions(candles: readonly RecordedCandle[]): Statement {
  const times = candles.map(({ openTime }) => openTime);
  return {
    text: 'SELECT ensure_candle_partitions($1, $2)',
    values: [iso(Math.min(...times)), iso(Math.max(...times))],
  };
}

/**
 * Stores candles that say something new. `wanted` is the rule: what is not there; what replaces a provisional one and is no older;
 * and, of a final one, other values or the source's own in place of a reconstruction. Answers how many of each.
 */
const SAVE_CANDLES = `
  WITH given AS (
    SELECT * FROM unnest($2::timestamptz[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::boolean[],
      $9::boolean[], $10::timestamptz[]) AS g (open_time, open, high, low, close, volume, final, reconstructed, fetched_at)
  ), known AS (
    SELECT * FROM candles WHERE series_id = $1 AND open_time >= $11 AND open_time <= $12
  ), wanted AS (
    SELECT g.*, coalesce(k.final, false) AS was_final,
      (k.open, k.high, k.low, k.close, k.volume) IS DISTINCT FROM (g.open, g.high, g.low, g.close, g.volume) AS differs,
      k.fetched_at AS previous_fetched_at, k.reconstructed AS previous_reconstructed, k.open AS previous_open, k.high AS previous_high,
      k.low AS previous_low, k.close AS previous_close, k.volume AS previous_volume
    FROM given g LEFT JOIN known k USING (open_time)
    WHERE k.open_time IS NULL
      OR (NOT k.final AND (g.final OR g.fetched_at >= k.fetched_at))
      OR (k.final AND g.final AND k.reconstructed AND NOT g.reconstructed)
      OR (k.final AND g.final AND k.reconstructed = g.reconstructed
        AND (k.open, k.high, k.low, k.close, k.volume) IS DISTINCT FROM (g.open, g.high, g.low, g.close, g.volume))
  ), corrected AS (
    INSERT INTO candle_corrections (series_id, open_time, corrected_at, previous_fetched_at, previous_reconstructed, previous_open,
      previous_high, previous_low, previous_close, previous_volume, open, high, low, close, volume)
    SELECT $1, open_time, fetched_at, previous_fetched_at, previous_reconstructed, previous_open, previous_high, previous_low,
      previous_close, previous_volume, open, high, low, close, volume
    FROM wanted WHERE was_final AND differs ON CONFLICT DO NOTHING RETURNING 1
  ), stored AS (
    INSERT INTO candles (series_id, open_time, open, high, low, close, volume, final, reconstructed, fetched_at)
    SELECT $1, open_time, open, high, low, close, volume, final, reconstructed, fetched_at FROM wanted
    ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,
      close = excluded.close, volume = excluded.volume, final = excluded.final, reconstructed = excluded.reconstructed,
      fetched_at = excluded.fetched_at
  )
  SELECT (SELECT count(*) FROM wanted WHERE NOT was_final)::int AS stored, (SELECT count(*) FROM corrected)::int AS corrected`;

export function saveCandles(seriesId: number, candles: readonly RecordedCandle[]): Statement {
  const column = <T>(read: (candle: RecordedCandle) => T): T[] => candles.map(read);
  const times = column(({ openTime }) => openTime);
  return {
    text: SAVE_CANDLES,
    values: [
      seriesId,
      times.map(iso),
      column(({ open }) => open.toFixed()),
      column(({ high }) => high.toFixed()),
      column(({ low }) => low.toFixed()),
      column(({ close }) => close.toFixed()),
      column(({ volume }) => volume.toFixed()),
      column(({ final }) => final),
      column(({ reconstructed }) => reconstructed),
      column(({ fetchedAt }) => iso(fetchedAt)),
      iso(Math.min(...times)),
      iso(Math.max(...times)),
    ],
  };
}

/** The raw text goes in as one value: taken apart by Postgres, a NUL in it would be an error. */
export function saveSetAside(seriesId: number, setAside: readonly SetAside[], at: number): Statement {
  const texts = setAside.map(({ raw }) => JSON.stringify(raw));
  return {
    text: `WITH kept AS (
        INSERT INTO candle_quarantine (series_id, fingerprint, raw, breaches, fetched_at)
        SELECT $1, fingerprint, raw::json, string_to_array(breaches, ','), $5
        FROM unnest($2::text[], $3::text[], $4::text[]) AS r (fingerprint, raw, breaches)
        ON CONFLICT DO NOTHING RETURNING 1
      ) SELECT count(*)::int AS kept FROM kept`,
    values: [seriesId, texts.map(sha256Hex), texts, setAside.map(({ breaches }) => breaches.join(',')), iso(at)],
  };
}

/** Replaces what is known of holes within a range; holes that reach out of it keep their outer parts. */
export function replaceGaps(seriesId: number, { from, to }: TimeRange, gaps: readonly Gap[]): Statement[] {
  const overlap = 'series_id = $1 AND from_time < $3 AND to_time > $2';
  const range = [seriesId, iso(from), iso(to)];
  const keepOuter = (outer: string, condition: string): Statement => ({
    text: `INSERT INTO candle_gaps (series_id, from_time, to_time, reason, attempts, checked_at)
      SELECT series_id, ${outer}, reason, attempts, checked_at FROM candle_gaps WHERE ${overlap} AND ${condition}`,
    values: range,
  });
  const statements: Statement[] = [
    keepOuter('from_time, $2', 'from_time < $2'),
    keepOuter('$3, to_time', 'to_time > $3'),
    { text: `DELETE FROM candle_gaps WHERE ${overlap}`, values: range },
  ];
  if (gaps.length > 0)
    statements.push({
      text: `INSERT INTO candle_gaps (series_id, from_time, to_time, reason, attempts, checked_at)
        SELECT $1, * FROM unnest($2::timestamptz[], $3::timestamptz[], $4::text[], $5::int[], $6::timestamptz[])`,
      values: [
        seriesId,
        gaps.map((gap) => iso(gap.from)),
        gaps.map((gap) => iso(gap.to)),
        gaps.map(({ reason }) => reason),
        gaps.map(({ attempts }) => attempts),
        gaps.map(({ checkedAt }) => iso(checkedAt)),
      ],
    });
  return statements;
}

/** Sets the fields given and no other. */
export function saveState(seriesId: number, state: NonNullable<SeriesUpdate['state']>): Statement {
  const columns: [string, unknown][] = [];
  if (state.covered !== undefined) {
    columns.push(['covered_from', isoOrNull(state.covered?.from ?? null)], ['covered_to', isoOrNull(state.covered?.to ?? null)]);
  }
  if (state.fromBeginning !== undefined) columns.push(['from_beginning', state.fromBeginning]);
  if (state.caughtUpAt !== undefined) columns.push(['caught_up_at', isoOrNull(state.caughtUpAt)]);
  if (state.auditedAt !== undefined) columns.push(['audited_at', isoOrNull(state.auditedAt)]);
  if (state.problem !== undefined) columns.push(['problem', state.problem]);
  const sets = columns.map(([column], index) => `${column} = $${index + 2}`).join(', ');
  return { text: `UPDATE candle_series SET ${sets} WHERE id = $1`, values: [seriesId, ...columns.map(([, value]) => value)] };
}

/** What operators are to hear goes out with everybody else's notices. */
export function saveNotices(notices: readonly CandleNotice[], at: number): Statement {
  return {
    text: `INSERT INTO outbox (id, audience, severity, text, at)
      SELECT id, 'dev', severity, text, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS n (id, severity, text)
      ON CONFLICT DO NOTHING`,
    values: [notices.map(({ id }) => id), notices.map(({ severity }) => severity), notices.map(({ text }) => text), iso(at)],
  };
}

const JOB_COLUMNS = {
  id: ({ id }: CandleJob) => id,
  kind: ({ kind }: CandleJob) => kind,
  status: ({ status }: CandleJob) => status,
  instance: ({ instance }: CandleJob) => instance,
  epoch: ({ epoch }: CandleJob) => epoch,
  started_at: ({ startedAt }: CandleJob) => iso(startedAt),
  finished_at: ({ finishedAt }: CandleJob) => isoOrNull(finishedAt),
  canceled_by: ({ canceledBy }: CandleJob) => canceledBy,
  series_total: ({ seriesTotal }: CandleJob) => seriesTotal,
  series_done: ({ seriesDone }: CandleJob) => seriesDone,
  current: ({ current }: CandleJob) => current,
  requests: ({ requests }: CandleJob) => requests,
  candles: ({ candles }: CandleJob) => candles,
  corrections: ({ corrections }: CandleJob) => corrections,
  gaps_found: ({ gapsFound }: CandleJob) => gapsFound,
  gaps_filled: ({ gapsFilled }: CandleJob) => gapsFilled,
  set_aside: ({ setAside }: CandleJob) => setAside,
  failures: ({ failures }: CandleJob) => failures,
};

export function saveJob(job: CandleJob): Statement {
  const columns = Object.keys(JOB_COLUMNS);
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  const changes = columns.map((column) => `${column} = excluded.${column}`).join(', ');
  return {
    text: `INSERT INTO candle_jobs (${columns.join(', ')}) VALUES (${places}) ON CONFLICT (id) DO UPDATE SET ${changes}`,
    values: Object.values(JOB_COLUMNS).map((read) => read(job)),
  };
}

/** Holes worth asking for again. */
export function dueGaps(seriesId: number, before: number, limit: number): Statement {
  return {
    text: `SELECT * FROM candle_gaps WHERE series_id = $1 AND (attempts < ${ATTEMPTS_UNTIL_EMPTY} OR checked_at < $2)
      ORDER BY from_time LIMIT $3`,
    values: [seriesId, iso(before), limit],
  };
}

export function gapsIn(seriesId: number, { from, to }: TimeRange): Statement {
  return {
    text: 'SELECT * FROM candle_gaps WHERE series_id = $1 AND from_time < $3 AND to_time > $2 ORDER BY from_time',
    values: [seriesId, iso(from), iso(to)],
  };
}
