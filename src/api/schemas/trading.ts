import { z } from 'zod';
import { Time, text } from './common.ts';

const mode = z.enum(['active', 'reduce_only', 'halted']);

export const TradingState = z
  .object({
    mode,
    reason: z.string().nullable(),
    since: Time.nullable(),
    accounts: z.array(z.object({ account: z.string(), mode, reason: z.string().nullable(), since: Time })),
  })
  .meta({ id: 'TradingState', description: 'For everything, and for accounts with a state of their own' });

export const TradingChange = z
  .strictObject({
    account: text(64).nullable().default(null).meta({ description: 'Name or id; null: all accounts' }),
    reason: text(500).nullable().default(null),
  })
  .meta({ id: 'TradingChange' });
export type TradingChange = z.output<typeof TradingChange>;

export const Resumption = TradingChange.extend({
  totp: text(40).optional().meta({ description: 'A fresh code of your authenticator app, or a recovery code. Programs send none' }),
}).meta({ id: 'Resumption' });
