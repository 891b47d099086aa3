import { z } from 'zod';
import { Decimal, pageQuery, Time, text } from './common.ts';

const account = text(64).exactOptional().meta({ description: 'Name or id; may be left out while there is only one account' });

export const SymbolQuery = pageQuery({ account, search: text(40).exactOptional().meta({ example: 'BTC' }) });

export const TickerQuery = z.strictObject({
  account,
  symbol: text(60).meta({ description: 'Written as in an alert: `BTCUSDT`, `BTC/USDT`', example: 'BTC/USDT' }),
});

export const Market = z
  .object({
    symbol: z.string(),
    venueSymbol: z.string(),
    type: z.enum(['spot', 'swap']),
    base: z.string(),
    quote: z.string(),
    tickSize: Decimal,
    stepSize: Decimal,
    minQuantity: Decimal,
    minNotional: Decimal,
  })
  .meta({ id: 'Market' });

export const Ticker = z
  .object({
    symbol: z.string(),
    bid: Decimal,
    ask: Decimal,
    last: Decimal,
    at: Time,
    source: z.string().meta({ description: '`synthetic` or the venue it came from' }),
  })
  .meta({ id: 'Ticker' });
