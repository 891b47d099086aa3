// Removes from node_modules whatever no production dependency asks for. `npm ci --omit=dev` leaves optional peers of our
// dependencies in place when the lock file knows them: for us the whole Prisma CLI, some 250 MB. Used when an image is built.
//   node scripts/prune.mjs
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root, runMain } from './lib/process.mjs';

/** Directories of the packages that the package in `directory` needs, directly or not. */
function neededFrom(directory, needed = new Set()) {
  const manifest = readManifest(directory);
  const optionalPeers = manifest.peerDependenciesMeta ?? {};
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter((name) => !optionalPeers[name]?.optional);
  const names = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.optionalDependencies ?? {}), ...peers];
  for (const name of names) {
    const found = resolvePackage(name, directory);
    if (found === undefined || needed.has(found)) continue; // Optional ones for other platforms are not installed.
    needed.add(found);
    neededFrom(found, needed);
  }
  return needed;
}

/** Where Node would find `name` from `directory`. */
function resolvePackage(name, directory) {
  for (let from = directory; from.startsWith(root); from = dirname(from)) {
    const candidate = join(from, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

function installedIn(modules) {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((scoped) => join(name, scoped)) : [name]))
    .map((name) => join(modules, name))
    .flatMap((directory) => [directory, ...installedIn(join(directory, 'node_modules'))]);
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

await runMain('prune', () => {
  const needed = neededFrom(root);
  const surplus = installedIn(join(root, 'node_modules')).filter((directory) => !needed.has(directory));
  for (const directory of surplus) rmSync(directory, { recursive: true, force: true });
  rmSync(join(root, 'node_modules/.bin'), { recursive: true, force: true });
  process.stdout.write(
    `kept ${needed.size} packages, removed ${surplus.length}: ${surplus.map((path) => relative(join(root, 'node_modules'), path)).join(' ')}\n`,
  );
});
