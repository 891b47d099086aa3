import type pg from 'pg';
import { CONTROL_KINDS, type Command, isControl } from '../domain/signal/command.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import { listen, type PostgresListener } from '../ops/postgresListener.ts';
import { createWakeup } from '../ops/wakeup.ts';
import { createBatcher } from './batcher.ts';
import { type Appended, type CommandLog, CommandLogUnavailableError, type NewCommand } from './commandLog.ts';
import { createHandover } from './handover.ts';

export interface PostgresCommandLog extends CommandLog {
  /**
   * Removes commands acknowledged more than 30 days before `now` (epoch ms) and keys that have expired by then, in small
   * transactions. Returns how many rows went; call it again later when it is `PRUNE_ROWS_MAX`.
   */
  prune(now: number): Promise<number>;
  /** Makes a small durable write, so that a full disk or a read-only database is noticed. Rejects when it cannot. */
  probe(): Promise<void>;
}

interface CommandRow extends Pick<Command, 'id' | 'body' | 'actor'> {
  readonly seq: string;
  readonly correlation_id: string;
  readonly received_at: string;
}

const BATCH_SIZE_MAX = 500;
/** TradingView waits 3 s for its answer (support article 43000529348). */
const APPEND_DEADLINE_MS = 2_500;
const QUERY_TIMEOUT_MS = 2_000;
const RETENTION_MS = 30 * 24 * 3600 * 1000;
const PRUNE_CHUNK_ROWS = 1_000;
/** Its key is expired at once: housekeeping may take it, and no command can meet it. */
const PROBE = `INSERT INTO command_dedupe (key, command_id, content_hash, expires_at) VALUES ('probe', gen_random_uuid(), '', '-infinity')
  ON CONFLICT (key) DO UPDATE SET command_id = excluded.command_id`;
export const PRUNE_ROWS_MAX = 100_000;

/**
 * ② The command log as a table. Appends that wait for each other share a transaction of one round trip; its rules (order,
 * repeats, conflicts) are in the SQL function `append_commands` of the migration. `pool` must be allowed to write and
 * have a limit on connecting; it stays the caller's. `maxQueue` bounds the commands waiting to be stored.
 */
export function createPostgresCommandLog(options: {
  pool: pg.Pool;
  maxQueue: number;
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
}): PostgresCommandLog {
  const { pool, maxQueue, logger, metrics, clock = systemClock } = options;
  const appendSeconds = metrics.stageSeconds.labels('append');
  const wakeup = createWakeup(clock);
  const handover = createHandover();
  let listener: PostgresListener | null = null;

  const appends = createBatcher<NewCommand, Appended>({
    sizeMax: BATCH_SIZE_MAX,
    queueMax: maxQueue,
    deadlineMs: APPEND_DEADLINE_MS,
    run: async (commands) => {
      const written = await storeApart(pool, commands);
      const stored = commands.flatMap((command, index) => storedCommand(command, written[index]));
      handover.offer(stored);
      if (stored.length > 0) wakeup.signal();
      return written.map((each) => (each instanceof Error ? each : each.appended));
    },
  });
  const acknowledgements = createBatcher<number, true>({
    sizeMax: BATCH_SIZE_MAX,
    queueMax: maxQueue,
    deadlineMs: APPEND_DEADLINE_MS,
    run: async (seqs) => {
      await query(pool, { name: 'acknowledge_commands', text: 'SELECT acknowledge_commands($1)', values: [seqs] });
      return seqs.map(() => true);
    },
  });

  return {
    append: async (command) => {
      const startedAt = clock.monotonic();
      const appended = await appends.add(command);
      appendSeconds.observe((clock.monotonic() - startedAt) / 1000);
      return appended;
    },
    read: async (afterSeq, limit) => {
      wakeup.looking();
      const fresh = handover.take(afterSeq, limit);
      return fresh.length > 0 ? fresh : readCommands(pool, afterSeq, limit);
    },
    readControl: (afterSeq, limit) => readControlCommands(pool, afterSeq, limit),
    waitForMore: async (timeoutMs, signal) => {
      listener ??= listen({ pool, channel: 'signalman_command', onNews: wakeup.signal, logger, clock });
      await wakeup.wait(timeoutMs, signal);
    },
    acknowledge: async (seqs) => {
      await Promise.all(seqs.map((seq) => acknowledgements.add(seq)));
    },
    lag: async () => {
      const { rows } = await query<{ lag: string }>(pool, {
        text: 'SELECT count(*) AS lag FROM command_log WHERE acknowledged_at IS NULL',
      });
      const lag = Number(rows[0]?.lag);
      metrics.commandLag.set(lag);
      return lag;
    },
    prune: async (now) => {
      const acknowledged = `DELETE FROM command_log WHERE seq IN (SELECT seq FROM command_log WHERE acknowledged_at < $1 LIMIT $2)`;
      const expired = `DELETE FROM command_dedupe WHERE key IN (SELECT key FROM command_dedupe WHERE expires_at < $1 LIMIT $2)`;
      const removed = await pruneInChunks(pool, acknowledged, new Date(now - RETENTION_MS), PRUNE_ROWS_MAX);
      return removed + (await pruneInChunks(pool, expired, new Date(now), PRUNE_ROWS_MAX - removed));
    },
    probe: async () => {
      await query(pool, { name: 'probe_command_log', text: PROBE });
    },
    close: async () => {
      await Promise.all([appends.close(), acknowledgements.close(), listener?.close()]);
    },
  };
}

interface Written {
  readonly appended: Appended;
  /** When it was stored, by the database's clock. */
  readonly receivedAt: number;
}

/** The command as a reader of the log would see it; none when it was not stored. */
function storedCommand({ id, body, actor, correlationId }: NewCommand, written: Written | Error | undefined): Command[] {
  if (written === undefined || written instanceof Error || written.appended.kind !== 'stored') return [];
  return [{ seq: written.appended.seq, id, body, actor, correlationId, receivedAt: written.receivedAt }];
}

/** Stores all in one transaction; when Postgres refuses a value in one of them, each on its own, so that only that one fails. */
async function storeApart(pool: pg.Pool, commands: readonly NewCommand[]): Promise<(Written | Error)[]> {
  try {
    return await store(pool, commands);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof CommandLogUnavailableError) throw error;
    if (commands.length === 1) return [error];
    const results: (Written | Error)[] = [];
    for (const command of commands) results.push(...(await storeApart(pool, [command])));
    return results;
  }
}

interface WrittenRow {
  readonly verdict: Appended['kind'];
  readonly standing_id: string;
  readonly stored_seq: string | null;
  readonly received_at: string;
}

async function store(pool: pg.Pool, commands: readonly NewCommand[]): Promise<Written[]> {
  const { rows } = await query<WrittenRow>(pool, {
    name: 'append_commands',
    text: `SELECT verdict, standing_id, stored_seq, ${inMs('stored_at')} AS received_at
           FROM append_commands($1, $2, $3, $4, $5, $6, $7, $8, $9) ORDER BY place`,
    values: [
      commands.map(({ id }) => id),
      commands.map(({ body }) => JSON.stringify(body)),
      commands.map(({ actor }) => JSON.stringify(actor)),
      commands.map(({ correlationId }) => correlationId),
      commands.map(({ dedupe }) => dedupe?.key ?? null),
      commands.map(({ dedupe }) => dedupe?.ttlMs ?? null),
      commands.map(({ dedupe }) => dedupe?.contentHash ?? null),
      commands.map(({ nonce }) => nonce?.key ?? null),
      commands.map(({ nonce }) => nonce?.ttlMs ?? null),
    ],
  });
  return rows.map(({ verdict, standing_id: id, stored_seq, received_at }) => ({
    appended: verdict === 'stored' ? { kind: verdict, id, seq: Number(stored_seq) } : { kind: verdict, id },
    receivedAt: Number(received_at),
  }));
}

/** A timestamp as epoch milliseconds, in SQL. */
function inMs(timestamp: string): string {
  return `trunc(extract(epoch FROM ${timestamp}) * 1000)`;
}

async function readCommands(pool: pg.Pool, afterSeq: number, limit: number): Promise<Command[]> {
  const { rows } = await query<CommandRow>(pool, {
    name: 'read_commands',
    text: `SELECT seq, id, body, actor, correlation_id, ${inMs('received_at')} AS received_at
           FROM command_log WHERE acknowledged_at IS NULL AND seq > $1 ORDER BY seq LIMIT $2`,
    values: [afterSeq, limit],
  });
  return rows.map(toCommand);
}

/** Only saves reading most of the others: an operator of JSON would stumble over a NUL in one of them. */
const CONTROL_PATTERN = `"kind":"(${CONTROL_KINDS.join('|').replaceAll('.', '[.]')})"`;

async function readControlCommands(pool: pg.Pool, afterSeq: number, limit: number): Promise<Command[]> {
  const { rows } = await query<CommandRow>(pool, {
    name: 'read_control_commands',
    text: `SELECT seq, id, body, actor, correlation_id, ${inMs('received_at')} AS received_at
           FROM command_log WHERE acknowledged_at IS NULL AND seq > $1 AND body::text ~ $3 ORDER BY seq LIMIT $2`,
    values: [afterSeq, limit, CONTROL_PATTERN],
  });
  return rows.map(toCommand).filter(({ body }) => isControl(body));
}

function toCommand({ seq, id, body, actor, correlation_id, received_at }: CommandRow): Command {
  return { seq: Number(seq), id, body, actor, correlationId: correlation_id, receivedAt: Number(received_at) };
}

async function pruneInChunks(pool: pg.Pool, text: string, before: Date, rowsMax: number): Promise<number> {
  let removed = 0;
  while (removed < rowsMax) {
    const { rowCount } = await query(pool, { text, values: [before, PRUNE_CHUNK_ROWS] });
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < PRUNE_CHUNK_ROWS) break;
  }
  return removed;
}

/** Whatever is no fault of the values becomes `CommandLogUnavailableError`. */
async function query<Row extends pg.QueryResultRow>(pool: pg.Pool, config: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
  try {
    return await pool.query<Row>({ ...config, query_timeout: QUERY_TIMEOUT_MS } as pg.QueryConfig);
  } catch (error) {
    if (isRefusedValue(error)) throw error;
    throw new CommandLogUnavailableError(`Postgres did not answer the command log: ${(error as Error).message}`, { cause: error });
  }
}

/** SQLSTATE classes 21 to 23: data that can never be stored, such as a NUL in a text or an id that is no UUID. */
function isRefusedValue(error: unknown): boolean {
  return /^2[123]/.test(String((error as { code?: unknown }).code));
}
