import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { sha256Hex } from '../../src/lib/hash.ts';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';
import { isAlive, withFileLock } from '../../src/ops/fileLock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { deployMigrations, migrationsDirectory } from '../../src/ops/migrate.ts';
import { administer, databaseUrl } from './postgresServer.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `url` of the server as its owner; `template` names the database with the current schema. */
    postgres: { url: string; template: string };
  }
}

const directory = fileURLToPath(new URL('../../.test', import.meta.url));
const server = join(directory, 'pg');
const runs = join(directory, 'runs');
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'].flatMap((flag) => ['-c', flag]);

/** One Postgres for all test runs of this checkout going on at the same time; the last one to end stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  mkdirSync(runs, { recursive: true });
  const mine = join(runs, String(process.pid));
  await exclusively(async () => {
    const alone = otherRuns().length === 0;
    writeFileSync(mine, '');
    const { url } = await ensureEmbeddedPostgres({ dir: server, flags: FAST });
    if (alone) await dropLeftovers(url);
    project.provide('postgres', { url, template: await template(url) });
  });
  return () =>
    exclusively(async () => {
      rmSync(mine, { force: true });
      if (otherRuns().length === 0) await stopEmbeddedPostgres(server);
    });
}

function exclusively(work: () => Promise<void>): Promise<void> {
  return withFileLock(join(directory, 'lock'), 300_000, work);
}

function otherRuns(): string[] {
  return readdirSync(runs).filter((pid) => Number(pid) !== process.pid && isAlive(Number(pid)));
}

/** Named after the migrations in it, so that a change of theirs makes a new one; migrated under another name first, so that it is whole. */
async function template(url: string): Promise<string> {
  const files = readdirSync(migrationsDirectory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
  const contents = files.sort().map((file) => `${file}\0${readFileSync(join(migrationsDirectory, file), 'utf8')}`);
  const name = `template_${sha256Hex(contents.join('\0')).slice(0, 16)}`;
  const { rowCount } = await administer(url, `SELECT FROM pg_database WHERE datname = '${name}'`);
  if (rowCount === 0) {
    await administer(url, 'DROP DATABASE IF EXISTS unfinished_template WITH (FORCE)');
    await administer(url, 'CREATE DATABASE unfinished_template');
    await deployMigrations({ url: databaseUrl(url, 'unfinished_template'), logger: silentLogger });
    await administer(url, `ALTER DATABASE unfinished_template RENAME TO ${name}`);
  }
  return name;
}

/** Databases of runs that were killed, and templates of older schemas. */
async function dropLeftovers(url: string): Promise<void> {
  const { rows } = await administer(url, "SELECT datname FROM pg_database WHERE datname ~ '^(test|template)_'");
  const current = await template(url);
  for (const { datname } of rows) if (datname !== current) await administer(url, `DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}
