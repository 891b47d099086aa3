import type { CommandLog } from '../../commandlog/commandLog.ts';
import type { Config } from '../../config/config.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Leadership } from '../../leader/lease.ts';
import type { LedgerOfTerms } from '../../ledger/ledgerOfTerms.ts';
import { createPostgresLedger } from '../../ledger/postgresLedger.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MarketData } from '../../marketdata/marketData.ts';
import { createPostgresCandleStore } from '../../marketdata/postgresCandleStore.ts';
import type { Bell } from '../../notify/bell.ts';
import type { Submit } from '../../notify/commands/halt.ts';
import type { Destinations } from '../../notify/destinations.ts';
import { createPaces } from '../../notify/pace.ts';
import { pollCommands } from '../../notify/pollCommands.ts';
import { sendOutbox } from '../../notify/sendOutbox.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
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
      const listen = listenToChat(options, paceOf, signal);
      const collect = marketData.lead(leadership, createPostgresCandleStore({ pool: promoted.writer, holder, idleMsMax }));
      await Promise.all([engine.lead(leadership), tell, listen, collect]);
    } finally {
      ledger.use(null);
      await promoted.close();
    }
  };
}

/** Commands are heard in the traders' chat, if there is one. */
async function listenToChat(options: OfficeOptions, paceOf: ReturnType<typeof createPaces>, signal: AbortSignal): Promise<void> {
  const { trading: bot, apiRoot } = options.config.telegram;
  if (bot === null) return;
  const { notifier } = options.destinations.trading;
  await pollCommands({ ...options, bot, apiRoot, notifier, pace: paceOf(notifier), signal });
}
