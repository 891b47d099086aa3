import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createScript } from '../commandlog/redisConnection.ts';
import { BANS_MAX, type Ban, banLengths, keysOf, PAST_KEPT_MS, type Subject, subjectKey } from './banBook.ts';
import type { BanSettings } from './banList.ts';
import type { RedisStore } from './redisStore.ts';

const script = (name: string) => createScript(readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'));
const countViolation = script('countViolation');
const saveBan = script('saveBan');

/** Bans whose past is over, removed per look. */
const FORGOTTEN_PER_LOOK = 1_000;

export interface Counted {
  readonly count: number;
  /** Until the window of the count ends. */
  readonly leftMs: number;
  readonly ban: Ban | null;
  /** The violation counted is the one that made the ban. */
  readonly isNew: boolean;
}

export interface Edition {
  /** Another one than before: Redis has lost what it had. */
  readonly generation: string;
  /** Rises with every ban made, saved or removed. */
  readonly version: number;
}

export interface SharedBans {
  readonly version: number;
  /** Those in force, and those whose past still counts. */
  readonly bans: readonly Ban[];
}

/** Bans and violations as Redis keeps them. Every answer is null while it is away. */
export interface RedisBanStore {
  count(subject: Subject): Promise<Counted | null>;
  save(bans: readonly Ban[]): Promise<true | null>;
  /** Removes bans of an address that began before then, and its violations. */
  remove(address: string, begunBefore: number): Promise<true | null>;
  edition(): Promise<Edition | null>;
  /** `now`: epoch ms. */
  load(now: number): Promise<SharedBans | null>;
}

/** The scripts go by Redis's clock, which is the same for everybody. `keyPrefix` is in braces, so that a script may touch all keys in a cluster. */
export function createRedisBanStore(store: RedisStore, keyPrefix: string, settings: BanSettings): RedisBanStore {
  const keys = { bans: `${keyPrefix}:bans`, version: `${keyPrefix}:bans:version`, generation: `${keyPrefix}:bans:generation` };
  const violationsOf = (key: string): string => `${keyPrefix}:violations:${key}`;
  const { firstMs, longestMs } = banLengths(settings);
  const limits = [settings.banThreshold, settings.banWindowSec, firstMs, longestMs, PAST_KEPT_MS, BANS_MAX];
  return {
    count: (subject) =>
      store.attempt(async (redis) => {
        const key = subjectKey(subject);
        const args = [violationsOf(key), keys.bans, keys.version, key, ...limits, subject.address, subject.shared ? 1 : 0];
        const [count, leftMs, text, isNew] = (await countViolation.run(redis, 3, args)) as [number, number, string, number];
        return { count, leftMs, ban: decodeBan(text), isNew: isNew === 1 };
      }),
    save: (bans) =>
      store.attempt(async (redis) => {
        for (const ban of bans) await saveBan.run(redis, 2, [keys.bans, keys.version, subjectKey(ban.subject), encodeBan(ban)]);
        return true as const;
      }),
    remove: (address, begunBefore) =>
      store.attempt(async (redis) => {
        const own = keysOf(address);
        const stored = await redis.hmget(keys.bans, ...own);
        const due = own.filter((_, i) => (decodeBan(stored[i] ?? '')?.since ?? 0) < begunBefore);
        if (due.length === 0) return true as const;
        const removal = redis.multi().hdel(keys.bans, ...due);
        await removal
          .del(...due.map(violationsOf))
          .incr(keys.version)
          .exec();
        return true as const;
      }),
    edition: () =>
      store.attempt(async (redis) => {
        const [version, known] = await redis.mget(keys.version, keys.generation);
        if (known !== null && known !== undefined) return { generation: known, version: Number(version ?? 0) };
        await redis.set(keys.generation, randomUUID(), 'NX');
        return { generation: (await redis.get(keys.generation)) ?? '', version: Number(version ?? 0) };
      }),
    load: (now) =>
      store.attempt(async (redis) => {
        const answers = await redis.multi().get(keys.version).hgetall(keys.bans).exec();
        const [[, version] = [], [, stored] = []] = answers ?? [];
        const all = Object.entries((stored ?? {}) as Record<string, string>).map(([key, text]) => ({ key, ban: decodeBan(text) }));
        const over = all.filter(({ ban }) => ban === null || now > ban.until + PAST_KEPT_MS).slice(0, FORGOTTEN_PER_LOOK);
        if (over.length > 0) await redis.hdel(keys.bans, ...over.map(({ key }) => key));
        return { version: Number(version ?? 0), bans: all.flatMap(({ ban }) => ban ?? []) };
      }),
  };
}

export function encodeBan({ subject, since, until, level }: Ban): string {
  return JSON.stringify({ ...subject, since, until, level });
}

/** Null for what is no ban. */
export function decodeBan(text: string): Ban | null {
  if (text === '') return null;
  try {
    const { address, shared, since, until, level } = JSON.parse(text) as Record<string, unknown>;
    const sound = typeof address === 'string' && typeof since === 'number' && typeof until === 'number' && typeof level === 'number';
    return sound ? { subject: { address, shared: shared === true }, since, until, level } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
