import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withFileLock } from './fileLock.ts';

const directory = mkdtempSync(join(tmpdir(), 'signalman-lock-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('one at a time within a process, in order, also after one fails', async () => {
  const path = join(directory, 'order');
  const log: string[] = [];
  const work = (name: string) =>
    withFileLock(path, 60_000, async () => {
      log.push(`${name} in`);
      await Promise.resolve();
      log.push(`${name} out`);
      if (name === 'b') throw new Error('b failed');
    });
  const results = await Promise.allSettled(['a', 'b', 'c'].map(work));
  expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it.each([
  { name: 'a process that is gone', holder: 4_194_305, ageMs: 0 }, // One more than the greatest process number Linux gives.
  { name: 'our own number in an earlier life', holder: process.pid, ageMs: 0 },
  { name: 'another live process, but longer ago than any work lasts', holder: process.ppid, ageMs: 120_000 },
])('takes over the lock of $name', async ({ holder, ageMs }) => {
  const path = join(directory, `stale-${holder}`);
  writeFileSync(path, String(holder));
  const then = (Date.now() - ageMs) / 1000;
  utimesSync(path, then, then);
  expect(await withFileLock(path, 60_000, async () => 'done')).toBe('done');
});
