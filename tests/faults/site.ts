import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';
import { readPostmaster, serverProcesses } from '../../src/ops/postmaster.ts';
import { startWorld, type World } from '../e2e/world.ts';
import { type BinanceServer, type BinanceServerOptions, manySymbols } from '../helpers/binance/binanceServer.ts';
import type { Environment, Instance } from '../helpers/instance.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';
import { type Switchboard, startSwitchboard } from '../helpers/switchboard.ts';
import { until } from '../helpers/until.ts';

/** A busy machine renews late now and then; shorter leases would change hands by themselves. */
export const LEASE_TTL_MS = 3_000;
export const NEW_ORDER = { method: 'POST', path: '/api/v3/order' };
const LISTED = manySymbols(11);
export const SYMBOLS = LISTED.slice(0, 10);
/** The one that traffic wants too much of (traffic.ts). */
export const GREEDY_SYMBOL = LISTED[10]?.symbol ?? '';
/** The limit of the account at every site, in quote: far above what ordinary traffic comes to, and two greedy alerts. */
export const MAX_POSITION_NOTIONAL = 20_000;

/** What one instance has to itself: its lines to the stores and to the exchange. */
export interface Lines {
  readonly postgres: Switchboard;
  readonly redis: Switchboard;
  readonly venue: Switchboard;
  /** `performance.now()` of every order it has sent. */
  readonly ordersSent: number[];
}

/** A Postgres server of one's own, in its own directory, to be killed and frozen. */
export interface OwnPostgres {
  readonly url: string;
  kill(): void;
  freeze(): void;
  thaw(): void;
  /** Starts it again at the same URL. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Instances as equals on one Postgres and one Redis, each over lines that can be cut, before one exchange. */
export interface Site {
  readonly world: World;
  readonly redis: TestRedis;
  /** Null when its database is one in the run's shared server. */
  readonly postgres: OwnPostgres | null;
  readonly names: readonly string[];
  named(name: string): Instance;
  linesOf(name: string): Lines;
}

export interface SiteOptions {
  readonly names?: readonly string[];
  readonly ownPostgres?: boolean;
  readonly exchange?: BinanceServerOptions;
  readonly environment?: Environment;
}

/** Ends with the running test, and shows what its instances last said when that fails. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { names = ['one', 'two', 'three'], exchange = { symbols: LISTED }, environment = {} } = options;
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const postgres = options.ownPostgres ? await startOwnPostgres() : null;
  if (postgres) onTestFinished(() => postgres.stop());
  const lines = new Map<string, Lines>();
  onTestFinished(async () => {
    for (const { postgres: database, redis: log, venue } of lines.values())
      await Promise.all([database, log, venue].map((line) => line.close()));
  });
  const world = await startWorld({
    instances: names,
    exchange,
    ...(postgres ? { databaseUrl: postgres.url } : {}),
    environment: { LEASE_TTL_MS: String(LEASE_TTL_MS), COMMAND_LOG: 'redis', ...environment },
    each: async (name, shared) => {
      const made = await openLines({ redisPort: redis.port, ...shared });
      lines.set(name, made);
      return {
        DATABASE_URL: through(shared.databaseUrl, made.postgres),
        REDIS_URL: through(redis.url, made.redis),
        CCXT_CONFIG: shared.venuesAt(through(shared.exchange.origin, made.venue)),
      };
    },
  });
  onTestFinished(() => world.close());
  const limited = await world.instance.call('PUT', '/api/v1/risk/limits', { maxPositionNotional: String(MAX_POSITION_NOTIONAL) });
  if (limited.status !== 200) throw new Error(`PUT /risk/limits answered ${limited.status}: ${limited.text}`);
  onTestFailed(() => {
    for (const instance of world.instances) process.stderr.write(`…${instance.output().slice(-5_000)}\n`);
  });
  const named = (name: string) => found(world.instances[names.indexOf(name)], name);
  return { world, redis, postgres, names, named, linesOf: (name) => found(lines.get(name), name) };
}

function found<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`there is no instance ${name}`);
  return thing;
}

function through(url: string, { port }: Switchboard): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href.replace(/\/$/, '');
}

async function openLines(to: { redisPort: number; databaseUrl: string; exchange: BinanceServer }): Promise<Lines> {
  const at = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });
  const ordersSent: number[] = [];
  const tap = (data: Buffer) => void (data.includes('POST /api/v3/order') && ordersSent.push(performance.now()));
  return {
    postgres: await startSwitchboard(at(to.databaseUrl)),
    redis: await startSwitchboard({ host: '127.0.0.1', port: to.redisPort }),
    venue: await startSwitchboard(at(to.exchange.origin), { tap }),
    ordersSent,
  };
}

async function startOwnPostgres(): Promise<OwnPostgres> {
  const parent = mkdtempSync(join(tmpdir(), 'signalman-faults-'));
  chmodSync(parent, 0o755); // Postgres under root runs as another user and has to get through.
  const dir = join(parent, 'postgres');
  const { url } = await ensureEmbeddedPostgres({ dir });
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of serverProcesses(join(dir, 'data'))) process.kill(pid, signal);
  };
  let frozen = false;
  return {
    url,
    kill: () => {
      const postmaster = readPostmaster(join(dir, 'data'));
      if (!postmaster) throw new Error('Postgres does not run');
      process.kill(postmaster.pid, 'SIGKILL');
    },
    freeze: () => {
      frozen = true;
      signalAll('SIGSTOP');
    },
    thaw: () => {
      frozen = false;
      signalAll('SIGCONT');
    },
    start: async () => void (await ensureEmbeddedPostgres({ dir })),
    stop: async () => {
      if (frozen) signalAll('SIGCONT');
      await stopEmbeddedPostgres(dir);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** Who leads, according to the first of these instances that knows. */
export async function leaderOf(site: Site, witnesses: readonly Instance[] = site.world.instances): Promise<string | null> {
  for (const witness of witnesses) {
    const { body } = await witness.call('GET', '/api/v1/cluster');
    if (typeof body.leader === 'string') return body.leader;
  }
  return null;
}

/** Waits until somebody leads, other than `before`. */
export function newLeader(
  site: Site,
  { before = null, witnesses, timeoutMs = 30_000 }: { before?: string | null; witnesses?: readonly Instance[]; timeoutMs?: number } = {},
): Promise<string> {
  const looked = async () => {
    const leader = await leaderOf(site, witnesses);
    return leader === before ? null : leader;
  };
  return until(looked, { what: `a leader other than ${before}`, timeoutMs, everyMs: 30 });
}

export function allReady(site: Site): Promise<unknown> {
  const ready = async () => {
    const answers = await Promise.all(site.world.instances.map((instance) => instance.call('GET', '/ready')));
    return answers.every(({ status }) => status === 200);
  };
  return until(ready, { what: 'every instance to be ready', timeoutMs: 30_000, everyMs: 100 });
}
