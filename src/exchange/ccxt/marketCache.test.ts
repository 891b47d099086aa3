import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CcxtMarket } from './loadCcxt.ts';
import { createMarketCache } from './marketCache.ts';

const DAY_MS = 86_400_000;
const btc = { id: 'BTCUSDT', symbol: 'BTC/USDT' } as CcxtMarket;
let directory: string;
let now: number;
const clock: Clock = { ...systemClock, now: () => now };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'markets-'));
  now = 100 * DAY_MS;
});
afterEach(() => rm(directory, { recursive: true }));

const cacheOf = (variant: unknown = 'spot', where: string | null = directory) =>
  createMarketCache({ directory: where, clock, venue: 'binance', variant });

it('keeps markets for the next start, a week long', async () => {
  expect(await cacheOf().read()).toBeNull();
  await cacheOf().write([btc]);
  expect(await cacheOf().read()).toEqual([btc]);
  expect(await cacheOf('swap').read()).toBeNull();
  now += 8 * DAY_MS;
  expect(await cacheOf().read()).toBeNull();
});

it('takes nothing from a clock ahead of ours, from an empty list, or from half a file', async () => {
  await cacheOf().write([btc]);
  now -= DAY_MS;
  expect(await cacheOf().read()).toBeNull();
  now += DAY_MS;
  await cacheOf('none').write([]);
  expect(await cacheOf('none').read()).toBeNull();
  for (const file of await readdir(directory)) await writeFile(join(directory, file), '{"form":1,"mark');
  expect(await cacheOf().read()).toBeNull();
});

it('does without a place to keep them', async () => {
  const nowhere = cacheOf('spot', null);
  await nowhere.write([btc]);
  expect(await nowhere.read()).toBeNull();
  const unusable = cacheOf('spot', join(directory, 'file', 'below'));
  await writeFile(join(directory, 'file'), '');
  await unusable.write([btc]);
  expect(await unusable.read()).toBeNull();
});
