import { z } from 'zod';
import { Amount, Decimal, text } from './common.ts';

const Limits = z.object({
  maxOrderNotional: Decimal.nullable(),
  maxPositionNotional: Decimal.nullable(),
  maxOpenOrders: z.number().int().nullable(),
  maxDailyLoss: Decimal.nullable(),
  allowedSymbols: z.array(z.string()).nullable(),
});

export const RiskLimits = Limits.extend({
  accounts: z.array(Limits.extend({ account: z.string() })),
}).meta({
  id: 'RiskLimits',
  description: 'Limits for every account, and those of single accounts; null: no limit. Money is in the quote asset',
});

export const RiskLimitsChange = z
  .strictObject({
    account: text(64).nullable().default(null).meta({ description: 'Name or id; null: every account' }),
    maxOrderNotional: Amount.nullable().optional(),
    maxPositionNotional: Amount.nullable().optional(),
    maxOpenOrders: z.number().int().min(0).max(10_000).nullable().optional(),
    maxDailyLoss: Amount.nullable().optional(),
    allowedSymbols: z
      .array(text(60).min(1))
      .max(1000)
      .nullable()
      .optional()
      .meta({ description: 'Written as in an alert; kept as unified symbols', example: ['BTC/USDT'] }),
  })
  .meta({ id: 'RiskLimitsChange', description: 'What is left out keeps its value; null takes the limit away' });
export type RiskLimitsChange = z.output<typeof RiskLimitsChange>;
