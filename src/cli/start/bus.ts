import type { RedisBus } from '../../commandlog/redisBus.ts';
import type { Config } from '../../config/config.ts';
import type { ConfigFollower } from '../../ledger/configFollower.ts';
import type { Change } from '../../ledger/ledger.ts';
import type { Logger } from '../../ops/logger.ts';

/** Tells every instance through Redis that settings changed, beside Postgres' own notifications: whichever comes first. */
export interface ConfigBus {
  announce(changes: readonly Change[]): void;
  follow(settings: Pick<ConfigFollower, 'hint'>): void;
  /** For other short messages. */
  readonly redis: Pick<RedisBus, 'publish' | 'subscribe'>;
  close(): Promise<void>;
}

const TOPIC = 'config';
const SETTINGS_CHANGES: ReadonlySet<Change['kind']> = new Set([
  'account.put',
  'account.removed',
  'ban.ruled',
  'hook.put',
  'hook.removed',
  'risk.set',
  'session.put',
  'session.removed',
  'token.put',
  'token.removed',
  'trading.set',
  'user.put',
  'whitelist.put',
  'whitelist.removed',
]);

/** Null without `REDIS_URL`. */
export async function openConfigBus({ config, logger }: { readonly config: Config; readonly logger: Logger }): Promise<ConfigBus | null> {
  const { url } = config.redis;
  if (url === null) return null;
  const { createRedisBus } = await import('../../commandlog/redisBus.ts');
  const bus = createRedisBus({ url, logger });
  return {
    announce: (changes) => {
      if (!changes.some(({ kind }) => SETTINGS_CHANGES.has(kind))) return;
      bus
        .publish(TOPIC, '')
        .catch((error: unknown) => logger.debug({ err: error }, 'a change of settings was not announced through Redis'));
    },
    follow: (settings) => void bus.subscribe(TOPIC, () => settings.hint()),
    redis: bus,
    close: () => bus.close(),
  };
}
