import { z } from 'zod';
import { HOOK_LAYERS } from '../../domain/signal/hook.ts';
import { Id, Name, Time, text } from './common.ts';

const seconds = (max: number) => z.number().int().min(1).max(max);

/** What may be said of a hook. With PUT, what is left out keeps its value. */
const settings = {
  accounts: z.array(text(40)).min(1, { error: 'Must name at least one account.' }).max(100),
  layers: z.array(z.enum(HOOK_LAYERS)).max(HOOK_LAYERS.length).meta({ description: '`ip` and `path` by default; `path` is always on' }),
  allowlist: z.array(text(50)).max(100).meta({ description: 'Addresses and CIDR blocks for this hook, besides the global ones' }),
  maxAgeSec: seconds(86_400).meta({ description: 'Alerts older than this are refused as stale' }),
  dedupeWindowSec: seconds(86_400).meta({ description: 'The same body within this window is the same alert' }),
  ratePoints: z.number().int().min(1).max(1_000_000).nullable().meta({ description: 'Alerts per minute; null: HOOK_RATE_POINTS' }),
  enabled: z.boolean(),
};

export const NewHook = z
  .strictObject({
    name: Name,
    accounts: settings.accounts,
    layers: settings.layers.default(['ip', 'path']),
    allowlist: settings.allowlist.default([]),
    maxAgeSec: settings.maxAgeSec.default(60),
    dedupeWindowSec: settings.dedupeWindowSec.default(60),
    ratePoints: settings.ratePoints.default(null),
    enabled: settings.enabled.default(true),
  })
  .meta({ id: 'NewHook' });
export type NewHook = z.output<typeof NewHook>;

export const HookChange = z
  .strictObject({ name: Name, ...settings })
  .partial()
  .meta({ id: 'HookChange' });
export type HookChange = z.output<typeof HookChange>;

export const Hook = z
  .object({
    id: Id,
    name: z.string(),
    layers: z.array(z.enum(HOOK_LAYERS)),
    accounts: z.array(z.string()),
    allowlist: z.array(z.string()),
    maxAgeSec: z.number(),
    dedupeWindowSec: z.number(),
    ratePoints: z.number().nullable(),
    enabled: z.boolean(),
    createdAt: Time,
  })
  .meta({ id: 'Hook', description: 'A door for alerts; its key and secret are never shown again' });

const secret = z.string().meta({ description: 'Value of the `secret` field in alerts; shown this once' });

export const HookWithSecret = Hook.extend({ secret: secret.optional() }).meta({ id: 'HookWithSecret' });

export const HookWithKey = HookWithSecret.extend({
  key: z.string().meta({ description: 'Shown this once; only its hash is kept' }),
  url: z.string().meta({ description: 'Where alerts are posted' }),
}).meta({ id: 'HookWithKey' });
