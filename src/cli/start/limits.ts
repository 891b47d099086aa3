import type { Submit } from '../../api/commandClient.ts';
import type { Config } from '../../config/config.ts';
import type { Ban } from '../../gateway/banBook.ts';
import { createMemoryLimiter, type Limiter } from '../../gateway/limiter.ts';
import { type Bans, createBans } from '../../gateway/rulings.ts';
import type { AccessDirectory } from '../../ledger/accessDirectory.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { ConfigBus } from './bus.ts';
import { tellBans } from './tellBans.ts';

/** What bounds requests at the door. */
export interface Limits {
  readonly limiter: Limiter;
  readonly bans: Bans;
  /** Keeps up with the bans of other instances until `signal` aborts. Never rejects. */
  follow(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface LimitsOptions {
  readonly config: Config;
  readonly access: Pick<AccessDirectory, 'onRulings'>;
  readonly bus: ConfigBus | null;
  readonly submit: Submit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'bans' | 'limitsAlone'>;
}

const TOPIC = 'bans';

/** Shared through Redis where there is one, else this instance's own. Whichever it is, rulings of admins hold on every instance. */
export async function openLimits(options: LimitsOptions): Promise<Limits> {
  const limits = await openStore(options);
  const bans = createBans(limits.limiter.bans, options.clock);
  options.access.onRulings(bans.obey);
  return { ...limits, bans };
}

async function openStore({ config, bus, submit, clock, logger, metrics }: LimitsOptions): Promise<Omit<Limits, 'bans'>> {
  const tell = tellBans(submit, clock);
  const onBan = (ban: Ban): void => {
    metrics.bans.inc();
    logger.warn({ address: ban.subject.address, until: ban.until }, 'address banned');
    tell(ban);
  };
  const common = { settings: config.gateway, clock, onBan };
  const { url } = config.redis;
  if (url === null || bus === null) return { limiter: createMemoryLimiter(common), follow: async () => undefined, close: () => undefined };
  // Only here: who has no Redis need not load its client.
  const { createRedisLimiter } = await import('../../gateway/redisLimiter.ts');
  const announce = (ban: string): void =>
    void bus.redis.publish(TOPIC, ban).catch((error: unknown) => logger.debug({ err: error }, 'a ban was not announced through Redis'));
  const limiter = createRedisLimiter({ ...common, url, logger, announce, onAway: () => metrics.limitsAlone.inc() });
  bus.redis.subscribe(TOPIC, limiter.hear);
  return { limiter, follow: limiter.follow, close: limiter.close };
}
