import type { RecordedCandle } from '../domain/market/candle.ts';
import { isTimeframe, type Timeframe } from '../domain/market/timeframe.ts';
import { decimal } from '../domain/money.ts';
import type { CandleJob, Gap, JobKind, JobStatus, SeriesState } from './candleStore.ts';

/** Rows as `pg` gives them: amounts as text, 64-bit numbers as text, times as dates. */
export interface SeriesRow {
  readonly id: number;
  readonly source: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly covered_from: Date | null;
  readonly covered_to: Date | null;
  readonly from_beginning: boolean;
  readonly caught_up_at: Date | null;
  readonly audited_at: Date | null;
  readonly problem: string | null;
}

export interface CandleRow {
  readonly open_time: Date;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly final: boolean;
  readonly reconstructed: boolean;
  readonly fetched_at: Date;
}

export interface GapRow {
  readonly from_time: Date;
  readonly to_time: Date;
  readonly reason: Gap['reason'];
  readonly attempts: number;
  readonly checked_at: Date;
}

export interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly instance: string;
  readonly epoch: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly canceled_by: string | null;
  readonly series_total: number;
  readonly series_done: number;
  readonly current: string | null;
  readonly requests: number;
  readonly candles: number;
  readonly corrections: number;
  readonly gaps_found: number;
  readonly gaps_filled: number;
  readonly set_aside: number;
  readonly failures: number;
}

export function seriesOf(row: SeriesRow): SeriesState {
  const { id, source, symbol, from_beginning: fromBeginning, problem } = row;
  const covered = row.covered_from && row.covered_to ? { from: row.covered_from.getTime(), to: row.covered_to.getTime() } : null;
  return {
    ...{ id, source, symbol, timeframe: timeframeOf(row.timeframe), covered, fromBeginning, problem },
    caughtUpAt: row.caught_up_at?.getTime() ?? null,
    auditedAt: row.audited_at?.getTime() ?? null,
  };
}

function timeframeOf(text: string): Timeframe {
  if (!isTimeframe(text)) throw new Error(`the store holds a series of the unknown timeframe "${text}"`);
  return text;
}

export function candleOf(row: CandleRow): RecordedCandle {
  return {
    openTime: row.open_time.getTime(),
    open: decimal(row.open),
    high: decimal(row.high),
    low: decimal(row.low),
    close: decimal(row.close),
    volume: decimal(row.volume),
    final: row.final,
    reconstructed: row.reconstructed,
    fetchedAt: row.fetched_at.getTime(),
  };
}

export function gapOf(row: GapRow): Gap {
  const { reason, attempts } = row;
  return { from: row.from_time.getTime(), to: row.to_time.getTime(), reason, attempts, checkedAt: row.checked_at.getTime() };
}

export function jobOf(row: JobRow): CandleJob {
  const { id, kind, status, instance, current, requests, candles, corrections, failures } = row;
  return {
    ...{ id, kind, status, instance, current, requests, candles, corrections, failures },
    epoch: Number(row.epoch),
    startedAt: row.started_at.getTime(),
    finishedAt: row.finished_at?.getTime() ?? null,
    canceledBy: row.canceled_by,
    seriesTotal: row.series_total,
    seriesDone: row.series_done,
    gapsFound: row.gaps_found,
    gapsFilled: row.gaps_filled,
    setAside: row.set_aside,
  };
}
