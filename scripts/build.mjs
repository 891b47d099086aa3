// Builds what is missing or stale, and nothing else: the Prisma client (from prisma/schema), then dist/ (from src/).
//   node scripts/build.mjs [--client-only] [--force]
// Freshness is a hash of the inputs kept beside the output, so touching a file or switching branches back costs nothing.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { root, runMain, runTool, ScriptError } from './lib/process.mjs';

const clientDirectory = join(root, 'src/ledger/generated');
const distDirectory = join(root, 'dist');
const lockFile = join(root, '.build.lock');

const client = {
  name: 'Prisma client',
  stamp: join(clientDirectory, '.built-from'),
  inputs: () => [...filesUnder(join(root, 'prisma'), (name) => name.endsWith('.prisma')), join(root, 'prisma.config.ts'), prismaManifest()],
  build: generateClient,
};

const dist = {
  name: 'dist',
  stamp: join(distDirectory, '.built-from'),
  inputs: () => [
    ...filesUnder(join(root, 'src'), (name) => !name.endsWith('.test.ts')),
    ...['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name)),
  ],
  build: compileDist,
};

/** Generates the Prisma client unless it is already that of the present schema. */
export const ensureClient = (options) => ensure([client], options);

/** Generates the client and compiles src to dist, each unless it is fresh. */
export const ensureDist = (options) => ensure([client, dist], options);

async function ensure(targets, { force = false } = {}) {
  if (!force && targets.every(isFresh)) return;
  await withLock(lockFile, async () => {
    for (const target of targets) {
      if (!force && isFresh(target)) continue; // Another process built it while we waited for the lock.
      const startedAt = performance.now();
      const builtFrom = fingerprint(target.inputs()); // Taken first: an edit made during the build leaves the result stale.
      await target.build();
      writeFileSync(target.stamp, builtFrom);
      process.stdout.write(`built ${target.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    }
  });
}

function isFresh({ stamp, inputs }) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(inputs());
}

async function generateClient() {
  const environment = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  const { code, output } = await runTool('prisma', ['generate'], { environment });
  if (code !== 0 || !existsSync(clientDirectory)) {
    process.stderr.write(output);
    throw new ScriptError('the Prisma client could not be generated from prisma/schema (see above)');
  }
}

/** Compiles beside dist and swaps, so that a failed build leaves the last good one in place. */
async function compileDist() {
  const next = `${distDirectory}.next`;
  const previous = `${distDirectory}.previous`;
  rmSync(next, { recursive: true, force: true });
  const { code, output } = await runTool('tsc', ['-p', 'tsconfig.build.json', '--outDir', next, '--noEmitOnError']);
  if (code !== 0) {
    process.stderr.write(output);
    throw new ScriptError('TypeScript found mistakes (see above); dist is left as it was');
  }
  copyAssets(next);
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(distDirectory)) renameSync(distDirectory, previous);
  renameSync(next, distDirectory);
  rmSync(previous, { recursive: true, force: true });
}

/** What the code reads at run time and tsc leaves behind: SQL, Lua, HTML. */
function copyAssets(directory) {
  for (const file of filesUnder(join(root, 'src'), (name) => !name.endsWith('.ts') && name !== '.built-from')) {
    cpSync(file, join(directory, relative(join(root, 'src'), file)));
  }
}

function prismaManifest() {
  return join(root, 'node_modules/prisma/package.json');
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(relative(root, file))
      .update('\0')
      .update(existsSync(file) ? readFileSync(file) : '')
      .update('\0');
  return hash.digest('hex');
}

/** Files below `directory` whose name fits, in an order that does not depend on the file system. */
function filesUnder(directory, fits) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && fits(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain('build', async () => {
    const unknown = process.argv.slice(2).filter((argument) => !['--client-only', '--force'].includes(argument));
    if (unknown.length > 0) throw new ScriptError(`unknown option ${unknown[0]}; there are --client-only and --force`);
    const options = { force: process.argv.includes('--force') };
    await (process.argv.includes('--client-only') ? ensureClient(options) : ensureDist(options));
  });
}
