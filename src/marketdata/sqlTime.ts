import { lengthMs, type Timeframe } from '../domain/market/timeframe.ts';

/** Rows of one series ($1) in a range ($2, $3). The bounds stand plainly beside the column, so that Postgres prunes partitions by them. */
export const barsOf = 'series_id = $1 AND open_time >= $2::timestamptz AND open_time < $3::timestamptz';

/** SQL for when a candle closes. Months are counted in UTC, whatever the session's time zone. */
export function stepOf(timeframe: Timeframe, column: string): string {
  if (timeframe === '1M') return `(${column} AT TIME ZONE 'UTC' + INTERVAL '1 month') AT TIME ZONE 'UTC'`;
  return `${column} + INTERVAL '${lengthMs(timeframe)} milliseconds'`;
}

/** SQL for where the candle that contains a time opens; the origin is a Monday, so that weeks begin with one. */
export function bucketOf(timeframe: Timeframe, column: string): string {
  if (timeframe === '1M') return `date_trunc('month', ${column}, 'UTC')`;
  return `date_bin(INTERVAL '${lengthMs(timeframe)} milliseconds', ${column}, TIMESTAMPTZ '1970-01-05 00:00:00+00')`;
}
