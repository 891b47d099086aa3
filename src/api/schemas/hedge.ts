import { z } from 'zod';
import { Id, Name, Time, text } from './common.ts';

const Leg = z.strictObject({
  account: text(64).meta({ description: 'Name or id', example: 'main' }),
  symbol: text(60).meta({ description: 'Written in any way an alert may write it', example: 'BTCUSDT.P' }),
});

const Ratio = z
  .string()
  .regex(/^-?(?=.*[1-9])\d{1,6}(\.\d{1,12})?$/, { error: 'Must be a decimal as text, not zero: "-1" is the opposite of equal size.' })
  .meta({ example: '-1' });

const Band = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,12})?%?$/, { error: 'Must be a share of what the hedge should be ("5%") or base units ("0.01").' })
  .refine((band) => !band.endsWith('%') || Number(band.slice(0, -1)) < 100, { error: 'Must be below 100%.' })
  .meta({ description: 'How far the hedge may be off before it is corrected', example: '5%' });

export const HedgeWish = z
  .strictObject({
    name: Name,
    parent: Leg.meta({ description: 'The position that is followed' }),
    hedge: Leg.meta({ description: 'The position that follows; it belongs to the rule' }),
    ratio: Ratio,
    by: z
      .enum(['base', 'notional'])
      .default('base')
      .meta({ description: 'What is kept in proportion: base units, or their worth in quote' }),
    band: Band.default('5%'),
    minIntervalSec: z.number().int().min(1).max(86_400).default(5).meta({ description: 'Seconds between two corrections' }),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'HedgeWish' });
export type HedgeWish = z.output<typeof HedgeWish>;

export const Hedge = z
  .object({
    id: Id,
    name: z.string(),
    parent: z.object({ account: z.string(), symbol: z.string() }),
    hedge: z.object({ account: z.string(), symbol: z.string() }),
    ratio: z.string(),
    by: z.enum(['base', 'notional']),
    band: z.string(),
    minIntervalSec: z.number().int(),
    enabled: z.boolean(),
    createdAt: Time,
    last: z
      .object({
        signalId: z.string(),
        target: z.string().meta({ description: 'Signed base units' }),
        state: z.enum(['decided', 'done']),
        code: z.string().nullable().meta({ description: 'Why it came to nothing' }),
        message: z.string().nullable(),
        failures: z.number().int().meta({ description: 'In a row' }),
        at: Time,
      })
      .nullable()
      .meta({ description: 'The last correction' }),
  })
  .meta({ id: 'Hedge' });
