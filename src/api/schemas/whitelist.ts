import { z } from 'zod';
import { PRESET_ADDRESSES_MAX, PRESET_NAMES } from '../../domain/access/presets.ts';
import { EXPIRY_MS_MAX, LABEL_LENGTH_MAX } from '../../domain/access/whitelist.ts';
import { Flag, Time, text } from './common.ts';

const Cidr = text(60).meta({ description: 'An IPv4 or IPv6 address, or a CIDR block', example: '192.0.2.0/24' });

const Scope = text(80)
  .regex(/^(global|api|hook:.+)$/, { error: 'Must be "global", "api" or "hook:<name or id>".' })
  .meta({ description: '`global`: every hook. `api`: the API. `hook:<name or id>`: that hook only', example: 'global' });

export const NewWhitelistEntry = z
  .strictObject({
    cidr: Cidr,
    label: text(LABEL_LENGTH_MAX).default(''),
    scope: Scope.default('global'),
    expiresAt: Time.nullable().default(null).meta({ description: 'When it stops to count; null: never' }),
    forSec: z
      .number()
      .int()
      .min(1)
      .max(EXPIRY_MS_MAX / 1000)
      .optional()
      .meta({ description: 'Instead of expiresAt: for so many seconds' }),
    force: z.boolean().default(false).meta({ description: 'Even a very wide network, or what locks you out of the API' }),
  })
  .refine(({ expiresAt, forSec }) => expiresAt === null || forSec === undefined, {
    error: 'Give expiresAt or forSec, not both.',
    path: ['forSec'],
  })
  .meta({ id: 'NewWhitelistEntry' });
export type NewWhitelistEntry = z.output<typeof NewWhitelistEntry>;

export const WhitelistEntry = z
  .object({
    id: z.string(),
    cidr: Cidr,
    label: z.string(),
    scope: z.string().meta({ description: '`global`, `api` or `hook:<id>`' }),
    hook: z.string().nullable().meta({ description: 'Name of the hook of the scope' }),
    expiresAt: Time.nullable(),
    createdBy: z.string(),
    createdAt: Time.nullable(),
    source: z
      .string()
      .meta({ description: '`admin`; `settings`: from the environment, fixed; `preset:<name>`: one of a list kept together' }),
  })
  .meta({ id: 'WhitelistEntry' });

export const PresetChange = z
  .strictObject({
    addresses: z
      .array(Cidr)
      .min(1)
      .max(PRESET_ADDRESSES_MAX)
      .nullable()
      .default(null)
      .meta({ description: 'The list to store; null: the one this version was released with' }),
    scope: Scope.default('global'),
    force: z.boolean().default(false),
  })
  .meta({ id: 'PresetChange' });
export type PresetChange = z.output<typeof PresetChange>;

export const Preset = z
  .object({
    name: z.enum(PRESET_NAMES),
    title: z.string(),
    version: z.string().meta({ description: 'Month of the built-in list' }),
    reference: z.string(),
    builtIn: z.array(z.string()),
    stored: z.array(z.string()).meta({ description: 'What an admin stored for every hook; empty: the built-in list stands' }),
  })
  .meta({ id: 'Preset' });

export const Forced = z.strictObject({ force: Flag.default(false).meta({ description: 'Even if it locks you out of the API' }) });

export const PresetScope = z.strictObject({ scope: Scope.default('global') });
