import { VenueSetupError } from '../exchange.ts';

/** What `CCXT_CONFIG` says of one exchange (the shape of `VenueConfig` in config/). */
export interface VenueConfig {
  /** Origin → where requests to it really go; `*` for all others. */
  readonly origins: Readonly<Record<string, string>>;
  /** Everything else goes to the ccxt constructor. */
  readonly ccxt: Readonly<Record<string, unknown>>;
}

/** The same, read: times in milliseconds. */
export interface VenueSettings {
  readonly origins: Readonly<Record<string, string>>;
  /** Deadline of one request, from the first byte out to the last byte in. */
  readonly timeoutMs: number;
  /** How long after its timestamp the venue may still accept a signed request. */
  readonly recvWindowMs: number;
  /** By how much more (or less) than usual the venue takes from us; null: requests are not counted. */
  readonly budgetScale: number | null;
  /** Null: derived from the two above. */
  readonly notFoundAfterMs: number | null;
  /** For the ccxt constructor. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

const NO_CONFIG: VenueConfig = { origins: {}, ccxt: {} };

const KEYS = 'credentials belong to an account (POST /api/v1/accounts), where they are encrypted';
const PROXY = 'requests do not pass through it; use "origins"';
/** Settings that would break a promise of ours or be ignored, and why. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  maxRetriesOnFailure: 'ccxt would then send an order again by itself; retries are made only after the venue was asked',
  urls: 'ccxt picks its error tables by URL; use "origins"',
  fetchImplementation: 'it cannot be set from JSON',
  verbose: 'ccxt would print requests with their keys',
  apiKey: KEYS,
  secret: KEYS,
  password: KEYS,
  agent: PROXY,
  proxyUrl: PROXY,
  httpProxy: PROXY,
  httpsProxy: PROXY,
  socksProxy: PROXY,
};

/** Throws `VenueSetupError` that names the setting at fault, never its value. */
export function readVenueConfig(venue: string, config: VenueConfig = NO_CONFIG): VenueSettings {
  refuseForbidden(venue, config.ccxt);
  const { timeout = 10_000, options = {}, notFoundAfterMs = null, budget, ...extra } = config.ccxt;
  if (typeof options !== 'object' || options === null) throw wrong(venue, 'options', 'an object');
  const { recvWindow = 5_000, ...otherOptions } = options as Record<string, unknown>;
  return {
    origins: config.origins,
    timeoutMs: milliseconds(venue, 'timeout', timeout, 100, 60_000),
    // Binance refuses more than 60 s (rest-api.md, "Timing security").
    recvWindowMs: milliseconds(venue, 'options.recvWindow', recvWindow, 1, 60_000),
    notFoundAfterMs: notFoundAfterMs === null ? null : milliseconds(venue, 'notFoundAfterMs', notFoundAfterMs, 0, 600_000),
    budgetScale: budgetScale(venue, budget, config.origins),
    options: otherOptions,
    extra,
  };
}

function refuseForbidden(venue: string, value: unknown, path = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const why = FORBIDDEN[name];
    if (why !== undefined) throw new VenueSetupError('VENUE_CONFIG', `CCXT_CONFIG: "${venue}${path}.${name}" is not allowed: ${why}.`);
    refuseForbidden(venue, inner, `${path}.${name}`);
  }
}

const LOOPBACK = /^https?:\/\/(127\.|localhost|\[::1\])/;

/** What is played on this machine has no limits, unless it is said to. */
function budgetScale(venue: string, budget: unknown, origins: VenueConfig['origins']): number | null {
  if (budget === undefined) return Object.values(origins).some((target) => LOOPBACK.test(target)) ? null : 1;
  if (budget === false) return null;
  if (typeof budget === 'number' && budget > 0 && budget <= 100) return budget;
  throw wrong(venue, 'budget', 'false, or a number above 0 and up to 100 (2: twice what is usual)');
}

function milliseconds(venue: string, name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrong(venue, name, `a whole number of milliseconds from ${min} to ${max}`);
}

function wrong(venue: string, name: string, allowed: string): VenueSetupError {
  return new VenueSetupError('VENUE_CONFIG', `CCXT_CONFIG: "${venue}.${name}" must be ${allowed}.`);
}
