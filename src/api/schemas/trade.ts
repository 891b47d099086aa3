import { z } from 'zod';
import { Decimal, Id, pageQuery, Time, text } from './common.ts';

export const Trade = z
  .object({
    id: Id,
    orderId: Id,
    signalId: Id,
    account: z.string(),
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    quantity: Decimal,
    price: Decimal,
    fee: Decimal,
    feeAsset: z.string(),
    liquidity: z.enum(['maker', 'taker', 'unknown']),
    realizedPnl: Decimal,
    venueTradeId: z.string(),
    executedAt: Time,
  })
  .meta({ id: 'Trade' });

const filters = {
  account: text(40).exactOptional(),
  symbol: text(60).exactOptional(),
  orderId: z.guid({ error: 'Must be the id of an order.' }).exactOptional(),
  signalId: text(64).exactOptional(),
};
export const TradeQuery = pageQuery(filters);
export const TradeSummaryQuery = z.strictObject(filters);

export const TradeSummary = z
  .object({
    account: z.string(),
    symbol: z.string(),
    trades: z.number().int(),
    bought: Decimal,
    sold: Decimal,
    volume: Decimal,
    realizedPnl: Decimal.meta({ description: 'Of its trades' }),
    funding: Decimal.nullable().meta({
      description:
        'What holding it has cost (negative) or brought, in quote; null when one order or signal is asked for: it is of no order',
    }),
    fees: z.array(z.object({ asset: z.string(), amount: Decimal })),
  })
  .meta({ id: 'TradeSummary', description: 'Base units bought and sold, quote volume, one row per account and symbol' });
