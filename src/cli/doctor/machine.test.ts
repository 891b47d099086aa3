import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config/config.ts';
import { checkDataDirectory, checkNode, checkProxy } from './machine.ts';

it.each([
  ['v20.18.3', 'failure'],
  ['v20.19.0', 'ok'],
  ['v24.1.0', 'ok'],
  ['v18.20.0', 'failure'],
])('node %s: %s', (version, level) => {
  expect(checkNode(version).level).toBe(level);
});

it.each([
  [{}, 'warning', 'TradingView cannot reach'],
  [{ HOST: '0.0.0.0' }, 'warning', 'trusts no proxy'],
  [{ HOST: '0.0.0.0', TRUST_PROXY_HOPS: '1' }, 'ok', 'counts 1'],
])('the listening address with %j: %s', (environment, level, detail) => {
  const found = checkProxy(loadConfig(environment));
  expect(found.level).toBe(level);
  expect(found.detail).toContain(detail);
});

it('finds a key that others can read, and says how to close it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalman-doctor-'));
  try {
    const key = join(directory, 'secrets.key');
    writeFileSync(key, 'k', { mode: 0o600 });
    expect(checkDataDirectory(loadConfig({ DATA_DIR: directory })).level).toBe('ok');
    chmodSync(key, 0o644);
    expect(checkDataDirectory(loadConfig({ DATA_DIR: directory }))).toMatchObject({ level: 'failure', advice: `chmod 600 ${key}` });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
