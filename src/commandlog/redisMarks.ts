import { readFileSync } from 'node:fs';
import type { Logger } from '../ops/logger.ts';
import { createBatcher } from './batcher.ts';
import { createScript, type RedisCall, type RedisConnection } from './redisConnection.ts';

/** Marks of commands that were carried out. */
export interface RedisMarks {
  /** Resolves when all are marked; what lies below the oldest unmarked command is removed on the way. */
  add(seqs: readonly number[]): Promise<void>;
  /** Removes what lies below the oldest unmarked command. Returns how many entries went. */
  trim(): Promise<number>;
  close(): Promise<void>;
}

export interface RedisMarksOptions {
  readonly connection: RedisConnection;
  readonly call: RedisCall;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly sizeMax: number;
  readonly queueMax: number;
  readonly deadlineMs: number;
  readonly logger: Logger;
}

/** How many are kept to be made again when Redis comes back: a machine that crashed may have forgotten those of its last seconds. */
const KEPT_MAX = 5_000;

const acknowledgeCommands = createScript(readFileSync(new URL('./lua/acknowledgeCommands.lua', import.meta.url), 'utf8'));

export function createRedisMarks(options: RedisMarksOptions): RedisMarks {
  const { connection, call, stream, group, consumer, logger } = options;
  const kept: number[] = [];

  async function acknowledge(seqs: readonly number[]): Promise<number> {
    return Number(await call((redis) => acknowledgeCommands.run(redis, 1, [stream, group, consumer, ...seqs])));
  }

  const batches = createBatcher<number, true>({
    sizeMax: options.sizeMax,
    queueMax: options.queueMax,
    deadlineMs: options.deadlineMs,
    run: async (seqs) => {
      await acknowledge(seqs);
      kept.push(...seqs);
      kept.splice(0, Math.max(0, kept.length - KEPT_MAX));
      return seqs.map(() => true);
    },
  });

  connection.redis.on('ready', () => {
    if (kept.length === 0) return;
    acknowledge(kept).catch((error: unknown) => logger.debug({ err: error }, 'marks could not be made again'));
  });

  return {
    add: async (seqs) => {
      await Promise.all(seqs.map((seq) => batches.add(seq)));
    },
    trim: () => acknowledge([]),
    close: () => batches.close(),
  };
}
