import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyRing, createSecretBox } from './secrets.ts';
import { dropPreviousKeys, readKeyFiles, renewKeyFile } from './secretsKeyFile.ts';

describe('the key files', () => {
  let dir = '';
  let path = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'signalman-secrets-'));
    path = join(dir, 'secrets.key');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('are made once, kept, and readable by their owner only', () => {
    const data = join(dir, 'a', 'b');
    const keys = readKeyFiles(data);
    expect(keys).toHaveLength(1);
    expect(readKeyFiles(data)).toEqual(keys);
    expect(statSync(join(data, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(data)).toEqual(['secrets.key']);
  });

  it('are closed to others again when a copy had opened them', () => {
    const keys = readKeyFiles(dir);
    chmodSync(path, 0o644);
    expect(readKeyFiles(dir)).toEqual(keys);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(['half', '', `${'A'.repeat(43)}=\n${'B'.repeat(43)}=`])('are never replaced when damaged: %j', (text) => {
    writeFileSync(path, text);
    expect(() => readKeyFiles(dir)).toThrow('secrets.key');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('change the key and keep the old ones until they are dropped', () => {
    const [first = ''] = readKeyFiles(dir);
    const sealed = createSecretBox(first).seal('s', 'a');
    renewKeyFile(dir);
    renewKeyFile(dir);
    const keys = readKeyFiles(dir);
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).not.toBe(first);
    expect(createKeyRing(() => readKeyFiles(dir)).open(sealed, 'a')).toBe('s');
    expect(readdirSync(dir).map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(dropPreviousKeys(dir)).toBe(true);
    expect(readKeyFiles(dir)).toEqual(keys.slice(0, 1));
    expect(dropPreviousKeys(dir)).toBe(false);
  });

  it('open everything when a change was cut short between its two steps', () => {
    const [first = ''] = readKeyFiles(dir);
    renewKeyFile(dir);
    writeFileSync(path, `${first}\n`); // As if the process had died before the new key took its place.
    expect(existsSync(`${path}.previous`)).toBe(true);
    expect(readKeyFiles(dir)).toEqual([first]);
  });
});
