import { z } from 'zod';
import { APPROVAL_EXPIRES_SEC } from '../../domain/signal/approval.ts';
import { GAP_POLICIES } from '../../domain/signal/claim.ts';
import { HOOK_LAYERS } from '../../domain/signal/hook.ts';
import { Id, Name, Time, text } from './common.ts';
import { Preflight, SampleSymbol } from './signal.ts';

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
  approval: z
    .strictObject({
      expiresSec: z.number().int().min(APPROVAL_EXPIRES_SEC.min).max(APPROVAL_EXPIRES_SEC.max).default(APPROVAL_EXPIRES_SEC.default),
      maxDriftPercent: z
        .string()
        .regex(/^\d{1,3}(\.\d{1,6})?$/, { error: 'Must be a percentage as text, for example "0.5".' })
        .nullable()
        .default(null),
    })
    .nullable()
    .meta({ description: 'Entries wait until a person approves them; null: they do not. Exits never wait' }),
  onGap: z
    .enum(GAP_POLICIES)
    .meta({ description: 'What is done about an alert that does not follow from the one before it (docs/alerts.md)' }),
  owner: text(254).nullable().meta({ description: 'E-mail or id of the user it belongs to; null: the house' }),
};

const sample = {
  sampleMessage: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .exactOptional()
    .meta({
      description: 'The message as it will stand in TradingView, text or object, tried but not kept: `preflight` tells what it would do',
      example: 'buy {{ticker}} 10% sl=1%',
    }),
  sampleSymbol: SampleSymbol.exactOptional(),
};

/** A message to try when the hook is saved. Not part of the hook. */
export interface HookSample {
  readonly sampleMessage?: string | Readonly<Record<string, unknown>> | undefined;
  readonly sampleSymbol?: string | undefined;
}

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
    approval: settings.approval.default(null),
    onGap: settings.onGap.default('tell'),
    owner: settings.owner.default(null),
    ...sample,
  })
  .meta({ id: 'NewHook' });
export type NewHook = z.output<typeof NewHook>;

export const HookChange = z
  .strictObject({ name: Name, ...settings, ...sample })
  .partial()
  .meta({ id: 'HookChange' });
export type HookChange = z.output<typeof HookChange>;

/** What a rotation can renew. */
export const ROTATABLE = ['key', 'secret', 'hmacKey'] as const;
const DAY_SEC = 86_400;

export const Rotation = z
  .strictObject({
    what: z
      .array(z.enum(ROTATABLE))
      .min(1)
      .refine((what) => new Set(what).size === what.length, { error: 'Must name each only once.' })
      .optional()
      .meta({ description: 'What to renew; left out: everything the hook has' }),
    overlapSec: z
      .number()
      .int()
      .min(0)
      .max(30 * DAY_SEC)
      .default(3_600)
      .meta({ description: 'How long the old works beside the new, seconds; 0 ends it at once' }),
  })
  .meta({ id: 'Rotation' });
export type Rotation = z.output<typeof Rotation>;

const until = Time.nullable();

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
    owner: z.string().nullable(),
    oldWorksUntil: z
      .object({ key: until, secret: until, hmacKey: until })
      .meta({ description: 'Until when what the last rotation replaced still works; null: it does not' }),
    approval: z.object({ expiresSec: z.number(), maxDriftPercent: z.string().nullable() }).nullable(),
    onGap: z.enum(GAP_POLICIES),
    createdAt: Time,
  })
  .meta({ id: 'Hook', description: 'A door for alerts; its keys and secret are never shown again' });

const secret = z.string().meta({ description: 'Value of the `secret` field in alerts; shown this once' });

const hmacKey = z.string().meta({ description: 'Signs requests, as UTF-8 bytes (docs/webhook-security.md); shown this once' });
const key = z.string().meta({ description: 'Shown this once; only its hash is kept' });
const url = z.string().meta({ description: 'Where alerts are posted' });

const HookWithProofs = Hook.extend({ secret: secret.optional(), hmacKey: hmacKey.optional() });

export const HookWithSecret = HookWithProofs.extend({ preflight: Preflight.optional() }).meta({ id: 'HookWithSecret' });

export const HookWithKey = HookWithSecret.extend({ key, url }).meta({ id: 'HookWithKey' });

export const RotatedHook = HookWithProofs.extend({ key: key.optional(), url: url.optional() }).meta({ id: 'RotatedHook' });
