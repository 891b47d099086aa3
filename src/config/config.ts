import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PRESETS } from '../domain/access/presets.ts';
import type { SeriesKey } from '../domain/market/candle.ts';
import { readCollection } from '../domain/market/collection.ts';
import { FOUR_EYES_TOPICS } from '../domain/people/proposal.ts';
import {
  ConfigError,
  cidrList,
  headerName,
  integer,
  key32,
  key32List,
  list,
  oneOf,
  poolSizes,
  readSettings,
  secret,
  someOf,
  text,
  url,
} from './settings.ts';

export const FAILPOINTS = ['before_intent', 'after_intent', 'after_send', 'before_ack'] as const;
export type FailpointName = (typeof FAILPOINTS)[number];

/** Every environment variable there is, in the order of `.env.example`. */
export const SETTINGS = {
  PORT: integer(3000, 0, 65535, 'Port of the webhook, API and metrics; 0 takes a free one'),
  HOST: text(null, 'Address to listen on; 127.0.0.1, or 0.0.0.0 when DATABASE_URL is set'),
  PUBLIC_URL: url(['http:', 'https:'], null, 'How the world reaches this server, for the links it prints'),
  DATABASE_URL: { ...url(['postgres:', 'postgresql:'], null, 'Postgres; unset: an embedded Postgres under DATA_DIR'), secret: true },
  DATABASE_READONLY_URL: {
    ...url(['postgres:', 'postgresql:'], null, 'The same database as a role that may only read, for followers and API reads'),
    secret: true,
  },
  REDIS_URL: { ...url(['redis:', 'rediss:'], null, 'Redis 7.0 or newer, for several instances'), secret: true },
  COMMAND_LOG: oneOf(['auto', 'redis', 'postgres'], 'auto', 'Where accepted alerts wait for the leader; auto: redis when REDIS_URL is set'),
  DATA_DIR: text('.data', 'Where the embedded database and generated keys live'),
  INSTANCE_ID: text(null, 'Name of this instance in logs and /cluster; default: host name and a random suffix'),
  ROLE: oneOf(['auto', 'follower'], 'auto', 'auto takes part in leader election, follower never leads'),
  LEASE_TTL_MS: integer(5000, 1000, 60000, 'How long a leader may be silent before another takes over'),
  POOL_LEADER: poolSizes(10, 20, 'Postgres connections of the leader, writing+reading'),
  POOL_FOLLOWER: poolSizes(5, 10, 'Postgres connections of a follower, command log+reading'),
  SECRETS_KEY: key32('Encrypts venue credentials (32 bytes, base64); generated into DATA_DIR when the database is embedded'),
  SECRETS_KEY_PREVIOUS: key32List('Older keys, comma-separated: they open what they sealed until "signalman secrets rotate" is done'),
  ADMIN_API_TOKEN: secret('Bearer token with admin rights, for scripts'),
  ADMIN_EMAIL: text('admin@localhost', 'First admin, created on the first start'),
  ADMIN_PASSWORD: secret('Password of the first admin; generated and printed once when unset'),
  REQUIRE_TOTP: oneOf(
    ['auto', 'always', 'never'],
    'auto',
    'Whether admins must set up a second factor; auto: unless only this machine can reach the server',
  ),
  SESSION_IDLE_MINUTES: integer(120, 1, 10_080, 'A sign-in that was not used for so long has ended'),
  SESSION_MAX_HOURS: integer(24, 1, 720, 'How long a sign-in lasts at most'),
  FOUR_EYES: someOf(FOUR_EYES_TOPICS, 'Changes that a second admin must confirm: whitelist, live_accounts, risk_limits, admins'),
  TRUST_PROXY_HOPS: integer(0, 0, 10, 'How many proxies in front append to X-Forwarded-For'),
  CLIENT_IP_HEADER: headerName(
    'Header in which the platform in front gives the client address (Railway: X-Real-IP), instead of TRUST_PROXY_HOPS',
  ),
  TRUSTED_PROXIES: cidrList(
    [],
    'Addresses and CIDR blocks of the proxies in front; whoever else connects is refused. Unset: whoever connects is taken for the proxy',
  ),
  CLIENT_CERT_SUBJECT_HEADER: headerName(
    'Header in which the proxy in front passes on the subject of the client certificate, for hooks with mtls',
  ),
  CLIENT_CERT_VERIFY_HEADER: headerName(
    'Header in which that proxy says SUCCESS when it has verified the certificate; unset: it passes on verified ones only',
  ),
  IP_ALLOWLIST: cidrList(
    PRESETS.tradingview.addresses,
    'Addresses and CIDR blocks that may post to hooks; default: the four of TradingView',
  ),
  API_ALLOWLIST: cidrList(
    [],
    'Addresses and CIDR blocks that may use the API; unset: all that authenticate, unless the whitelist says otherwise',
  ),
  RATE_LIMIT_POINTS: integer(5, 1, 1_000_000, 'Unauthenticated requests allowed per address and window'),
  RATE_LIMIT_WINDOW_SEC: integer(60, 1, 86_400, 'Length of that window, seconds'),
  BAN_THRESHOLD: integer(50, 1, 1_000_000, 'Violations within BAN_WINDOW_SEC that ban an address'),
  BAN_WINDOW_SEC: integer(3600, 1, 604_800, 'Window in which violations are counted, seconds'),
  BAN_DURATION_SEC: integer(3600, 1, 604_800, 'First ban, seconds; doubles up to a day'),
  HOOK_RATE_POINTS: integer(60, 1, 1_000_000, 'Alerts a hook may take per 60 s; over it TradingView is asked to resend'),
  CCXT_CONFIG: text(null, 'JSON file: exchange id → {origins, options, timeout, …} (docs/venues.md)'),
  LANES_IN_FLIGHT: integer(64, 1, 1024, 'How many account-and-symbol lanes may work at once'),
  STOP_GUARANTEE_SEC: integer(
    10,
    1,
    3600,
    'How long a position may be without the stop its plan has before it is told, and NAKED_POSITION decides',
  ),
  NAKED_POSITION: oneOf(['alarm', 'flatten'], 'alarm', 'When a stop cannot be had: alarm only tells, flatten closes what it protected'),
  LIQUIDATION_ALARM_PERCENT: integer(
    10,
    1,
    90,
    'How near to liquidation a position may come before it is told, percent of its price; critical at half',
  ),
  COMMAND_QUEUE_MAX: integer(10_000, 1, 1_000_000, 'Commands waiting to be stored before alerts are answered 503'),
  OHLC_CRON: text('*/30 * * * *', 'Schedule of the candle job, UTC'),
  OHLC_SYMBOLS: list([], 'Candles to keep: [venue:]symbol[@timeframe+timeframe], e.g. binance:BTC/USDT@1m+1h; default timeframe 1m'),
  OHLC_BACKFILL_DAYS: integer(30, 1, 3650, 'How far back candles are fetched, days'),
  TELEGRAM_TRADING_TOKEN: secret('Bot that tells traders of fills, refusals and failures'),
  TELEGRAM_TRADING_CHAT_ID: text(null, 'Chat of the trading bot'),
  TELEGRAM_USER_TOKEN: secret('Bot for users; default: the trading bot'),
  TELEGRAM_USER_CHAT_ID: text(null, 'Chat of the user bot'),
  TELEGRAM_DEV_TOKEN: secret('Bot for operators; default: the trading bot'),
  TELEGRAM_DEV_CHAT_ID: text(null, 'Chat of the dev bot'),
  TELEGRAM_API_ROOT: url(['http:', 'https:'], 'https://api.telegram.org', 'Bot API server'),
  TELEGRAM_CHAT_INTERVAL_MS: integer(
    1_100,
    0,
    60_000,
    'Least time between two messages to a chat, milliseconds; shorter only with a Bot API server of your own',
  ),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info', 'How much is logged'),
  TLS_CERT: text(null, 'PEM file of the server certificate and its chain: HTTPS instead of HTTP; replaced without a restart'),
  TLS_KEY: text(null, 'PEM file of its key'),
  TLS_CLIENT_CA: text(null, 'PEM file of who signs client certificates, for hooks with mtls'),
  CRASH_AT: text(null, 'Testing only: kill -9 this process at a failpoint, as name or name:count'),
} as const;

export interface VenueConfig {
  /** Origin → where requests to it really go; `*` for all others. For tests and proxies. */
  readonly origins: Readonly<Record<string, string>>;
  /** Everything else goes to the ccxt constructor. */
  readonly ccxt: Readonly<Record<string, unknown>>;
}

export interface TelegramBot {
  readonly token: string;
  readonly chatId: string;
}

export type Config = ReturnType<typeof loadConfig>;

/** Environment → one frozen, typed object. The only reader of `process.env` is the caller in cli/. Throws `ConfigError`. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>) {
  const problems: string[] = [];
  const values = readSettings(SETTINGS, environment, problems);
  const given = (name: keyof typeof SETTINGS): boolean => (environment[name]?.trim() ?? '') !== '';
  const embedded = values.DATABASE_URL === null;
  if (given('DATABASE_URL') && !given('SECRETS_KEY'))
    problems.push('SECRETS_KEY is missing; with DATABASE_URL set it is required (make one with: openssl rand -base64 32)');
  if (values.SECRETS_KEY_PREVIOUS.length > 0 && !given('SECRETS_KEY'))
    problems.push('SECRETS_KEY_PREVIOUS is set, but SECRETS_KEY is not; set SECRETS_KEY to the key that shall seal from now on');
  const door = readDoor(values, problems);
  if (values.COMMAND_LOG === 'redis' && !given('REDIS_URL')) problems.push('REDIS_URL is missing; with COMMAND_LOG=redis it is required');
  const venues = loadVenues(values.CCXT_CONFIG, problems);
  const series = readSeries(values.OHLC_SYMBOLS, Object.keys(venues), problems);
  const failpoint = parseFailpoint(values.CRASH_AT, problems);
  const telegram = readTelegram(values, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    http: Object.freeze({
      port: values.PORT,
      host: values.HOST ?? (embedded ? '127.0.0.1' : '0.0.0.0'),
      publicUrl: values.PUBLIC_URL,
      ...door,
    }),
    database: Object.freeze({
      url: values.DATABASE_URL,
      readonlyUrl: values.DATABASE_READONLY_URL,
      dataDir: resolve(values.DATA_DIR),
      poolLeader: values.POOL_LEADER,
      poolFollower: values.POOL_FOLLOWER,
    }),
    redis: Object.freeze({
      url: values.REDIS_URL,
      /** Null: the command log is in Postgres. */
      commandLogUrl: values.COMMAND_LOG === 'postgres' ? null : values.REDIS_URL,
    }),
    instance: Object.freeze({
      /** Null: made up at start (cli/start/instanceId.ts). */
      id: values.INSTANCE_ID ?? environment.RAILWAY_REPLICA_ID ?? null,
      role: values.ROLE,
      leaseTtlMs: values.LEASE_TTL_MS,
    }),
    secrets: Object.freeze({
      key: values.SECRETS_KEY,
      previousKeys: values.SECRETS_KEY_PREVIOUS,
      adminApiToken: values.ADMIN_API_TOKEN,
      adminEmail: values.ADMIN_EMAIL,
      adminPassword: values.ADMIN_PASSWORD,
    }),
    people: Object.freeze({
      requireTotp: values.REQUIRE_TOTP,
      sessionIdleMs: values.SESSION_IDLE_MINUTES * 60_000,
      sessionMaxMs: values.SESSION_MAX_HOURS * 3_600_000,
      fourEyes: values.FOUR_EYES,
    }),
    gateway: Object.freeze({
      allowlist: values.IP_ALLOWLIST,
      /** False: `allowlist` is the default. */
      allowlistGiven: given('IP_ALLOWLIST'),
      apiAllowlist: values.API_ALLOWLIST,
      ratePoints: values.RATE_LIMIT_POINTS,
      rateWindowSec: values.RATE_LIMIT_WINDOW_SEC,
      banThreshold: values.BAN_THRESHOLD,
      banWindowSec: values.BAN_WINDOW_SEC,
      banDurationSec: values.BAN_DURATION_SEC,
      hookRatePoints: values.HOOK_RATE_POINTS,
    }),
    engine: Object.freeze({
      lanesInFlight: values.LANES_IN_FLIGHT,
      stopGuaranteeMs: values.STOP_GUARANTEE_SEC * 1000,
      nakedPosition: values.NAKED_POSITION,
      liquidationAlarmPercent: values.LIQUIDATION_ALARM_PERCENT,
      commandQueueMax: values.COMMAND_QUEUE_MAX,
      failpoint,
    }),
    candles: Object.freeze({ cron: values.OHLC_CRON, series, backfillDays: values.OHLC_BACKFILL_DAYS }),
    venues,
    telegram,
    logLevel: values.LOG_LEVEL,
  });
}

/** Symbols without a venue are the only configured exchange's, or synthetic. */
function readSeries(entries: readonly string[], venues: readonly string[], problems: string[]): readonly SeriesKey[] {
  const collection = readCollection(entries, venues.length === 1 ? (venues[0] ?? 'synthetic') : 'synthetic');
  if (collection.ok) return collection.series;
  problems.push(...collection.problems.map((problem) => `OHLC_SYMBOLS: ${problem}`));
  return [];
}

type Values = ReturnType<typeof readSettings<typeof SETTINGS>>;

/** What the settings of TLS and proxies say together. */
function readDoor(values: Values, problems: string[]) {
  const { TLS_CERT: cert, TLS_KEY: key, TLS_CLIENT_CA: clientCa, CLIENT_IP_HEADER: clientIpHeader } = values;
  const { CLIENT_CERT_SUBJECT_HEADER: subjectHeader, CLIENT_CERT_VERIFY_HEADER: verifyHeader } = values;
  if (cert !== null && key === null) problems.push('TLS_KEY is missing; with TLS_CERT it is required');
  if (cert === null && key !== null) problems.push('TLS_CERT is missing; with TLS_KEY it is required');
  if (cert === null && clientCa !== null) problems.push('TLS_CLIENT_CA is set, but TLS_CERT and TLS_KEY are not');
  const behindProxy = values.TRUST_PROXY_HOPS > 0 || clientIpHeader !== null;
  if (values.TRUST_PROXY_HOPS > 0 && clientIpHeader !== null)
    problems.push('CLIENT_IP_HEADER is set together with TRUST_PROXY_HOPS; set the one that the proxy in front maintains');
  if (!behindProxy && values.TRUSTED_PROXIES.length > 0)
    problems.push('TRUSTED_PROXIES is set, but neither TRUST_PROXY_HOPS nor CLIENT_IP_HEADER says what they tell');
  if (!behindProxy && subjectHeader !== null)
    problems.push('CLIENT_CERT_SUBJECT_HEADER is believed only from a proxy: set TRUST_PROXY_HOPS or CLIENT_IP_HEADER too, or unset it');
  if (subjectHeader === null && verifyHeader !== null)
    problems.push('CLIENT_CERT_VERIFY_HEADER is set, but CLIENT_CERT_SUBJECT_HEADER is not');
  return {
    /** Null: plain HTTP. */
    tls: cert === null || key === null ? null : Object.freeze({ cert, key, clientCa }),
    proxy: Object.freeze({ hops: values.TRUST_PROXY_HOPS, clientIpHeader, trusted: values.TRUSTED_PROXIES }),
    /** Null: the proxy in front passes no client certificates on. */
    clientCertHeaders: subjectHeader === null ? null : Object.freeze({ subject: subjectHeader, verify: verifyHeader }),
  };
}

function readTelegram(values: Values, problems: string[]) {
  const trading = bot('TRADING', values.TELEGRAM_TRADING_TOKEN, values.TELEGRAM_TRADING_CHAT_ID, problems);
  const user = bot('USER', values.TELEGRAM_USER_TOKEN, values.TELEGRAM_USER_CHAT_ID, problems);
  const dev = bot('DEV', values.TELEGRAM_DEV_TOKEN, values.TELEGRAM_DEV_CHAT_ID, problems);
  return Object.freeze({
    apiRoot: values.TELEGRAM_API_ROOT,
    chatIntervalMs: values.TELEGRAM_CHAT_INTERVAL_MS,
    trading,
    user: user ?? trading,
    dev: dev ?? trading,
  });
}

function bot(name: string, token: string | null, chatId: string | null, problems: string[]): TelegramBot | null {
  if (token === null && chatId === null) return null;
  if (token === null) problems.push(`TELEGRAM_${name}_CHAT_ID is set, but TELEGRAM_${name}_TOKEN is not`);
  if (chatId === null) problems.push(`TELEGRAM_${name}_TOKEN is set, but TELEGRAM_${name}_CHAT_ID is not`);
  return token !== null && chatId !== null ? { token, chatId } : null;
}

function parseFailpoint(value: string | null, problems: string[]): { readonly name: FailpointName; readonly hit: number } | null {
  if (value === null) return null;
  const [name = '', count = '1'] = value.split(':');
  const known = FAILPOINTS.find((candidate) => candidate === name);
  if (!known || !/^[1-9]\d{0,8}$/.test(count)) {
    problems.push(`CRASH_AT is ${JSON.stringify(value)}; it must be one of ${FAILPOINTS.join(', ')}, with an optional :count`);
    return null;
  }
  return { name: known, hit: Number(count) };
}

function loadVenues(path: string | null, problems: string[]): Readonly<Record<string, VenueConfig>> {
  if (path === null) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push(`CCXT_CONFIG names ${JSON.stringify(path)}, which cannot be read as JSON: ${(error as Error).message}`);
    return {};
  }
  const venues: Record<string, VenueConfig> = {};
  if (!isObject(parsed)) {
    problems.push('CCXT_CONFIG must hold a JSON object: exchange id → settings');
    return {};
  }
  for (const [venue, settings] of Object.entries(parsed)) {
    if (!isObject(settings)) {
      problems.push(`CCXT_CONFIG: "${venue}" must be an object`);
      continue;
    }
    const { origins = {}, ...ccxt } = settings;
    if (!isObject(origins) || !Object.values(origins).every((origin) => typeof origin === 'string' && URL.canParse(origin))) {
      problems.push(`CCXT_CONFIG: "${venue}.origins" must map origins to URLs`);
      continue;
    }
    venues[venue] = { origins: origins as Record<string, string>, ccxt };
  }
  return venues;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
