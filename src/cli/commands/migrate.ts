import { join, resolve } from 'node:path';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../ops/embeddedPostgres.ts';
import { createLogger } from '../../ops/logger.ts';
import { deployMigrations } from '../../ops/migrate.ts';
import { CliError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';

export const migrateCommand: CliCommand = {
  name: 'migrate',
  usage: '',
  summary: "Bring the database to this version's schema (start does it too)",
  details: ['Uses DATABASE_URL, else the embedded Postgres under DATA_DIR.'],
  arguments: [0, 0],
  async run({ environment, print }) {
    const applied = await (environment.DATABASE_URL ? migrate(environment.DATABASE_URL) : migrateEmbedded(environment.DATA_DIR)).catch(
      (error: Error) => {
        throw new CliError(`The database was not migrated. ${error.message}`);
      },
    );
    print({ applied }, () =>
      applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length}:\n${applied.map((name) => `  ${name}`).join('\n')}`,
    );
    return undefined;
  },
};

function migrate(url: string): Promise<string[]> {
  return deployMigrations({ url, logger: createLogger({ level: 'warn', instance: 'migrate' }) });
}

/** Leaves the embedded server as it was found: running with its instance, or stopped. */
async function migrateEmbedded(dataDir: string | undefined): Promise<string[]> {
  const dir = join(resolve(dataDir || '.data'), 'postgres');
  const { url, started } = await ensureEmbeddedPostgres({ dir });
  try {
    return await migrate(url);
  } finally {
    if (started) await stopEmbeddedPostgres(dir);
  }
}
