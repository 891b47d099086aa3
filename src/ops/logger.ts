import { pino } from 'pino';

export type Logger = pino.Logger;

/** Fields whose values never reach a log line, wherever in it they stand. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'secret',
  'password',
  'passwordHash',
  'token',
  'apiKey',
  'apiSecret',
  'key',
  'hmacKey',
  'signature',
  'authorization',
  'credentials',
  'sealedCredentials',
  'cookie',
]);
const DEPTH_MAX = 4;

/**
 * One JSON line per event on stdout, `instance` on each. Secrets are redacted by field name; beyond that, callers never log
 * raw bodies or vendors' errors. (A function of our own: pino's wildcard paths cost ten times as much per line.)
 */
export function createLogger(options: { level: string; instance: string; destination?: pino.DestinationStream }): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { instance: options.instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: (line) => redact(line, 0) as Record<string, unknown> },
    serializers: { err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }) },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** The same value where it holds no secret, else a copy without it. Errors and class instances are left to their serializers. */
function redact(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? value.map((item) => redact(item, depth + 1)) : value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  let copy: Record<string, unknown> | null = null;
  for (const [name, field] of Object.entries(value)) {
    const shown = SECRET_FIELDS.has(name) && field !== null ? '[redacted]' : redact(field, depth + 1);
    if (shown === field) continue;
    copy ??= { ...value };
    copy[name] = shown;
  }
  return copy ?? value;
}

/** For tests and tools that want quiet. */
export const silentLogger: Logger = pino({ level: 'silent' });
