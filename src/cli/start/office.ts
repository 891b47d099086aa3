import type { Submit } from '../../api/commandClient.ts';
import type { CommandLog } from '../../commandlog/commandLog.ts';
import type { Config } from '../../config/config.ts';
import { combineEntries } from '../../domain/access/presets.ts';
import type { WhitelistEntry } from '../../domain/access/whitelist.ts';
import type { Epoch } from '../../domain/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import { enginePrices } from '../../engine/prices.ts';
import type { Leadership } from '../../leader/lease.ts';
import type { LedgerOfTerms } from '../../ledger/ledgerOfTerms.ts';
import { createPostgresLedger } from '../../ledger/postgresLedger.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MarketData } from '../../marketdata/marketData.ts';
import { createPostgresCandleStore } from '../../marketdata/postgresCandleStore.ts';
import { type Bell, createBell } from '../../notify/bell.ts';
import { botsOf } from '../../notify/bots.ts';
import { closeChoices } from '../../notify/closeChoices.ts';
import type { Reads } from '../../notify/commands/reads.ts';
import type { Destinations } from '../../notify/destinations.ts';
import { createPaces } from '../../notify/pace.ts';
import { pollCommands } from '../../notify/pollCommands.ts';
import { sendOutbox } from '../../notify/sendOutbox.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { SecretBox } from '../../ops/secrets.ts';
import { tellAuditHead } from './auditAnchor.ts';
import type { Connections } from './connections.ts';
import { proveByCode } from './proveByCode.ts';

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
  readonly limits: { readonly bans: { list(): ReturnType<Reads['bans']> } };
  /** What opens doors and is not stored. */
  readonly fixed: readonly WhitelistEntry[];
  /** Opens the secrets of authenticator apps. */
  readonly box: Pick<SecretBox, 'open'>;
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
      const listen = listenToBots(options, { epoch, signal, paceOf, choices });
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

/** Every bot is listened to by itself: one that Telegram refuses does not keep the others from being heard. */
async function listenToBots(options: OfficeOptions, { paceOf, ...term }: ListenTerm): Promise<void> {
  const { config, destinations, ledger, readModel, log, engine } = options;
  const { apiRoot } = config.telegram;
  const reads = {
    ...{ readModel, log, ticker: enginePrices(engine).ticker, bans: () => options.limits.bans.list() },
    whitelist: async () => combineEntries(options.fixed, await readModel.whitelist()),
  };
  const userByTelegramId = (telegramId: string) => readModel.userByTelegramId(telegramId);
  const prove = proveByCode(options.box, options.clock);
  const common = { ...options, ...term, reads, apiRoot, outbox: ledger, userByTelegramId, prove };
  await Promise.all(botsOf(destinations).map((bot) => pollCommands({ ...common, bot, pace: paceOf(bot.voice) })));
}
