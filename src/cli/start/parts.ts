import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createCommandClient, type Submit } from '../../api/commandClient.ts';
import { createReplyNotifier, type ReplyNotifier } from '../../api/replyListener.ts';
import type { Config } from '../../config/config.ts';
import { builtInEntries, settingsEntries } from '../../domain/access/presets.ts';
import type { WhitelistEntry } from '../../domain/access/whitelist.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import { Engine } from '../../engine/engine.ts';
import { ENGINE_DEFAULTS, type EngineSettings } from '../../engine/term.ts';
import { isVenueFailure } from '../../exchange/ccxt/withBreaker.ts';
import { createExchanges } from '../../exchange/exchanges.ts';
import { createAllowlist, isLoopbackHost } from '../../gateway/allowlist.ts';
import { createAccessDirectory } from '../../ledger/accessDirectory.ts';
import { createConfigFollower } from '../../ledger/configFollower.ts';
import { createHookDirectory } from '../../ledger/hookDirectory.ts';
import type { Change } from '../../ledger/ledger.ts';
import { createLedgerOfTerms } from '../../ledger/ledgerOfTerms.ts';
import { createPeopleDirectory } from '../../ledger/peopleDirectory.ts';
import { createStoredSecrets } from '../../ledger/secretKeeper.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import { createMarketData } from '../../marketdata/marketData.ts';
import { createPastVolumes } from '../../marketdata/pastVolumes.ts';
import { createPostgresCandleReader } from '../../marketdata/postgresCandleReader.ts';
import { type Bell, createBell } from '../../notify/bell.ts';
import { createDestinations } from '../../notify/destinations.ts';
import { createFailpoint } from '../../ops/failpoint.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { createBreakers } from './breakers.ts';
import { openConfigBus } from './bus.ts';
import { openCommandLog } from './commandLog.ts';
import { openDryRuns } from './dryRuns.ts';
import { checkKeys, credentialsOf } from './keys.ts';
import { openLimits } from './limits.ts';
import { openQuotes } from './quotes.ts';
import { raiseNotice } from './raiseNotice.ts';
import { openReadModel } from './readModel.ts';
import type { Storage } from './storage.ts';

export type Parts = Awaited<ReturnType<typeof buildParts>>;

export interface PartsOptions {
  readonly config: Config;
  readonly instance: string;
  /** The name of this very process, in leases and logs shared with others. */
  readonly holder: string;
  readonly storage: Storage;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Everything behind the door, in the order of an alert's way. Nothing runs yet. */
export async function buildParts({ config, instance, holder, storage, logger, metrics }: PartsOptions) {
  const { connections } = storage;
  const breakers = createBreakers({ instance, clock, logger, metrics });
  // ② command log, ⑧ ledger and its read side
  let submit: Submit | null = null; // Not there yet while the log opens: what it notices by then is only logged.
  const tell = (text: string): void => {
    logger.error({ text }, 'command log incident');
    if (submit) void raiseNotice(submit, { severity: 'critical', text, sameAs: `incident:${text}` });
  };
  const log = await openCommandLog({ config, holder, connections, breakers, clock, logger, metrics, onIncident: tell });
  const ledger = createLedgerOfTerms();
  const readModel = openReadModel({ connections, breakers });
  const hooks = createHookDirectory({ readModel, box: storage.box, logger, clock });
  const access = createAccessDirectory(readModel, clock);
  const people = createPeopleDirectory(readModel);
  const settings = createConfigFollower({ readModel, parts: [hooks, access, people], logger, clock });
  await settings.refresh();
  const fixed = fixedEntries(config);
  const allowlist = createAllowlist({ fixed, stored: access.whitelist, allowLoopback: isLoopbackHost(config.http.host), clock });
  const secrets = createStoredSecrets({ pool: connections.reader, ring: storage.box });
  const accounts = await readModel.accounts();
  await checkKeys({ secrets, storage, dataDir: config.database.dataDir, accounts, lag: () => log.lag(), logger });
  const replies = createReplyNotifier();
  submit = refreshing(createCommandClient({ log, readModel, clock, newId: uuidv7, replies }), settings);
  breakers.tellBy(submit);
  const bus = await openConfigBus({ config, logger });
  bus?.follow(settings);
  const limits = await openLimits({ config, access, bus, submit, clock, logger, metrics });
  // ④–⑦ engine and venues, ⑨ notify
  const bell = createBell(clock);
  const destinations = createDestinations(config.telegram, logger);
  const openCredentials = (account: Account) => credentialsOf(account, storage.box);
  const exchanges = createExchanges({
    venues: config.venues,
    clock,
    logger,
    openCredentials,
    cacheDirectory: join(config.database.dataDir, 'markets'),
    breakerOf: (name) => breakers.of(name, isVenueFailure),
    onSlowDown: (venue, ms) => void (submit && tellSlowDown(submit, venue, ms)),
  });
  const candles = createPostgresCandleReader({ pool: connections.reader });
  const marketData = createMarketData({
    ...{ clock, newId: uuidv7, logger, instance, reader: candles },
    series: config.candles.series,
    cron: config.candles.cron,
    sources: exchanges.candleSources,
    settings: { backfillDays: config.candles.backfillDays },
  });
  const engine = new Engine({
    ...{ log, ledger, exchanges, secrets, clock, newId: uuidv7, random: Math.random, logger, metrics },
    access: { fixed, isLocal: allowlist.isLocal },
    fourEyes: config.people.fourEyes,
    failpoint: createFailpoint(config.engine.failpoint),
    settings: engineSettings(config.engine),
    pastVolumes: createPastVolumes(exchanges.candleSources),
    cancelCandleJob: (jobId, actor) => marketData.cancelJob(jobId, actor),
    onCommitted: (changes) => {
      announce(changes, replies, bell);
      bus?.announce(changes);
    },
  });
  const stores = { log, bus, ledger, readModel, hooks, access, people, settings, fixed, allowlist, limits, replies };
  const prices = openQuotes({ engine, pool: connections.reader, clock, logger });
  const dryRuns = openDryRuns({ engine, pool: connections.reader, clock, logger });
  return { ...stores, ...prices, ...dryRuns, submit, bell, destinations, exchanges, candles, marketData, engine, secrets };
}

function engineSettings({ lanesInFlight, stopGuaranteeMs, nakedPosition, liquidationAlarmPercent }: Config['engine']): EngineSettings {
  return { ...ENGINE_DEFAULTS, lanesInFlight, stopGuaranteeMs, nakedPosition, liquidationAlarmPercent };
}

/** Alerts wait meanwhile, so a person should know at once, and once. */
function tellSlowDown(submit: Submit, venue: string, ms: number): Promise<boolean> {
  const seconds = Math.ceil(ms / 1000);
  const text = `${venue} asks to slow down: nothing is sent there for ${seconds} s. Alerts wait until then, or until they are too old.`;
  return raiseNotice(submit, { severity: 'critical', text, sameAs: `slow-down:${venue}` });
}

/** After a change of what instances keep in memory, this one's own picture is fresh before the caller hears of it. */
function refreshing(submit: Submit, settings: { refresh(): Promise<unknown> }): Submit {
  const kept = ['hook', 'account', 'whitelist', 'ban', 'user', 'totp', 'session', 'token'];
  return async (body, actor, options) => {
    const submitted = await submit(body, actor, options);
    if (kept.includes(body.kind.split('.')[0] ?? '')) await settings.refresh();
    return submitted;
  };
}

/** What opens the doors without anybody's doing: the settings, and TradingView's addresses while IP_ALLOWLIST names no others. */
function fixedEntries({ gateway }: Config): WhitelistEntry[] {
  const hooks = gateway.allowlistGiven ? settingsEntries('IP_ALLOWLIST', 'global', gateway.allowlist) : builtInEntries('tradingview');
  return [...hooks, ...settingsEntries('API_ALLOWLIST', 'api', gateway.apiAllowlist)];
}

function announce(changes: readonly Change[], replies: ReplyNotifier, bell: Bell): void {
  for (const change of changes) if (change.kind === 'reply') replies.notify(change.commandId);
  if (changes.some((change) => change.kind === 'notice')) bell.ring();
}
