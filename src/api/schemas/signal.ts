import { z } from 'zod';
import { SIGNAL_STATUSES } from '../../domain/signal/signal.ts';
import { Decimal, Id, pageQuery, Time, text } from './common.ts';
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
  accounts: z.array(
    z.object({
      account: z.string(),
      status: SignalStatus,
      code: z.string().nullable(),
      message: z.string().nullable(),
      share: Decimal.nullable().meta({ description: 'Base units it was given of a signal with "route":"best"; null: all that was asked' }),
    }),
  ),
  orders: z.array(Order),
  events: z.array(z.object({ at: Time, stage: z.string(), detail: z.string() })),
}).meta({ id: 'SignalStory', description: 'received → admitted → risk → orders → fills → notified' });

export const SignalQuery = pageQuery({ status: SignalStatus.exactOptional(), hookId: text(64).exactOptional() });

export const SampleSymbol = z
  .string()
  .regex(/^[\w:./-]{1,64}$/, { error: 'Must be a symbol, such as BTCUSDT or BINANCE:BTCUSDT.P.' })
  .meta({ description: 'What {{ticker}} becomes', example: 'BTCUSDT' });

export const ExplainQuery = z.strictObject({
  hook: text(64).exactOptional().meta({ description: 'Name or id: as if it came to this hook' }),
  symbol: SampleSymbol.exactOptional(),
});
export type ExplainQuery = z.output<typeof ExplainQuery>;

const Placeholder = z.object({
  placeholder: z.string().meta({ example: '{{close}}' }),
  value: z.string().nullable().meta({ description: 'What was put in its place; null: nothing can be assumed, `note` says what to do' }),
  note: z.string(),
});

const DryRun = z
  .object({
    account: z.string(),
    symbol: z.string().nullable().meta({ description: 'As the account trades it' }),
    verdict: z.enum(['would_trade', 'nothing_to_do', 'would_be_refused']),
    code: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'What is wrong and what would work' }),
    cancels: z.array(Id),
    orders: z.array(
      z.object({
        role: z.string(),
        side: z.string(),
        type: z.string(),
        quantity: Decimal.nullable().meta({ description: 'In base, rounded; null: a share of what fills' }),
        price: Decimal.nullable(),
        stopPrice: Decimal.nullable(),
        text: z.string(),
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'DryRun', description: 'What an alert would do on one account now' });

const understood = {
  alert: z.unknown().meta({ description: 'The alert as stored: canonical, without its secret' }),
  explanation: z.string().meta({ description: 'What it means, in words' }),
  accounts: z.array(z.string()),
  dryRun: z
    .array(DryRun)
    .nullable()
    .meta({ description: 'Sizing and risk verdict per account; null when nobody can say now: there is no leader, or it did not answer' }),
};
const placeholders = z.array(Placeholder).meta({ description: 'What TradingView would have filled in, and what was put there to try it' });

export const Explanation = z.object({ understood: z.literal(true), ...understood, placeholders }).meta({ id: 'Explanation' });

export const Preflight = z
  .object({
    understood: z.boolean().meta({ description: 'false: `mistakes` says why. The hook is saved all the same' }),
    mistakes: z.array(z.object({ pointer: z.string().optional(), code: z.string(), message: z.string() })).optional(),
    placeholders,
    notes: z.array(z.string()).meta({ description: 'What every alert of this message would meet at this hook' }),
    ...z.object(understood).partial().shape,
  })
  .meta({ id: 'Preflight', description: 'What the sample message would do at this hook now; nothing was sent or kept' });

export const Decided = z
  .object({ signalId: Id, decision: z.enum(['approved', 'rejected']) })
  .meta({ id: 'Decided', description: "A person's word on a signal" });
