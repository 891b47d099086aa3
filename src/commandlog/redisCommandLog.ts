import { readFileSync } from 'node:fs';
import type { Command } from '../domain/signal/command.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createWakeup } from '../ops/wakeup.ts';
import { createBatcher } from './batcher.ts';
import { type Appended, type CommandLog, CommandLogUnavailableError, type NewCommand } from './commandLog.ts';
import { channelOf, createRedisBus, type RedisBus } from './redisBus.ts';
import { createScript, openRedis, type RedisCall, RedisUnavailableError } from './redisConnection.ts';
import { decodeAppended, encodeCommand } from './redisEntries.ts';
import type { Incident } from './redisIncident.ts';
import { RedisLossWatch } from './redisLossWatch.ts';
import { createRedisMarks } from './redisMarks.ts';
import { type PersistenceReport, readPersistence } from './redisPersistence.ts';
import { RedisReader } from './redisReader.ts';

export interface RedisCommandLog extends CommandLog {
  /** Reads Redis's settings and says in plain words what may be lost. Rejects with `CommandLogUnavailableError`. */
  checkPersistence(): Promise<PersistenceReport>;
  /** Removes what lies below the oldest open command, and instances that are gone. `now`: epoch ms. Returns how many entries went. */
  prune(now: number): Promise<number>;
  /** Makes a small durable write, so that a full or read-only Redis is noticed. Rejects when it cannot. */
  probe(): Promise<void>;
}

export interface RedisCommandLogOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** Commands that may wait to be stored. */
  readonly maxQueue: number;
  /** Name of this instance, as XINFO CONSUMERS shows it. */
  readonly consumer: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told, besides the log, of what a person must know: commands lost by Redis, entries set aside. */
  readonly onIncident?: (incident: Incident) => void;
  /** First part of every key: logs with different prefixes are apart. */
  readonly prefix?: string;
  readonly clock?: Clock;
}

const GROUP = 'signalman';
const BATCH_SIZE_MAX = 500;
/** TradingView waits 3 s for its answer (support article 43000529348). */
const APPEND_DEADLINE_MS = 2_500;
/** An append in doubt is tried again within seconds, if at all. */
const ID_MEMORY_MS = 3_600_000;
const IDLE_CONSUMER_MS = 86_400_000;
const PARKED_RETENTION_MS = 30 * 86_400_000;
const PROBE_MEMORY_MS = 60_000;
const NEWS = 'commands';

const script = (name: string) => createScript(readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'));
const appendCommands = script('appendCommands');
const commandLag = script('commandLag');
const removeIdleConsumers = script('removeIdleConsumers');

/**
 * ② The command log as a Redis stream with one consumer group. Appends that wait for each other share one script call, which
 * is as durable as Redis is set up to be (`checkPersistence`). Needs Redis 7.0.
 *
 * `seq` is the time in microseconds at which Redis stored the command, or one more than the last: it grows even when Redis was
 * emptied or set back to an older state, so a leader's place in the log never hides a later command. What an emptied Redis
 * takes with it is reported as an incident: commands not yet carried out, and the memory of keys and ids, so that a repeat
 * of an earlier alert is then taken for a new one.
 */
export function createRedisCommandLog(options: RedisCommandLogOptions): RedisCommandLog {
  const { url, maxQueue, consumer, logger, metrics, prefix = 'signalman', clock = systemClock } = options;
  // The braces keep all keys on one node of a Redis cluster, as one script call needs.
  const keys = { stream: `{${prefix}}:commands`, parked: `{${prefix}}:commands:parked`, probe: `{${prefix}}:probe` };
  const connection = openRedis({ url, name: `${prefix}-commands`, logger });
  const appendSeconds = metrics.stageSeconds.labels('append');
  const wakeup = createWakeup(clock);
  let bus: RedisBus | null = null;

  const call: RedisCall = async (work) => {
    try {
      return await connection.call(work);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      throw new CommandLogUnavailableError(error.message, { cause: error });
    }
  };
  const report = (incident: Incident): void => {
    logger.error({ incident }, incident.text);
    options.onIncident?.(incident);
  };
  const watch = new RedisLossWatch(report);
  const reader = new RedisReader({ watch, call, keys, group: GROUP, consumer, report });

  const limits = { sizeMax: BATCH_SIZE_MAX, queueMax: maxQueue, deadlineMs: APPEND_DEADLINE_MS };
  const appends = createBatcher<NewCommand, Appended>({
    ...limits,
    run: async (commands) => {
      const args = appendArguments(commands, keys.stream, prefix);
      const sent = watch.sending();
      const { lastBefore, appended } = decodeAppended(await call((redis) => appendCommands.run(redis, 1 + 3 * commands.length, args)));
      const stored = appended.flatMap((result) => (result.kind === 'stored' ? [result.seq] : []));
      watch.answered(sent, lastBefore, stored.at(-1));
      if (stored.length > 0) wakeup.signal();
      return appended;
    },
  });
  const marks = createRedisMarks({ connection, call, stream: keys.stream, group: GROUP, consumer, ...limits, logger });

  return {
    append: async (command) => {
      const startedAt = clock.monotonic();
      const appended = await appends.add(command);
      appendSeconds.observe((clock.monotonic() - startedAt) / 1000);
      return appended;
    },
    read: async (afterSeq, limit): Promise<Command[]> => {
      wakeup.looking();
      return reader.read(afterSeq, limit);
    },
    readControl: async () => [], // They travel in a lane of their own (controlLane.ts).
    waitForMore: async (timeoutMs, signal) => {
      if (!bus) {
        bus = createRedisBus({ url, prefix, logger, clock });
        bus.subscribe(NEWS, wakeup.signal);
      }
      await wakeup.wait(timeoutMs, signal);
    },
    acknowledge: (seqs) => marks.add(seqs),
    lag: async () => {
      const lag = Number(await call((redis) => commandLag.run(redis, 1, [keys.stream, GROUP])));
      metrics.commandLag.set(lag);
      return lag;
    },
    checkPersistence: () => call(readPersistence),
    prune: async (now) => {
      await call((redis) => removeIdleConsumers.run(redis, 1, [keys.stream, GROUP, IDLE_CONSUMER_MS]));
      const parked = await call((redis) => redis.xtrim(keys.parked, 'MINID', '=', `${Math.max(0, now - PARKED_RETENTION_MS)}-0`));
      return parked + (await marks.trim());
    },
    probe: async () => {
      await call((redis) => redis.set(keys.probe, consumer, 'PX', PROBE_MEMORY_MS));
    },
    close: async () => {
      await Promise.all([appends.close(), marks.close(), bus?.close()]);
      connection.close();
    },
  };
}

function appendArguments(commands: readonly NewCommand[], stream: string, prefix: string): (string | number)[] {
  const memories = commands.flatMap(({ id, dedupe, nonce }) => {
    const idKey = `{${prefix}}:id:${id}`;
    return [idKey, ...[dedupe, nonce].map((claim) => (claim ? `{${prefix}}:key:${claim.key}` : idKey))];
  });
  const values = commands.flatMap((command) => {
    const { id, dedupe, nonce } = command;
    return [id, encodeCommand(command), dedupe?.contentHash ?? '', dedupe?.ttlMs ?? '', nonce?.ttlMs ?? ''];
  });
  return [stream, ...memories, channelOf(prefix, NEWS), ID_MEMORY_MS, ...values];
}
