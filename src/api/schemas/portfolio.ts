import { z } from 'zod';
import { Decimal, Flag, Time, text, wholePageQuery } from './common.ts';

export const Position = z
  .object({
    account: z.string(),
    symbol: z.string(),
    quantity: Decimal.meta({ description: 'Signed base units' }),
    averagePrice: Decimal.nullable(),
    markPrice: Decimal.nullable(),
    markedAt: Time.nullable().meta({ description: 'When `markPrice` was the price: without a leader it may be a while ago' }),
    unrealizedPnl: Decimal.nullable().meta({ description: 'null while there is no price' }),
    realizedPnl: Decimal,
  })
  .meta({ id: 'Position' });

export const PositionQuery = wholePageQuery({
  account: text(64).exactOptional(),
  symbol: text(60).exactOptional(),
  open: Flag.exactOptional().meta({ description: 'Only positions that are not flat' }),
});

export const Balance = z.object({ account: z.string(), asset: z.string(), total: Decimal }).meta({ id: 'Balance' });

export const BalanceQuery = wholePageQuery({ account: text(64).exactOptional() });

export const PerformanceQuery = wholePageQuery({ days: z.coerce.number().int().min(1).max(3650).default(30) });

export const PerformancePoint = z
  .object({ day: z.string(), account: z.string(), realizedPnl: Decimal, trades: z.number().int() })
  .meta({ id: 'PerformancePoint', description: 'Realised profit and loss of one UTC day' });

export const Portfolio = z
  .object({
    totals: z.array(
      z.object({
        asset: z.string(),
        realizedPnl: Decimal,
        unrealizedPnl: Decimal.nullable().meta({ description: 'null while a price is missing' }),
        positionValue: Decimal.nullable(),
      }),
    ),
    accounts: z.array(
      z.object({
        account: z.string(),
        venue: z.string(),
        mode: z.enum(['active', 'reduce_only', 'halted']),
        balances: z.array(z.object({ asset: z.string(), total: Decimal })),
        positions: z.array(Position),
      }),
    ),
  })
  .meta({ id: 'Portfolio', description: 'Open positions, balances and profit and loss; totals per quote asset' });
