import type { Submit } from '../../api/commandClient.ts';
import type { CommandLog } from '../../commandlog/commandLog.ts';
import type { Config } from '../../config/config.ts';
import type { Epoch } from '../../domain/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Leadership } from '../../leader/lease.ts';
import type { LedgerOfTerms } from '../../ledger/ledgerOfTerms.ts';
import { createPostgresLedger } from '../../ledger/postgresLedger.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MarketData } from '../../marketdata/marketData.ts';
import { createPostgresCandleStore } from '../../marketdata/postgresCandleStore.ts';
import { type Bell, createBell } from '../../notify/bell.ts';
import { closeChoices } from '../../notify/closeChoices.ts';
import type { Destinations } from '../../notify/destinations.ts';
import { createPaces } from '../../notify/pace.ts';
import { pollCommands } from '../../notify/pollCommands.ts';
import { sendOutbox } from '../../notify/sendOutbox.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { tellAuditHead } from './auditAnchor.ts';
import type { Connections } from './connections.ts';

/** A process that hangs in a transaction holds the lease row at most this long; the lease itself when that is shorter. */
const IDLE_IN_TRANSACTION_MS_MAX = 2_000;

export interface OfficeOptions {
  readonly config: Config;
  /** Who we are in the lease. */
  readonly holder: string;
  readonly connections: Connections;
  readonly ledger: LedgerOfTerms;
  readonly log: Pick<CommandLog, 'lag'>;
  readonly readModel: ReadModel;
  readonly submit: Submit;
  readonly engine: Engine;
  readonly marketData: MarketData;
  readonly destinations: Destinations;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What this instance does while it leads. The connections that may write the ledger exist only meanwhile. */
export function createOffice(options: OfficeOptions): (leadership: Leadership) => Promise<void> {
  const { config, holder, connections, ledger, engine, marketData, destinations, bell, clock, logger, metrics } = options;
  const idleMsMax = Math.min(config.instance.leaseTtlMs, IDLE_IN_TRANSACTION_MS_MAX);
  return async (leadership) => {
    const promoted = connections.promote();
    ledger.use(createPostgresLedger({ pool: promoted.writer, holder, logger, idleMsMax }));
    try {
      const { epoch, signal } = leadership;
      const paceOf = createPaces();
      const tell = sendOutbox({ outbox: ledger, destinations, paceOf, epoch, clock, bell, logger, metrics, signal });
      const choices = createBell(clock);
      const close = closeChoices({ outbox: ledger, destinations, paceOf, epoch, bell: choices, clock, logger, signal });
      const listen = listenToChat(options, { epoch, signal, paceOf, choices });
      const collect = marketData.lead(leadership, createPostgresCandleStore({ pool: promoted.writer, holder, idleMsMax }));
      const anchor = tellAuditHead({ ...options, signal });
      await Promise.all([engine.lead(leadership), tell, close, listen, collect, anchor]);
    } finally {
      ledger.use(null);
      await promoted.close();
    }
  };
}

interface ListenTerm {
  readonly epoch: Epoch;
  readonly signal: AbortSignal;
  readonly paceOf: ReturnType<typeof createPaces>;
  readonly choices: Bell;
}

/** Commands are heard in the traders' chat, if there is one. */
async function listenToChat(options: OfficeOptions, term: ListenTerm): Promise<void> {
  const { config, destinations, ledger, readModel } = options;
  const { bot } = destinations.trading;
  if (bot === null) return;
  const { apiRoot } = config.telegram;
  const userByTelegramId = (telegramId: string) => readModel.userByTelegramId(telegramId);
  const voice = { bot, notifier: bot.voice, pace: term.paceOf(bot.voice) };
  await pollCommands({ ...options, ...term, ...voice, apiRoot, outbox: ledger, userByTelegramId });
}
