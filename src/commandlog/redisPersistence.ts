import type { Redis } from 'ioredis';

/** How much of what Redis has confirmed survives: everything, all but about a second, less, or it cannot be told. */
export type Durability = 'always' | 'about a second' | 'weak' | 'unknown';

export interface PersistenceReport {
  readonly durability: Durability;
  /** Plain sentences for a person: first what may be lost, then what else is wrong. Never empty. */
  readonly lines: readonly string[];
}

const SETTINGS = ['appendonly', 'appendfsync', 'save', 'maxmemory', 'maxmemory-policy'] as const;
type Settings = Readonly<Record<(typeof SETTINGS)[number], string | null>>;

/** Streams tell which entries were removed, and keep count of them, since this version. */
const VERSION_MIN = 7;
const REMEDY = 'Set "appendonly yes" and "appendfsync always" in redis.conf.';

/** Reads Redis's settings and says what may be lost. A forbidden CONFIG or INFO is an answer too; other errors are thrown. */
export async function readPersistence(redis: Redis): Promise<PersistenceReport> {
  const settings = await readSettings(redis);
  const info = await unlessForbidden(redis.info());
  return judgePersistence(settings, info ?? '');
}

async function readSettings(redis: Redis): Promise<Settings> {
  const read = async (name: string) => {
    const reply = (await unlessForbidden(redis.config('GET', name))) as string[] | null;
    return reply?.[1] ?? null;
  };
  const [appendonly, appendfsync, save, maxmemory, policy] = await Promise.all(SETTINGS.map(read));
  return {
    appendonly: appendonly ?? null,
    appendfsync: appendfsync ?? null,
    save: save ?? null,
    maxmemory: maxmemory ?? null,
    'maxmemory-policy': policy ?? null,
  };
}

/** Managed Redis forbids CONFIG by ACL (NOPERM) or by renaming it away (unknown command). */
async function unlessForbidden<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (/^(NOPERM|ERR unknown command|ERR unknown subcommand)/i.test((error as Error).message)) return null;
    throw error;
  }
}

/** The rules, apart from Redis. `info` is the text of INFO. */
export function judgePersistence(settings: Settings, info: string): PersistenceReport {
  const { durability, line } = durabilityOf(settings);
  const lines = [line];
  const version = /^redis_version:(\d+)/m.exec(info)?.[1];
  if (version && Number(version) < VERSION_MIN) lines.push(`Redis ${version} is too old: the command log needs ${VERSION_MIN}.0 or newer.`);
  if (/^aof_last_write_status:err/m.test(info)) lines.push('Redis could not write its append-only file the last time it tried.');
  const policy = settings['maxmemory-policy'];
  if (policy !== null && policy !== 'noeviction' && settings.maxmemory !== '0') {
    lines.push(
      `When its memory is full Redis throws away data (maxmemory-policy ${policy}): accepted alerts could vanish and repeats be taken for new. Set "maxmemory-policy noeviction".`,
    );
  }
  return { durability, lines };
}

function durabilityOf({ appendonly, appendfsync, save }: Settings): { durability: Durability; line: string } {
  if (appendonly === null || (appendonly === 'yes' && appendfsync === null)) {
    return {
      durability: 'unknown',
      line: `Redis does not show its settings, so what a crash would lose cannot be told. ${REMEDY}`,
    };
  }
  if (appendonly !== 'yes') {
    const kept = save ? 'everything since its last snapshot' : 'everything';
    return {
      durability: 'weak',
      line: `Redis writes no append-only file: when it restarts it loses ${kept}: alerts accepted and not yet carried out, and which ones were seen before. ${REMEDY}`,
    };
  }
  if (appendfsync === 'always') {
    return {
      durability: 'always',
      line: 'An accepted alert survives a crash of Redis and of its machine. A lost disk, or a failover to a replica that lags behind, can still lose the last ones.',
    };
  }
  if (appendfsync === 'everysec') {
    return {
      durability: 'about a second',
      // A write may wait two seconds for a sync under way (redis.conf, appendfsync).
      line: `A crash of Redis or of its machine can lose the alerts accepted in the last second or two. ${REMEDY}`,
    };
  }
  return {
    durability: 'weak',
    line: `Redis leaves it to the system when to write to disk (appendfsync ${appendfsync}): a crash of its machine can lose the alerts of the last half minute. ${REMEDY}`,
  };
}
