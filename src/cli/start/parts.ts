import { v7 as uuidv7 } from 'uuid';
import { createCommandClient, type Submit } from '../../api/commandClient.ts';
import { createReplyNotifier, type ReplyNotifier } from '../../api/replyListener.ts';
import { createPostgresCommandLog } from '../../commandlog/postgresCommandLog.ts';
import type { Config } from '../../config/config.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import { Engine } from '../../engine/engine.ts';
import { ENGINE_DEFAULTS } from '../../engine/term.ts';
import { createExchanges } from '../../exchange/exchanges.ts';
import { createHookDirectory } from '../../ledger/hookDirectory.ts';
import type { Change } from '../../ledger/ledger.ts';
import { createPostgresLedger } from '../../ledger/postgresLedger.ts';
import { createPostgresReadModel } from '../../ledger/postgresReadModel.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import { type Bell, createBell } from '../../notify/bell.ts';
import { createDestinations } from '../../notify/destinations.ts';
import { createFailpoint } from '../../ops/failpoint.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { SecretBox } from '../../ops/secrets.ts';
import type { Storage } from './storage.ts';

export type Parts = Awaited<ReturnType<typeof buildParts>>;

export interface PartsOptions {
  readonly config: Config;
  readonly instance: string;
  readonly storage: Storage;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Everything behind the door, in the order of an alert's way. Nothing runs yet. */
export async function buildParts({ config, instance, storage, logger, metrics }: PartsOptions) {
  const { writer, reader } = storage.pools;
  // ② command log, ⑧ ledger and its read side
  const log = createPostgresCommandLog({ pool: writer, maxQueue: config.engine.commandQueueMax, logger, metrics });
  const ledger = createPostgresLedger({ pool: writer, holder: instance, logger });
  const readModel = createPostgresReadModel({ pool: reader });
  const hooks = createHookDirectory({ readModel, logger, clock });
  await hooks.refresh();
  const replies = createReplyNotifier();
  const submit = refreshing(createCommandClient({ log, readModel, clock, newId: uuidv7, replies }), hooks);
  // ④–⑦ engine and venues, ⑨ notify
  const bell = createBell(clock);
  const destinations = createDestinations(config.telegram, logger);
  const openCredentials = (account: Account) => credentialsOf(account, storage.box);
  const exchanges = createExchanges({ venues: config.venues, clock, logger, openCredentials });
  const engine = new Engine({
    ...{ log, ledger, exchanges, clock, newId: uuidv7, logger, metrics },
    failpoint: createFailpoint(config.engine.failpoint),
    settings: { ...ENGINE_DEFAULTS, lanesInFlight: config.engine.lanesInFlight },
    onCommitted: (changes) => announce(changes, replies, bell),
  });
  return { log, ledger, readModel, hooks, submit, bell, destinations, exchanges, engine };
}

/** After a change of hooks or accounts, this instance's own picture is fresh before the caller hears of it. */
function refreshing(submit: Submit, hooks: { refresh(): Promise<unknown> }): Submit {
  return async (body, actor, options) => {
    const submitted = await submit(body, actor, options);
    if (body.kind.startsWith('hook.') || body.kind.startsWith('account.')) await hooks.refresh();
    return submitted;
  };
}

function announce(changes: readonly Change[], replies: ReplyNotifier, bell: Bell): void {
  for (const change of changes) if (change.kind === 'reply') replies.notify(change.commandId);
  if (changes.some((change) => change.kind === 'notice')) bell.ring();
}

function credentialsOf(account: Account, box: SecretBox): Record<string, string> {
  return account.sealedCredentials === null ? {} : JSON.parse(box.open(account.sealedCredentials, account.id));
}
