import { z } from 'zod';
import { DRIFT_CAUSES, DRIFT_DECISIONS, DRIFT_STATUSES } from '../../domain/portfolio/drift.ts';
import { Decimal, Flag, Id, pageQuery, Time, text, wholePageQuery } from './common.ts';

export const Position = z
  .object({
    account: z.string(),
    symbol: z.string(),
    quantity: Decimal.meta({ description: 'Signed base units' }),
    averagePrice: Decimal.nullable(),
    markPrice: Decimal.nullable(),
    markedAt: Time.nullable().meta({ description: 'When `markPrice` was the price: without a leader it may be a while ago' }),
    unrealizedPnl: Decimal.nullable().meta({ description: 'null while there is no price' }),
    realizedPnl: Decimal.meta({ description: 'Of its trades' }),
    funding: Decimal.meta({ description: 'What holding it has cost (negative) or brought, in quote' }),
    liquidationPrice: Decimal.nullable().meta({ description: 'Where the exchange would close it; null: none, or not known' }),
    leverage: Decimal.nullable(),
    marginMode: z.enum(['cross', 'isolated']).nullable(),
  })
  .meta({ id: 'Position' });

export const PositionQuery = wholePageQuery({
  account: text(64).exactOptional(),
  symbol: text(60).exactOptional(),
  open: Flag.exactOptional().meta({ description: 'Only positions that are not flat' }),
});

export const Balance = z.object({ account: z.string(), asset: z.string(), total: Decimal }).meta({ id: 'Balance' });

export const Drift = z
  .object({
    id: Id,
    account: z.string(),
    symbol: z.string(),
    cause: z.enum(DRIFT_CAUSES),
    held: Decimal.meta({ description: "The ledger's position" }),
    venue: Decimal.meta({ description: "The venue's" }),
    difference: Decimal,
    status: z.enum(DRIFT_STATUSES).meta({ description: 'open: somebody should decide; gone: both agree again' }),
    foundAt: Time,
    updatedAt: Time,
    decidedBy: z.string().nullable(),
  })
  .meta({ id: 'Drift', description: 'A position that the venue holds otherwise than the ledger says' });

export const DriftQuery = wholePageQuery({
  account: text(64).exactOptional(),
  status: z.enum(DRIFT_STATUSES).exactOptional().meta({ description: 'Without it: open and ignored ones' }),
});

export const DecideDrift = z
  .strictObject({
    decision: z.enum(DRIFT_DECISIONS).meta({
      description:
        "adopt: the ledger takes the venue's figure; align: an order brings the venue to the ledger's; ignore: nothing, until it changes",
    }),
  })
  .meta({ id: 'DecideDrift' });

export const DecidedDrift = z
  .object({
    driftId: Id,
    status: z.enum(DRIFT_STATUSES),
    orderId: Id.nullable().optional(),
    signalId: Id.optional(),
  })
  .meta({ id: 'DecidedDrift' });

export const BalanceQuery = wholePageQuery({ account: text(64).exactOptional() });

export const PerformanceQuery = wholePageQuery({ days: z.coerce.number().int().min(1).max(3650).default(30) });

export const PerformancePoint = z
  .object({
    day: z.string(),
    account: z.string(),
    realizedPnl: Decimal.meta({ description: 'Of trades and funding: what maxDailyLoss is compared with' }),
    funding: Decimal.meta({ description: 'The part of it that is funding' }),
    trades: z.number().int(),
  })
  .meta({ id: 'PerformancePoint', description: 'Realised profit and loss of one UTC day' });

export const FundingQuery = pageQuery({ account: text(64).exactOptional(), symbol: text(60).exactOptional() });

export const FundingPayment = z
  .object({
    id: z.string(),
    account: z.string(),
    symbol: z.string(),
    asset: z.string(),
    amount: Decimal.meta({ description: 'Negative: it was paid' }),
    paidAt: Time,
    venueId: z.string().meta({ description: 'The exchange’s id of it' }),
  })
  .meta({ id: 'FundingPayment' });

export const Portfolio = z
  .object({
    totals: z.array(
      z.object({
        asset: z.string(),
        realizedPnl: Decimal,
        funding: Decimal,
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
