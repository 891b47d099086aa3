import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 300_000;

it('the parts of the bench that use our own modules run, and fill their tables', { timeout: TIMEOUT_MS }, async () => {
  const bench = ['scripts/bench/bench.mjs', '--trial', 'orders', 'paper', 'venue'];
  const { stdout } = await promisify(execFile)(process.execPath, bench, { cwd: root, timeout: TIMEOUT_MS });
  const lines = stdout.split('\n');
  for (const heading of ['## From the alert to the exchange', '## Orders at each exchange', '## Paper orders on the leader'])
    expect(lines).toContain(heading);
  for (const row of ['Binance', 'Bitget', 'Bybit', 'Coinbase', 'Kraken', 'OKX', 'in memory', 'Signalman'])
    expect(lines.filter((line) => line.startsWith(`| ${row}`)).length, `rows of ${row}`).toBeGreaterThan(0);
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
});
