import { z } from 'zod';
import { Id, Name, Time, text } from './common.ts';

const credential = z.string().min(1).max(10_000);

/** ccxt's names for what exchanges ask for. */
const Credentials = z
  .strictObject({
    apiKey: credential,
    secret: credential,
    password: credential,
    uid: credential,
    login: credential,
    privateKey: credential,
    walletAddress: credential,
    token: credential,
  })
  .partial()
  .refine((given) => Object.keys(given).length > 0, { error: 'Must hold at least one credential, for most venues apiKey and secret.' });

const scalar = z.union([text(200), z.number(), z.boolean()]);
const Settings = z
  .record(text(40), z.union([scalar, z.null(), z.record(text(40), scalar)]))
  .refine((given) => Object.keys(given).length <= 50, { error: 'Must hold at most 50 settings.' })
  .meta({ description: 'Paper only: price feed, fees, slippage, opening balances', example: { feed: 'synthetic' } });

const owner = text(254).nullable().meta({ description: 'E-mail or id of the user it belongs to; null: the house' });

export const NewAccount = z
  .strictObject({
    name: Name,
    venue: text(40).meta({ example: 'binance' }),
    market: z.enum(['spot', 'swap']).nullable().default(null),
    credentials: Credentials.nullable().default(null),
    sandbox: z.boolean().default(false),
    settings: Settings.default({}),
    owner: owner.default(null),
  })
  .meta({ id: 'NewAccount' });
export type NewAccount = z.output<typeof NewAccount>;

export const AccountChange = z.strictObject({ owner }).meta({ id: 'AccountChange' });
export type AccountChange = z.output<typeof AccountChange>;

export const Account = z
  .object({
    id: Id,
    name: z.string(),
    venue: z.string(),
    market: z.enum(['spot', 'swap']).nullable(),
    sandbox: z.boolean(),
    hasCredentials: z.boolean(),
    settings: z.record(z.string(), z.unknown()),
    owner: z.string().nullable().meta({ description: 'E-mail of the user it belongs to; null: the house' }),
    enabled: z.boolean().meta({ description: 'false: waits for a second admin before it may trade' }),
    createdAt: Time,
  })
  .meta({ id: 'Account', description: 'A place to trade; its credentials are never shown' });

export const AccountCheck = z
  .looseObject({
    ok: z.boolean(),
    checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'AccountCheck' });
