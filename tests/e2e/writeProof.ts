import { readFileSync } from 'node:fs';
import pg from 'pg';

const SQL = readFileSync(new URL('writeProof.sql', import.meta.url), 'utf8');

/** A committed transaction that wrote the ledger. `claimed`: the epoch its writer believed in; `highest`: the newest there was at its commit. */
export interface ProvenWrite {
  readonly claimed: number | null;
  readonly highest: number;
  /** `application_name` of the session. */
  readonly session: string;
  readonly written: string;
}

/** From now on the database itself notes under which epoch its ledger is written. Before the first instance connects: it prepares its statements. */
export function installWriteProof(databaseUrl: string): Promise<void> {
  return withClient(databaseUrl, async (client) => void (await client.query(SQL)));
}

export async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'the tests' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** I3: transactions that wrote without claiming an epoch, from a session that is not for writing, or when a newer epoch had begun. */
export function wrongWrites(writes: readonly ProvenWrite[]): string[] {
  return writes
    .filter(({ claimed, highest, session }) => claimed === null || claimed < highest || !session.endsWith(' writer'))
    .map(({ claimed, highest, session, written }) => `I3: ${session} wrote ${written} as epoch ${claimed} when it was epoch ${highest}`);
}
