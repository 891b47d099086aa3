import { pino } from 'pino';

export type Logger = pino.Logger;

/** Field names whose values never reach a log line, at any of the depths we log. */
const SECRET_FIELDS = [
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
];

/** One JSON line per event on stdout; `instance` on each. Secrets are redacted by field name; callers never log raw bodies or vendor errors. */
export function createLogger(options: { level: string; instance: string; destination?: pino.DestinationStream }): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { instance: options.instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: { err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }) },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** For tests and tools that want quiet. */
export const silentLogger: Logger = pino({ level: 'silent' });
