import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres, superviseEmbeddedPostgres } from '../../ops/embeddedPostgres.ts';
import type { Logger } from '../../ops/logger.ts';
import { deployMigrations } from '../../ops/migrate.ts';
import { createKeyRing, type KeyRing } from '../../ops/secrets.ts';
import { readKeyFiles } from '../../ops/secretsKeyFile.ts';
import type { Shutdown } from '../../ops/shutdown.ts';
import { type Connections, openConnections } from './connections.ts';

export interface Storage {
  readonly connections: Connections;
  readonly box: KeyRing;
  /** Where the keys of `box` come from. */
  readonly keySource: 'environment' | 'file';
  /** Token of the command line on this machine; null with a database elsewhere, where `ADMIN_API_TOKEN` serves. */
  readonly localToken: string | null;
  readonly embedded: boolean;
  readonly url: string;
}

/** Brings up the database (the embedded one where none is configured), its schema, and the key that opens its secrets. */
export async function openStorage(options: {
  readonly config: Config;
  readonly instance: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly shutdown: Shutdown;
}): Promise<Storage> {
  const { config, instance, logger, shutdown } = options;
  const embedded = config.database.url === null;
  const url = config.database.url ?? (await startEmbedded(options));
  const applied = await deployMigrations({ url, logger });
  if (applied.length > 0) logger.info({ migrations: applied }, 'database migrated');
  const connections = openConnections({ database: config.database, url, instance, logger });
  shutdown.on('close', 'database connections', async () => {
    await connections.close();
    if (embedded) await stopEmbeddedPostgres(join(config.database.dataDir, 'postgres'));
  });
  const { dataDir } = config.database;
  const { key, previousKeys } = config.secrets;
  const box = createKeyRing(key === null ? () => readKeyFiles(dataDir) : () => [key, ...previousKeys.filter((other) => other !== key)]);
  const keySource = key === null ? 'file' : 'environment';
  return { connections, box, keySource, localToken: embedded ? loadOrCreateToken(dataDir) : null, embedded, url };
}

async function startEmbedded({
  config,
  logger,
  clock,
  shutdown,
}: {
  config: Config;
  logger: Logger;
  clock: Clock;
  shutdown: Shutdown;
}): Promise<string> {
  const dir = join(config.database.dataDir, 'postgres');
  const { url, started } = await ensureEmbeddedPostgres({ dir });
  logger.info({ dir, started }, started ? 'embedded Postgres started' : 'embedded Postgres was already running');
  const supervision = new AbortController();
  shutdown.on('stepDown', 'database supervision', () => supervision.abort());
  void superviseEmbeddedPostgres({ dir, logger, clock, signal: supervision.signal });
  return url;
}

function loadOrCreateToken(dataDir: string): string {
  const path = join(dataDir, 'admin-token');
  mkdirSync(dataDir, { recursive: true });
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
