import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { until } from '../helpers/until.ts';
import { NO_OPENING } from '../helpers/venue/bench.ts';
import { accepted, btcOrder } from '../helpers/venue/ccxtOrders.ts';

const root = join(import.meta.dirname, '../..');
let data: string;
let child: ChildProcess | null = null;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'signalman-venue-'));
});
afterEach(() => {
  child?.kill();
  rmSync(data, { recursive: true });
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

it('npm run venue plays an exchange, and what it prints is all one needs to trade there', async () => {
  const port = await freePort();
  const flags = ['--import', 'tsx', 'scripts/venue.mjs', 'coinbase', '--port', String(port), '--data', data];
  const running = spawn(process.execPath, flags, { cwd: root });
  child = running;
  let output = '';
  running.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await until(() => output.includes('3. Make a hook'), { what: 'the instructions', timeoutMs: 30_000 });
  const config = join(data, 'venue-coinbase.json');
  expect(existsSync(config)).toBe(true);
  const { coinbase } = JSON.parse(readFileSync(config, 'utf8')) as { coinbase: { origins: Record<string, string> } };
  const credentials = JSON.parse(/echo '(.*)' \\/.exec(output)?.[1] ?? '{}') as Record<string, string>;
  const exchanges = createExchanges({
    venues: { coinbase: { origins: coinbase.origins, ccxt: {} } },
    clock: systemClock,
    logger: silentLogger,
    openCredentials: () => credentials,
  });
  const account = {
    id: 'a',
    name: 'a',
    venue: 'coinbase',
    market: 'spot',
    sandbox: false,
    sealedCredentials: null,
    settings: {},
    ownerId: null,
    enabled: true,
    createdAt: 0,
  } as const;
  const session = await exchanges.open(account, NO_OPENING);
  expect(accepted(await session.orders.place(btcOrder({ symbol: 'BTC/USD' }))).status).toBe('filled');
  await exchanges.closeAccount(account.id);
});
