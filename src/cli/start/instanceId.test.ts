import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/config.ts';
import { nameInstance } from './instanceId.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalman-name-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => join(directory, 'instance');
const embedded = (more: Record<string, string> = {}) => loadConfig({ DATA_DIR: directory, ...more });

/** As if the process that wrote the file were `pid`. */
function writtenBy(pid: number): void {
  writeFileSync(file(), readFileSync(file(), 'utf8').replace(/\n\d+\n$/, `\n${pid}\n`));
}

describe('on the embedded database', () => {
  it('a name outlives its process, and what held the lease before is known', async () => {
    const first = nameInstance(embedded());
    expect(first).toMatchObject({ holder: expect.stringMatching(/#[0-9a-f]{12}$/), predecessor: null });
    writtenBy(await pidOfTheDead());
    const second = nameInstance(embedded());
    expect(second).toMatchObject({ id: first.id, predecessor: first.holder });
    expect(second.holder).not.toBe(first.holder);
  });

  it('a process beside a running one has a name of its own and takes nothing over', () => {
    const first = nameInstance(embedded());
    writtenBy(process.ppid);
    const second = nameInstance(embedded());
    expect(second.predecessor).toBeNull();
    expect(second.id).not.toBe(first.id);
    expect(readFileSync(file(), 'utf8')).toContain(first.holder);
  });

  it('INSTANCE_ID names it, whatever it was called before', () => {
    const first = nameInstance(embedded());
    expect(nameInstance(embedded({ INSTANCE_ID: 'mine' }))).toMatchObject({ id: 'mine', predecessor: first.holder });
  });
});

it('on a database of its own nobody is taken for dead: two processes of one name are two holders', () => {
  const config = embedded({ DATABASE_URL: 'postgres://db/x', SECRETS_KEY: Buffer.alloc(32).toString('base64'), INSTANCE_ID: 'same' });
  const names = [nameInstance(config), nameInstance(config)];
  expect(names).toMatchObject([
    { id: 'same', predecessor: null },
    { id: 'same', predecessor: null },
  ]);
  expect(names[0]?.holder).not.toBe(names[1]?.holder);
  expect(existsSync(file())).toBe(false);
});

function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', () => resolve(child.pid ?? 0)));
}
