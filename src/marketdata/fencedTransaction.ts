import type pg from 'pg';
import type { Epoch } from '../domain/ids.ts';
import { runPipelined, sqlStateOf } from '../ops/pipelinedTransaction.ts';
import { CandleStoreUnavailableError, EpochOverError } from './candleStore.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Who writes. */
export interface Fence {
  /** May write, with `pipeline: true`: a transaction takes one round trip. */
  readonly pool: pg.Pool;
  /** Who we are in `leader_lease`. */
  readonly holder: string;
  /** How long a process that hangs may hold the lease row, milliseconds; shorter than the lease. */
  readonly idleMsMax: number;
}

/** How long an answer may take before the connection is given up, milliseconds; the server's own limits are shorter. */
const ANSWER_MS_MAX = 8_000;
/** What `assert_leader` and `assert_series_claimed` raise (prisma/migrations). */
const EPOCH_IS_OVER = 'SM001';

/** A commit is on disk before it counts; a page of candles may take its time, but the lease row is not held for longer than that. */
const begin = (idleMsMax: number): string => `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = '4s';
  SET LOCAL lock_timeout = '1s';
  SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMsMax)}`;

/**
 * Runs the statements as one transaction that commits only while `epoch` leads, and answers their results in order. They are
 * sent without waiting for each other: one that fails makes all behind it fail, and turns the commit into a rollback. Throws
 * `EpochOverError` or `CandleStoreUnavailableError`.
 */
export async function runFenced({ pool, holder, idleMsMax }: Fence, epoch: Epoch, statements: readonly Statement[]) {
  const fence = { text: 'SELECT assert_leader($1, $2)', values: [epoch, holder] };
  try {
    const [, , ...results] = await runPipelined(pool, [begin(idleMsMax), fence, ...statements.map(sendable)], ANSWER_MS_MAX);
    return results;
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Only what Postgres is told (a caller's label must not become the name of a prepared statement); bare text may hold several statements. */
function sendable({ text, values }: Statement): Statement | string {
  return values.length > 0 ? { text, values } : text;
}

/** For reads beside it: the same errors. */
export async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asStoreError(error);
  }
}

function asStoreError(error: unknown): EpochOverError | CandleStoreUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  if (sqlStateOf(error) === EPOCH_IS_OVER) return new EpochOverError(message);
  return new CandleStoreUnavailableError(`Postgres did not take or give candles: ${message}`, { cause: error });
}
