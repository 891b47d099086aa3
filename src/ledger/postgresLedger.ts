import type pg from 'pg';
import type { Epoch } from '../domain/ids.ts';
import type { Logger } from '../ops/logger.ts';
import { runPipelined, sqlStateOf } from '../ops/pipelinedTransaction.ts';
import { batchOf, type OutboxMark } from './batch.ts';
import { GroupCommit } from './groupCommit.ts';
import { type Change, FencedError, type Ledger, LedgerUnavailableError, type Outbox } from './ledger.ts';
import { loadBooked, loadOrdersNamed, loadRecalled } from './loadOrders.ts';
import { loadChoice, loadChoicesToClose, loadOpenQuestion, loadPending, loadRecipients, loadUpdateCursor } from './loadOutbox.ts';
import { loadApproval, loadHandled, loadSnapshot } from './loadSnapshot.ts';
import { statementsOf } from './statements.ts';

export interface PostgresLedgerOptions {
  /** For writing, with `pipeline: true` (see pools.ts): a transaction takes one round trip. */
  readonly pool: pg.Pool;
  /** Who we are in `leader_lease`. */
  readonly holder: string;
  readonly logger: Logger;
  /** How long a process that hangs may hold the lease row, milliseconds; shorter than the lease, or it delays the next leader. */
  readonly idleMsMax?: number;
}

/** Changes in one transaction: large enough that the commit costs little per change, small enough to stay in the milliseconds. */
const CHANGES_MAX = 500;
/** How long an answer may take before the connection is given up, milliseconds; the server's own limits are shorter. */
const ANSWER_MS_MAX = 5_000;

const IDLE_MS_MAX = 2_000;

/**
 * A commit is on disk before it counts, and a leader that hangs does not hold the lease row for long. The last
 * setting keeps the planner, which cannot know how few rows a parameter holds, from reading a whole table to find them.
 */
const begin = (idleMsMax: number): string => `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = '2s';
  SET LOCAL lock_timeout = '1s';
  SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idleMsMax)};
  SET LOCAL enable_seqscan = off`;

/** What `assert_leader` raises (prisma/migrations). */
const EPOCH_IS_OVER = 'SM001';

/**
 * ⑧ The ledger in Postgres: group commit, every transaction fenced by the lease row, one round trip each. A transaction whose
 * fate is in doubt is never tried again: its epoch ends here, and the next leader reads what was stored.
 */
export function createPostgresLedger({ pool, holder, logger, idleMsMax = IDLE_MS_MAX }: PostgresLedgerOptions): Ledger & Outbox {
  if (pool.options.pipeline !== true) throw new TypeError('the ledger needs a pool with `pipeline: true`');
  const commit = async (epoch: number, changes: readonly (Change | OutboxMark)[]): Promise<void> => {
    const fence = { name: 'ledger_fence', text: 'SELECT assert_leader($1, $2)', values: [epoch, holder] };
    try {
      await runPipelined(pool, [begin(idleMsMax), fence, ...statementsOf(batchOf(changes))], ANSWER_MS_MAX);
    } catch (error) {
      const failure = asLedgerError(error);
      logger.error({ err: failure, epoch, changes: changes.length, sqlState: sqlStateOf(error) }, 'the ledger refused a transaction');
      throw failure;
    }
  };
  const group = new GroupCommit<Change | OutboxMark>(commit, CHANGES_MAX);
  const append = async (epoch: Epoch, changes: readonly (Change | OutboxMark)[]): Promise<void> => {
    if (changes.length > 0) await group.add(epoch, changes);
  };
  return {
    append,
    load: (dayStart) => reading(loadSnapshot(pool, dayStart)),
    handled: (ids) => reading(loadHandled(pool, ids)),
    booked: (ids) => reading(loadBooked(pool, ids)),
    ordersNamed: (accountId, names) => reading(loadOrdersNamed(pool, accountId, names)),
    recall: (signalId) => reading(loadRecalled(pool, signalId)),
    approval: (signalId) => reading(loadApproval(pool, signalId)),
    pending: (limit, audiences, recipientId) => reading(loadPending(pool, limit, audiences, recipientId)),
    recipients: () => reading(loadRecipients(pool)),
    markSent: (epoch, seqs, at, place = null) => append(epoch, [{ kind: 'outbox.sent', seqs, at, place }]),
    markFailed: (epoch, seq, error, dead, at) => append(epoch, [{ kind: 'outbox.failed', seq, error, dead, at }]),
    choice: (noticeId) => reading(loadChoice(pool, noticeId)),
    choicesToClose: (now, limit) => reading(loadChoicesToClose(pool, now, limit)),
    markPressed: (epoch, choiceId, press) => append(epoch, [{ kind: 'outbox.pressed', choiceId, press }]),
    openQuestion: (audience, recipientId) => reading(loadOpenQuestion(pool, audience, recipientId)),
    ask: (epoch, question) => append(epoch, [{ kind: 'notice', notice: question }]),
    updateCursor: (bot) => reading(loadUpdateCursor(pool, bot)),
    markUpdate: (epoch, bot, { updateId, at }) => append(epoch, [{ kind: 'outbox.cursor', bot, updateId, at }]),
    markClosed: (epoch, seqs, at) => append(epoch, [{ kind: 'outbox.closed', seqs, at }]),
  };
}

async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asLedgerError(error);
  }
}

function asLedgerError(error: unknown): FencedError | LedgerUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  if (sqlStateOf(error) === EPOCH_IS_OVER) return new FencedError(message);
  return new LedgerUnavailableError(`Postgres did not take the transaction: ${message}`, { cause: error });
}
