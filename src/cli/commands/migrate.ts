import { join, resolve } from 'node:path';
import { ensureEmbeddedPostgres } from '../../ops/embeddedPostgres.ts';
import { createLogger } from '../../ops/logger.ts';
import { deployMigrations } from '../../ops/migrate.ts';
import { type CliCommand, CliError } from '../command.ts';

export const migrateCommand: CliCommand = {
  name: 'migrate',
  usage: '',
  summary: "Bring the database to this version's schema (start does it too)",
  details: ['Uses DATABASE_URL, else the embedded Postgres under DATA_DIR.'],
  arguments: [0, 0],
  async run({ environment, print }) {
    const url = environment.DATABASE_URL || (await embeddedUrl(environment.DATA_DIR));
    const logger = createLogger({ level: environment.LOG_LEVEL || 'warn', instance: 'migrate' });
    const applied = await deployMigrations({ url, logger }).catch((error: Error) => {
      throw new CliError(`The database was not migrated. ${error.message}`);
    });
    print({ applied }, () =>
      applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length}:\n${applied.map((name) => `  ${name}`).join('\n')}`,
    );
    return undefined;
  },
};

async function embeddedUrl(dataDir: string | undefined): Promise<string> {
  const { url } = await ensureEmbeddedPostgres({ dir: join(resolve(dataDir || '.data'), 'postgres') });
  return url;
}
