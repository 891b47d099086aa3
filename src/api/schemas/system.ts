import { z } from 'zod';
import { Id, Time } from './common.ts';

export const Cluster = z
  .object({
    leader: z.string().nullable(),
    epoch: z.number().int(),
    instances: z.array(z.object({ id: z.string(), role: z.enum(['leader', 'follower']), lastSeenAt: Time, version: z.string() })),
    lag: z.number().int().meta({ description: 'Commands stored and not yet carried out' }),
  })
  .meta({ id: 'Cluster' });

export const Audit = z
  .object({
    id: z.string(),
    at: Time,
    actor: z.string(),
    address: z.string().nullable(),
    action: z.string(),
    subject: z.string(),
    before: z.unknown(),
    after: z.unknown(),
  })
  .meta({ id: 'Audit' });

export const CommandAnswer = z
  .discriminatedUnion('status', [
    z.object({ id: Id, status: z.literal('pending') }),
    z.object({ id: Id, status: z.literal('done'), reply: z.object({ status: z.number().int(), body: z.unknown() }) }),
  ])
  .meta({ id: 'CommandAnswer' });

export const Health = z
  .object({ status: z.literal('ok'), instance: z.string(), version: z.string(), uptimeSec: z.number() })
  .meta({ id: 'Health' });

export const Readiness = z
  .object({ ready: z.boolean(), checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().nullable() })) })
  .meta({ id: 'Readiness' });

export const MetricsText = z.string().meta({ description: 'Prometheus text format' });

export const OpenApiDocument = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });
