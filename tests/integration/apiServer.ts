import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { createApi } from '../../src/api/app.ts';
import { createCommandClient, type Submit } from '../../src/api/commandClient.ts';
import type { ApiDeps, SecretsAdmin } from '../../src/api/deps.ts';
import { createReplyNotifier } from '../../src/api/replyListener.ts';
import { credentialsOf } from '../../src/cli/start/keys.ts';
import { createPostgresCommandLog } from '../../src/commandlog/postgresCommandLog.ts';
import { builtInEntries, settingsEntries } from '../../src/domain/access/presets.ts';
import { newUser, type Role } from '../../src/domain/people/user.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import { Engine } from '../../src/engine/engine.ts';
import { enginePrices } from '../../src/engine/prices.ts';
import { ENGINE_DEFAULTS, type EngineDeps } from '../../src/engine/term.ts';
import { VenueSetupError } from '../../src/exchange/exchange.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { parsePaperSettings } from '../../src/exchange/paper/paperSettings.ts';
import { createAllowlist } from '../../src/gateway/allowlist.ts';
import { clientAddress, NO_PROXY } from '../../src/gateway/clientAddress.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createDoorServer, createHttpDoor, DOOR_LIMITS, type DoorLimits } from '../../src/gateway/httpDoor.ts';
import { createMemoryLimiter } from '../../src/gateway/limiter.ts';
import { createBans } from '../../src/gateway/rulings.ts';
import { runLeadership } from '../../src/leader/leadership.ts';
import { createPostgresLease } from '../../src/leader/postgresLease.ts';
import { createAccessDirectory } from '../../src/ledger/accessDirectory.ts';
import { createConfigFollower } from '../../src/ledger/configFollower.ts';
import { createHookDirectory } from '../../src/ledger/hookDirectory.ts';
import type { Change, Ledger, Outbox } from '../../src/ledger/ledger.ts';
import { createPeopleDirectory } from '../../src/ledger/peopleDirectory.ts';
import { createPools } from '../../src/ledger/pools.ts';
import { createPostgresLedger } from '../../src/ledger/postgresLedger.ts';
import { createPostgresReadModel } from '../../src/ledger/postgresReadModel.ts';
import { createStoredSecrets, type StoredSecrets } from '../../src/ledger/secretKeeper.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createPostgresCandleReader } from '../../src/marketdata/postgresCandleReader.ts';
import { createHealth } from '../../src/ops/health.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { hashPassword, verifyPassword } from '../../src/ops/passwords.ts';
import { createKeyRing } from '../../src/ops/secrets.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const PASSWORD = 'correct horse battery staple';
const LEASE_TTL_MS = 5_000;
const INSTANCE = 'api-test';
const GATEWAY = {
  proxy: NO_PROXY,
  certificates: { kind: 'none' as const },
  ratePoints: 5,
  rateWindowSec: 60,
  hookRatePoints: 60,
  banThreshold: 3,
  banWindowSec: 3600,
  banDurationSec: 3600,
};

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface ApiServer {
  readonly url: string;
  readonly databaseUrl: string;
  readonly deps: ApiDeps;
  /** The leader's own. */
  readonly ledger: Ledger & Outbox;
  /** JSON over HTTP as the admin, unless `headers` say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  addUser(email: string, role: Role): Promise<void>;
  close(): Promise<void>;
}

export interface ApiOptions {
  readonly trustProxyHops?: number;
  readonly limits?: Partial<DoorLimits>;
  /** Budgets of the door, in place of tight ones. */
  readonly gateway?: Partial<typeof GATEWAY>;
  readonly leading?: boolean;
  readonly timeoutMs?: number;
  /** Base64, the one that seals first. */
  readonly secretsKeys?: () => readonly string[];
  readonly deps?: Partial<ApiDeps>;
  readonly cancelCandleJob?: EngineDeps['cancelCandleJob'];
  readonly fourEyes?: NonNullable<EngineDeps['fourEyes']>;
}

/** The API as it runs in an instance: real Postgres, command log, lease, engine, paper venue and gateway. `leading: false` leaves the commands in the log. */
export async function startApi(options: ApiOptions = {}): Promise<ApiServer> {
  const database = await createTestDatabase();
  const pools = createPools({ url: database.url, readonlyUrl: null, sizes: { write: 5, read: 5 }, instance: INSTANCE, logger });
  const metrics = createMetrics(INSTANCE);
  const clock = systemClock;
  const newId = () => uuidv7();
  const log = createPostgresCommandLog({ pool: pools.writer, maxQueue: 1000, logger, metrics });
  const readModel = createPostgresReadModel({ pool: pools.reader });
  const replies = createReplyNotifier();
  const ring = createKeyRing(options.secretsKeys ?? (() => [Buffer.alloc(32, 7).toString('base64')]));
  const secrets = createStoredSecrets({ pool: pools.reader, ring });
  const exchanges = paperOnly(createExchanges({ venues: {}, clock, logger, openCredentials: (account) => credentialsOf(account, ring) }));
  const fixed = [...settingsEntries('IP_ALLOWLIST', 'global', ['198.51.100.0/24']), ...builtInEntries('tradingview')];
  const ledger = createPostgresLedger({ pool: pools.writer, holder: INSTANCE, logger });
  const engine = new Engine({
    log,
    ledger,
    exchanges,
    secrets,
    clock,
    newId,
    random: Math.random,
    logger,
    metrics,
    access: { fixed, isLocal: (address) => allowlist.isLocal(address) },
    fourEyes: options.fourEyes ?? [],
    failpoint: () => undefined,
    settings: ENGINE_DEFAULTS,
    ...(options.cancelCandleJob ? { cancelCandleJob: options.cancelCandleJob } : {}),
    onCommitted: (changes: readonly Change[]) => {
      for (const change of changes) if (change.kind === 'reply') replies.notify(change.commandId);
    },
  });
  const stopping = new AbortController();
  const lease = createPostgresLease({ pool: pools.writer, holder: INSTANCE, ttlMs: LEASE_TTL_MS, logger });
  const role = options.leading === false ? 'follower' : 'auto';
  const leadership = runLeadership({
    lease,
    role,
    ttlMs: LEASE_TTL_MS,
    clock,
    logger,
    metrics,
    lead: (term) => engine.lead(term),
    signal: stopping.signal,
  });
  const client = createCommandClient({ log, readModel, clock, newId, replies, timeoutMs: options.timeoutMs ?? 10_000 });
  const hooks = createHookDirectory({ readModel, box: ring, logger, clock });
  const access = createAccessDirectory(readModel, clock);
  const people = createPeopleDirectory(readModel);
  const follower = createConfigFollower({ readModel, parts: [hooks, access, people], logger, clock });
  const following = follower.follow(stopping.signal);
  const allowlist = createAllowlist({ fixed, stored: access.whitelist, allowLoopback: true, clock });
  const submit: Submit = async (...command) => {
    const submitted = await client(...command);
    await follower.refresh();
    return submitted;
  };
  const settings = { ...GATEWAY, ...options.gateway };
  const hops = options.trustProxyHops ?? 0;
  const limiter = createMemoryLimiter({ settings, clock, onBan: () => undefined });
  const bans = createBans(limiter.bans, clock);
  access.onRulings(bans.obey);
  const deps: ApiDeps = {
    readModel,
    log,
    submit,
    quotes: enginePrices(engine),
    bans,
    access: { admits: allowlist.admitsToApi, fixed },
    candles: createPostgresCandleReader({ pool: pools.reader }),
    health: createHealth(),
    metrics: metrics.registry,
    explain: (alert, names) => engine.explain(alert, names),
    secrets: adminOf(secrets),
    people,
    box: ring,
    catchUp: () => follower.catchUp(),
    requireTotp: false,
    sessionIdleMs: 7_200_000,
    sessionMaxMs: 86_400_000,
    paperSettingsProblem,
    newId,
    venues: exchanges.venues,
    clock,
    logger,
    instance: INSTANCE,
    version: '0.0.0-test',
    publicUrl: null,
    clientAddress: (peer, headers) => clientAddress(peer, headers, { ...NO_PROXY, hops }, 'local'),
    behindProxy: hops > 0,
    verifiesCertificates: false,
    adminToken: ADMIN_TOKEN,
    localToken: null,
    verifyPassword,
    ...options.deps,
  };
  const gateway = createGateway({
    ...{ hooks, log, limiter, bans, allowlist, clock, newId, logger, settings },
  });
  const server = createDoorServer(createHttpDoor({ gateway, logger, metrics }), createApi(deps), {
    limits: { ...DOOR_LIMITS, ...options.limits },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    databaseUrl: database.url,
    deps,
    ledger,
    call: (method, path, body, headers) => call(url, method, path, body, headers),
    addUser: async (email, userRole) => {
      const user = newUser({ id: newId(), email, role: userRole, passwordHash: await hashPassword(PASSWORD), createdAt: clock.now() });
      const done = await submit({ kind: 'user.create', user }, { name: 'test', address: null }, { correlationId: newId(), dedupe: null });
      if (done.kind !== 'reply' || done.reply.status >= 300) throw new Error(`user was not added: ${JSON.stringify(done)}`);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      stopping.abort();
      await Promise.all([leadership, following]);
      await lease.close();
      await log.close();
      await pools.close();
      await database.drop();
    },
  };
}

function adminOf(secrets: StoredSecrets): SecretsAdmin {
  return Object.assign(Object.create(secrets) as StoredSecrets, { source: 'environment' as const, renewKeyFile: () => undefined });
}

/** Accounts at exchanges can be added and never reach them: their keys are invented. */
function paperOnly(exchanges: ReturnType<typeof createExchanges>): typeof exchanges {
  const refuse = async () => {
    throw new VenueSetupError('VENUE_UNREACHABLE', 'No exchange is reached from here.');
  };
  const only =
    <A extends unknown[], T>(work: (account: Account, ...rest: A) => Promise<T>) =>
    (account: Account, ...rest: A): Promise<T> =>
      account.venue === 'paper' ? work(account, ...rest) : refuse();
  return { ...exchanges, open: only(exchanges.open), test: only(exchanges.test) };
}

function paperSettingsProblem(settings: Readonly<Record<string, unknown>>): string | null {
  try {
    parsePaperSettings(settings);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function call(url: string, method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
  const json = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: json as string }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
}
