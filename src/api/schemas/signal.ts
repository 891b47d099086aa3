import { z } from 'zod';
import { SIGNAL_STATUSES } from '../../domain/signal/signal.ts';
import { Id, pageQuery, Time, text } from './common.ts';
import { Order } from './order.ts';

const SignalStatus = z.enum(SIGNAL_STATUSES).meta({ id: 'SignalStatus' });

export const Signal = z
  .object({
    id: Id,
    hookId: Id.nullable(),
    hook: z.string().nullable(),
    source: z.string(),
    status: SignalStatus,
    code: z.string().nullable(),
    message: z.string().nullable(),
    receivedAt: Time,
    payload: z.unknown(),
    correlationId: z.string(),
    repeats: z.number().int(),
    strategy: z.string().nullable(),
    tag: z.string().nullable(),
  })
  .meta({ id: 'Signal' });

export const SignalStory = Signal.extend({
  accounts: z.array(z.object({ account: z.string(), status: SignalStatus, code: z.string().nullable(), message: z.string().nullable() })),
  orders: z.array(Order),
  events: z.array(z.object({ at: Time, stage: z.string(), detail: z.string() })),
}).meta({ id: 'SignalStory', description: 'received → admitted → risk → orders → fills → notified' });

export const SignalQuery = pageQuery({ status: SignalStatus.exactOptional(), hookId: text(64).exactOptional() });

export const ExplainQuery = z.strictObject({
  hook: text(64).exactOptional().meta({ description: 'Name or id: as if it came to this hook' }),
});

export const Explanation = z
  .object({
    understood: z.literal(true),
    alert: z.unknown().meta({ description: 'The alert as stored: canonical, without its secret' }),
    explanation: z.string().meta({ description: 'What it means, in words' }),
    accounts: z.array(z.string()),
    dryRun: z.unknown().meta({ description: 'Sizing and risk verdict per account; null when this instance cannot say' }),
  })
  .meta({ id: 'Explanation' });

export const Decided = z
  .object({ signalId: Id, decision: z.enum(['approved', 'rejected']) })
  .meta({ id: 'Decided', description: "A person's word on a signal" });
