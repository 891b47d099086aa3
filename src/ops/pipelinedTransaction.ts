import type pg from 'pg';

/** `name`d statements are prepared once per connection. */
export interface PipelinedStatement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * Sends a whole transaction, `BEGIN …` first, as one packet without waiting for an answer in between, and answers the results in
 * order. A statement that fails makes all behind it fail, and turns the commit into a rollback; the first failure is thrown. The
 * pool must have `pipeline: true`. `answerMsMax`: how long the commit may take before the connection is given up, milliseconds.
 */
export async function runPipelined(
  pool: pg.Pool,
  statements: readonly (PipelinedStatement | string)[],
  answerMsMax: number,
): Promise<pg.QueryResult[]> {
  const client: pg.PoolClient & Partial<Pick<pg.Client, 'connection'>> = await pool.connect();
  client.connection?.stream.cork();
  const answers = statements.map((statement) => client.query(statement as pg.QueryConfig | string));
  const commit = client.query({ text: 'COMMIT', query_timeout: answerMsMax } as pg.QueryConfig);
  client.connection?.stream.uncork();
  const results = await Promise.allSettled([...answers, commit]);
  const failed = results.find((result) => result.status === 'rejected');
  // An error of the server leaves the connection as it was; any other means that it is gone.
  client.release(failed !== undefined && sqlStateOf(failed.reason) === null);
  if (failed) throw failed.reason;
  const { command } = await commit;
  if (command !== 'COMMIT') throw new Error(`Postgres answered ${command} to COMMIT`);
  return Promise.all(answers);
}

/** Postgres's five-character error code, or null when the error did not come from the server. */
export function sqlStateOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}
