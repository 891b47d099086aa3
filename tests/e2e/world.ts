import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { v4 as uuid } from 'uuid';
import { onTestFailed, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/ops/logger.ts';
import { deployMigrations } from '../../src/ops/migrate.ts';
import { type BinanceServer, type BinanceServerOptions, startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { ADMIN_TOKEN, type Answer, clusterEnvironment, type Environment, type Instance, send, startInstance } from '../helpers/instance.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';
import { installWriteProof } from './writeProof.ts';

export type Alert = Readonly<Record<string, unknown>>;
export type Json = Record<string, unknown>;

export interface WorldOptions {
  readonly exchange?: BinanceServerOptions;
  /** Names of the instances; more than one share the database. */
  readonly instances?: readonly string[];
  readonly environment?: Environment;
  /** A database of one's own instead of one in the run's shared server. */
  readonly databaseUrl?: string;
  /** What one instance has instead of what all of them have, for example lines of its own that can be cut. */
  readonly each?: (name: string, shared: SharedByAll) => Promise<Environment>;
}

export interface SharedByAll {
  readonly exchange: BinanceServer;
  readonly databaseUrl: string;
  /** A value for `CCXT_CONFIG`: the exchange is at that origin. */
  venuesAt(origin: string): string;
}

/** An exchange, a database, and instances with an account there and a hook that trades on it. */
export interface World {
  readonly exchange: BinanceServer;
  readonly instances: readonly Instance[];
  /** The first instance. */
  readonly instance: Instance;
  /** Null when the world was given a database. */
  readonly database: TestDatabase | null;
  /** Straight to the server, past any line. */
  readonly databaseUrl: string;
  /** Where notices are told. */
  readonly telegram: BotApiServer;
  /** Path of the hook; the same on every instance. */
  readonly hookPath: string;
  readonly hookKey: string;
  /** Sent with every alert. */
  readonly hookSecret: string;
  /** What must never be seen outside. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  close(): Promise<void>;
}

/** Short, so that what is in doubt is settled while a test waits; never shorter than the exchange takes a signed request for. */
const RECV_WINDOW_MS = 1_000;
const NOT_FOUND_AFTER_MS = 1_200;

/** Lease of single instances, which take it again at once: they have a name. */
const LEASE_TTL_MS = 2_000;

/** Other instances than the one that made it hear of a hook at once, and look for themselves twice a second. */
const HOOK_KNOWN_EVERYWHERE_MS = 600;

const TELEGRAM_TOKEN = '123456:hunter2-bot-token';
const TELEGRAM_CHAT = '1001';

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await build(options, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A world for the running test, which shows what its instances last said when it fails. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options);
  onTestFinished(() => world.close());
  onTestFailed(() => {
    for (const instance of world.instances) process.stderr.write(`…${instance.output().slice(-6_000)}\n`);
  });
  return world;
}

async function build(options: WorldOptions, undo: (() => unknown)[]): Promise<Omit<World, 'close'>> {
  const exchange = await startBinanceServer(options.exchange);
  undo.push(() => exchange.close());
  const database = options.databaseUrl === undefined ? await createTestDatabase({ durable: true }) : null;
  undo.push(() => database?.drop());
  const venuesAt = (origin: string): string => {
    const venues = join(tmpdir(), `signalman-venues-${uuid()}.json`);
    const binance = { origins: { '*': origin }, options: { recvWindow: RECV_WINDOW_MS }, notFoundAfterMs: NOT_FOUND_AFTER_MS };
    writeFileSync(venues, JSON.stringify({ binance }));
    undo.push(() => rmSync(venues));
    return venues;
  };
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  if (!database) await deployMigrations({ url: databaseUrl, logger: silentLogger });
  await installWriteProof(databaseUrl);
  const telegram = await startBotApiServer({ token: TELEGRAM_TOKEN, now: Date.now });
  undo.push(() => telegram.close());
  const shared = { exchange, databaseUrl, venuesAt };
  const keys = clusterEnvironment();
  const environment = {
    ...keys,
    TELEGRAM_TRADING_TOKEN: TELEGRAM_TOKEN,
    TELEGRAM_TRADING_CHAT_ID: TELEGRAM_CHAT,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_CHAT_INTERVAL_MS: '20', // The double does not mind, and a storm is told in seconds.
    DATABASE_URL: shared.databaseUrl,
    CCXT_CONFIG: venuesAt(exchange.origin),
    LEASE_TTL_MS: String(LEASE_TTL_MS),
    HOOK_RATE_POINTS: '1000000',
    ...options.environment,
  };
  const started = await Promise.allSettled(
    (options.instances ?? ['only']).map(async (name) =>
      startInstance({ ...environment, ...(await options.each?.(name, shared)), INSTANCE_ID: name }),
    ),
  );
  const instances = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  for (const instance of instances) undo.push(() => instance.close());
  const failed = started.find((start) => start.status === 'rejected');
  const [instance] = instances;
  if (failed || !instance) throw failed?.reason;
  await create(instance, '/api/v1/accounts', { name: 'main', venue: 'binance', market: 'spot', credentials: exchange.credentials });
  const layers = ['ip', 'path', 'secret'];
  const hook = await create(instance, '/api/v1/hooks', { name: 'tv', accounts: ['main'], maxAgeSec: 600, layers });
  const [hookKey, hookSecret] = [String(hook.key), String(hook.secret)];
  const made = { exchange, instances, instance, database, databaseUrl, telegram, hookPath: `/hooks/${hookKey}`, hookKey, hookSecret };
  if (instances.length > 1) await delay(HOOK_KNOWN_EVERYWHERE_MS);
  return { ...made, secrets: secretsOf(made, keys) };
}

function secretsOf(
  { exchange, databaseUrl, hookKey, hookSecret }: Pick<World, 'exchange' | 'databaseUrl' | 'hookKey' | 'hookSecret'>,
  keys: Readonly<Record<string, string>>,
): World['secrets'] {
  const { password } = new URL(databaseUrl);
  return [
    { name: 'the API key of the exchange', value: exchange.credentials.apiKey },
    { name: 'the secret of the exchange', value: exchange.credentials.secret },
    { name: "the admin's token", value: ADMIN_TOKEN },
    { name: 'the key of the hook', value: hookKey },
    { name: 'the secret of the hook', value: hookSecret },
    { name: 'the key that seals credentials', value: keys.SECRETS_KEY ?? '' },
    { name: 'the token of the bot', value: TELEGRAM_TOKEN },
    { name: "the database's password", value: password },
  ].filter(({ value }) => value !== '');
}

async function create(instance: Instance, path: string, body: Json): Promise<Json> {
  const answer = await instance.call('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}\n${instance.output()}`);
  return answer.body;
}

/** TradingView hangs up after three seconds; the rest is for a busy machine. */
const ANSWER_WITHIN_MS = 4_000;

/** Posts one alert once. */
export function post(
  hook: Pick<World, 'hookPath'> & Partial<Pick<World, 'hookSecret'>>,
  instance: Instance,
  alert: Alert,
): Promise<Answer> {
  const proof = hook.hookSecret === undefined ? {} : { secret: hook.hookSecret };
  return send(instance.url + hook.hookPath, 'POST', { ...alert, ...proof }, {}, ANSWER_WITHIN_MS);
}

/** An alert and what became of sending it. */
export interface Delivery {
  readonly alert: Alert;
  /** The signal of the last 202, or null when there was none. */
  readonly signalId: string | null;
  /** Every answer's status, in order; 0 for none. */
  readonly statuses: readonly number[];
}

export interface Sending {
  /** How often and how far apart it is sent again after a 5xx (as TradingView does) or no answer at all (as it does not). */
  readonly resends?: number;
  readonly everyMs?: number;
  /** Which instance is tried first; every resend goes to the next one, as through a load balancer. */
  readonly first?: number;
}

/** Sends one alert until it is taken, refused for good, or was sent again often enough. */
export async function deliver(world: World, alert: Alert, { resends = 3, everyMs = 5_000, first = 0 }: Sending = {}): Promise<Delivery> {
  const answers: Answer[] = [];
  for (let attempt = 0; attempt <= resends; attempt += 1) {
    if (attempt > 0) await delay(everyMs);
    const answer = await post(world, world.instances[(first + attempt) % world.instances.length] ?? world.instance, alert);
    answers.push(answer);
    if (answer.status !== 0 && answer.status < 500) break;
  }
  return { alert, ...outcome(answers) };
}

/** Sends all at once, to the instances in turn; each once unless told otherwise. */
export function postAll(world: World, alerts: readonly Alert[], sending: Sending = { resends: 0 }): Promise<Delivery[]> {
  return Promise.all(alerts.map((alert, index) => deliver(world, alert, { ...sending, first: index })));
}

function outcome(answers: readonly Answer[]): Omit<Delivery, 'alert'> {
  const taken = answers.findLast(({ status }) => status === 202);
  return { signalId: taken ? String(taken.body.signalId) : null, statuses: answers.map(({ status }) => status) };
}

/** All items of a list, page by page. */
export async function list(instance: Instance, path: string): Promise<Json[]> {
  const items: Json[] = [];
  let cursor: unknown = null;
  do {
    const query = new URLSearchParams({ limit: '200', ...(typeof cursor === 'string' ? { cursor } : {}) });
    const answer = await instance.call('GET', `${path}?${query}`);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${answer.text}`);
    items.push(...(answer.body.items as Json[]));
    cursor = answer.body.nextCursor;
  } while (typeof cursor === 'string');
  return items;
}

const OVER = new Set(['done', 'refused', 'failed', 'expired']);

/** Waits until every command is carried out and every signal is over; returns the signals. */
export function settled(instance: Instance, timeoutMs = 30_000): Promise<Json[]> {
  return until(
    async () => {
      const { body } = await instance.call('GET', '/api/v1/cluster');
      if (body.lag !== 0) throw new Error(`the lag is ${body.lag}`);
      const signals = await list(instance, '/api/v1/signals');
      const open = signals.filter(({ status }) => !OVER.has(String(status)));
      if (open.length > 0) throw new Error(`${open.length} signals are not over: ${JSON.stringify(open.slice(0, 3))}`);
      return signals;
    },
    { what: 'every signal to be over', timeoutMs, everyMs: 100 },
  );
}

/** The story of one signal once it is over. */
export function storyOf(instance: Instance, signalId: string | null): Promise<Json> {
  return until(
    async () => {
      const { body } = await instance.call('GET', `/api/v1/signals/${signalId}`);
      if (!OVER.has(String(body.status))) throw new Error(`the signal is ${JSON.stringify(body)}`);
      return body;
    },
    { what: `signal ${signalId} to be over`, timeoutMs: 15_000, everyMs: 20 },
  );
}
