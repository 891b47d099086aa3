import { z } from 'zod';
import { TIMEFRAMES } from '../../domain/market/timeframe.ts';
import { Decimal, pageQuery, Time, text } from './common.ts';

const symbol = text(60).meta({ description: 'Written as in an alert: `BTCUSDT`, `BTC/USDT`, `BTCUSDT.P`', example: 'BTC/USDT' });
const source = text(40)
  .exactOptional()
  .meta({ description: '`synthetic` or a venue; may be left out while the symbol comes from one only' });
const timeframe = z
  .enum(TIMEFRAMES, { error: `Must be one of ${TIMEFRAMES.join(', ')}.` })
  .meta({ description: 'Weeks start on Monday, months are calendar months, all in UTC', example: '1h' });

const WHEN = 'Must be a time like 2026-01-31T12:00:00Z, or milliseconds since 1970.';

/** ISO 8601 with a zone, a date, or epoch milliseconds; becomes epoch milliseconds. */
const when = z
  .string()
  .regex(/^(\d{1,15}|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)$/, { error: WHEN })
  .transform((given) => (/^\d+$/.test(given) && given.length !== 4 ? Number(given) : Date.parse(given)))
  .refine((at) => Math.abs(at) <= 8.64e15, { error: WHEN })
  .exactOptional()
  .meta({ override: { type: 'string', description: WHEN } });

const LIMIT_RULE = 'Must be a whole number from 1 to 1000.';
const limit = z.coerce
  .number({ error: LIMIT_RULE })
  .int({ error: LIMIT_RULE })
  .min(1, { error: LIMIT_RULE })
  .max(1000, { error: LIMIT_RULE })
  .default(200);

export const OhlcvQuery = z.strictObject({
  ...{ symbol, timeframe, source },
  from: when,
  to: when,
  limit,
  cursor: text(500).nullable().default(null).meta({ description: '`nextCursor` of the page before' }),
});

export const CorrectionQuery = z.strictObject({ symbol, timeframe, source, from: when, to: when, limit });

const prices = { open: Decimal, high: Decimal, low: Decimal, close: Decimal, volume: Decimal };

export const Candle = z
  .object({
    openTime: Time,
    ...prices,
    final: z.boolean().meta({ description: 'False: its time is not over, or a part of it is missing; it will change' }),
    source: z.string().meta({ description: '`synthetic` or the venue it came from' }),
    reconstructed: z.boolean().meta({ description: 'Made of finer candles; the venue did not publish it like this' }),
    fetchedAt: Time,
  })
  .meta({ id: 'Candle' });

const told = z.object({ ...prices, fetchedAt: Time });

export const Correction = z
  .object({ openTime: Time, source: z.string(), previous: told, corrected: told })
  .meta({ id: 'CandleCorrection', description: 'A final candle that its source told differently later' });

export const SeriesQuery = pageQuery({ symbol: symbol.exactOptional(), source });

export const Series = z
  .object({
    source: z.string(),
    symbol: z.string(),
    timeframe: z.enum(TIMEFRAMES),
    from: Time.nullable().meta({ description: 'Candles are there from here on …' }),
    to: Time.nullable().meta({ description: '… up to, and not including, the one that opens here' }),
    fromBeginning: z.boolean().meta({ description: 'The source has nothing before `from`' }),
    caughtUpAt: Time.nullable(),
    gaps: z.object({ open: z.number().int(), empty: z.number().int() }).meta({
      description: 'Holes that are still asked for, and holes in which the source has nothing to tell',
    }),
    problem: z.string().nullable(),
  })
  .meta({ id: 'CandleSeries' });

export const JobQuery = pageQuery({});

const count = z.number().int();

export const Job = z
  .object({
    id: z.string(),
    kind: z.enum(['catch_up', 'backfill']),
    status: z.enum(['running', 'done', 'failed', 'canceled', 'interrupted']),
    instance: z.string(),
    epoch: count,
    startedAt: Time,
    finishedAt: Time.nullable(),
    canceledBy: z.string().nullable(),
    series: z.object({ total: count, done: count }),
    current: z.string().nullable(),
    requests: count,
    candles: count.meta({ description: 'Stored: new ones, and provisional ones that changed' }),
    corrections: count,
    missing: z.object({ found: count, filled: count }).meta({ description: 'Candles found missing, and holes filled' }),
    setAside: count.meta({ description: 'Told by the source and not believed' }),
    failures: count,
  })
  .meta({ id: 'CandleJob' });
