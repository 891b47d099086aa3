import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { CcxtMarket } from './loadCcxt.ts';

/** Markets of a venue as ccxt listed them, kept on disk for the next start. */
export interface MarketCache {
  /** Null when there are none, or none that should still be used. */
  read(): Promise<readonly CcxtMarket[] | null>;
  /** Never rejects: the markets are had already, and the next start loads them again. */
  write(markets: readonly CcxtMarket[]): Promise<void>;
}

/** Where the caches of all connections are; null: nothing is kept. */
export interface MarketCacheOptions {
  readonly directory: string | null;
  readonly clock: Clock;
  /** ccxt exchange id. */
  readonly venue: string;
  /** All else that decides what is listed: market type, sandbox, where requests go. */
  readonly variant: unknown;
}

/** Steps, ticks and listings are asked for again right after a start; a list older than this is not even begun with, milliseconds. */
const AGE_MS_MAX = 7 * 24 * 60 * 60_000;
/** Of what is in the file: another form of it is none. */
const FORM = 1;

interface Stored {
  readonly form: number;
  readonly savedAt: number;
  readonly markets: readonly CcxtMarket[];
}

/** A few hundred kilobytes to some megabytes per venue, read in tens of milliseconds where the venue takes seconds. */
export function createMarketCache({ directory, clock, venue, variant }: MarketCacheOptions): MarketCache {
  if (directory === null) return { read: async () => null, write: async () => undefined };
  const file = join(directory, `${venue}-${sha256Hex(JSON.stringify(variant)).slice(0, 12)}.json`);
  return {
    read: async () => {
      try {
        const { form, savedAt, markets } = JSON.parse(await readFile(file, 'utf8')) as Stored;
        const age = clock.now() - savedAt;
        return form === FORM && age >= 0 && age <= AGE_MS_MAX && markets.length > 0 ? markets : null;
      } catch {
        return null;
      }
    },
    write: async (markets) => {
      const stored: Stored = { form: FORM, savedAt: clock.now(), markets };
      const half = `${file}.${process.pid}`;
      try {
        await mkdir(directory, { recursive: true });
        await writeFile(half, JSON.stringify(stored), { mode: 0o600 });
        await rename(half, file);
      } catch {
        // A disk that is full or read-only costs time at the next start and nothing else.
      }
    },
  };
}
