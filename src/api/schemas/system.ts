import { z } from 'zod';
import { Id, Time, text } from './common.ts';

export const Cluster = z
  .object({
    leader: z.string().nullable(),
    epoch: z.number().int(),
    instances: z.array(z.object({ id: z.string(), role: z.enum(['leader', 'follower']), lastSeenAt: Time, version: z.string() })),
    lag: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Commands stored and not yet carried out; null while the command log does not answer' }),
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
    seq: z.number().int().meta({ description: 'Place in the chain' }),
    prevHash: z.string().meta({ description: 'Hash of the entry before' }),
    hash: z.string().meta({ description: 'SHA-256 over this entry and `prevHash` (docs/adr/0020)' }),
  })
  .meta({ id: 'Audit' });

const Hash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'Must be 64 hexadecimal digits.' });
const AuditPoint = z.object({ seq: z.number().int(), hash: z.string() });

const Match = text(200).optional().meta({ description: 'Exact, or the beginning when it ends in `*`' });
const Moment = z.iso.datetime({ offset: true, error: 'Must be a time like 2026-01-31T12:00:00Z.' }).optional();
export const AuditFilter = { actor: Match, action: Match, subject: Match, from: Moment, to: Moment };

export const AuditProof = z.strictObject({
  fromSeq: z.coerce.number({ error: 'Must be a whole number.' }).int().min(0).default(0),
  fromHash: Hash.default('0'.repeat(64)),
  expect: Hash.optional().meta({ description: 'A hash noted earlier; `expectedAt` tells whether the chain still contains it' }),
});

export const AuditCheck = z
  .object({
    checked: z.number().int(),
    last: AuditPoint.meta({ description: 'Where the next check begins (`fromSeq`, `fromHash`)' }),
    head: AuditPoint,
    done: z.boolean(),
    broken: z.object({ seq: z.number().int(), id: z.string().nullable(), reason: z.string() }).nullable(),
    expectedAt: z.number().int().nullable(),
  })
  .meta({ id: 'AuditCheck' });

export const CommandAnswer = z
  .discriminatedUnion('status', [
    z.object({ id: Id, status: z.literal('pending') }),
    z.object({ id: Id, status: z.literal('done'), reply: z.object({ status: z.number().int(), body: z.unknown() }) }),
  ])
  .meta({ id: 'CommandAnswer' });

export const Connection = z
  .object({
    address: z.string().meta({ description: 'The client, as this instance makes it out; what allowlists and bans go by' }),
    peer: z.string().meta({ description: 'The other end of the socket' }),
    forwardedFor: z.array(z.string()).meta({ description: 'X-Forwarded-For as received, the oldest entry first' }),
    identity: z.object({ name: z.string(), role: z.string() }),
  })
  .meta({ id: 'Connection' });

export const Health = z
  .object({ status: z.literal('ok'), instance: z.string(), version: z.string(), uptimeSec: z.number() })
  .meta({ id: 'Health' });

export const Readiness = z
  .object({ ready: z.boolean(), checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().nullable() })) })
  .meta({ id: 'Readiness' });

export const MetricsText = z.string().meta({ description: 'Prometheus text format' });

export const OpenApiDocument = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });
