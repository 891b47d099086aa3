import { type CommandLog, CommandLogUnavailableError } from '../../commandlog/commandLog.ts';
import { withControlLane } from '../../commandlog/controlLane.ts';
import { createPostgresCommandLog } from '../../commandlog/postgresCommandLog.ts';
import type { RedisCommandLog } from '../../commandlog/redisCommandLog.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Breaker, BreakerOpenError } from '../../ops/breaker.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { Breakers } from './breakers.ts';
import type { Connections } from './connections.ts';

/** ② The log as an instance uses it. */
export interface InstanceLog extends CommandLog {
  /** Removes what nobody needs any more; `now` is epoch ms. */
  prune(now: number): Promise<unknown>;
  /** Makes a small durable write; rejects when it cannot. */
  probe(): Promise<void>;
}

export interface CommandLogOptions {
  readonly config: Config;
  /** Names this process among the readers of a shared log. */
  readonly holder: string;
  readonly connections: Pick<Connections, 'log'>;
  readonly breakers: Breakers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told when the log itself noticed that something is wrong with it. */
  readonly onIncident: (text: string) => void;
}

/**
 * Opens the log that the configuration names, behind the circuit breaker of whatever stores it. With Redis the kill switch
 * still goes through Postgres. Breakers stand inside that lane: one that is open for Redis must not hold up a halt.
 */
export async function openCommandLog(options: CommandLogOptions): Promise<InstanceLog> {
  const { config, connections, breakers, clock, logger, metrics } = options;
  const maxQueue = config.engine.commandQueueMax;
  const postgres = createPostgresCommandLog({ pool: connections.log, maxQueue, logger, metrics });
  const control = withAppendBreaker(postgres, breakers.of('Postgres appends', isUnavailable));
  const url = config.redis.commandLogUrl;
  if (url === null) return control;
  // Only here: who has no Redis need not load its client.
  const { createRedisCommandLog } = await import('../../commandlog/redisCommandLog.ts');
  const onIncident = ({ text }: { text: string }): void => options.onIncident(text);
  const redis = createRedisCommandLog({ url, maxQueue, consumer: options.holder, logger, metrics, onIncident });
  void tellPersistence(redis, logger);
  const main = withAppendBreaker(redis, breakers.of('Redis appends', isUnavailable));
  const prune = (now: number): Promise<unknown> => Promise.all([redis.prune(now), postgres.prune(now)]);
  return { ...withControlLane({ main, control, clock, logger }), probe: () => redis.probe(), prune };
}

/** What may be lost with this Redis's settings, said once at start. */
async function tellPersistence(redis: RedisCommandLog, logger: Logger): Promise<void> {
  try {
    const { durability, lines } = await redis.checkPersistence();
    for (const line of lines) logger[durability === 'always' ? 'info' : 'warn']({ durability }, line);
  } catch (error) {
    if (!(error instanceof CommandLogUnavailableError)) throw error;
    logger.warn('Redis does not answer, so its persistence could not be checked');
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CommandLogUnavailableError;
}

/** While the circuit is open, a command is turned away at once instead of after its deadline. The leader's half goes on asking. */
function withAppendBreaker(log: InstanceLog, breaker: Breaker): InstanceLog {
  return {
    append: async (command) => {
      try {
        return await breaker.execute(() => log.append(command));
      } catch (error) {
        if (error instanceof BreakerOpenError) throw new CommandLogUnavailableError(error.message, { cause: error });
        throw error;
      }
    },
    read: (afterSeq, limit) => log.read(afterSeq, limit),
    readControl: (afterSeq, limit) => log.readControl(afterSeq, limit),
    waitForMore: (timeoutMs, signal) => log.waitForMore(timeoutMs, signal),
    acknowledge: (seqs) => log.acknowledge(seqs),
    lag: () => log.lag(),
    prune: (now) => log.prune(now),
    probe: () => log.probe(),
    close: () => log.close(),
  };
}
