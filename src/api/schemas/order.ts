import { z } from 'zod';
import { ALERT_ACTIONS, ORDER_TYPES, ROUTES, TIMES_IN_FORCE } from '../../domain/alert/alert.ts';
import { ORDER_ROLES, ORDER_STATUSES } from '../../domain/order/order.ts';
import { SIGNAL_STATUSES } from '../../domain/signal/signal.ts';
import { Amount, Decimal, Flag, Id, pageQuery, Time, text } from './common.ts';

export const OrderStatus = z.enum(ORDER_STATUSES).meta({ id: 'OrderStatus' });

export const Order = z
  .object({
    id: Id,
    signalId: Id,
    clientOrderId: z.string(),
    venueOrderId: z.string().nullable(),
    account: z.string(),
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    type: z.enum(ORDER_TYPES),
    role: z.enum(ORDER_ROLES).meta({ description: 'external: somebody else placed it at the venue' }),
    quantity: Decimal,
    price: Decimal.nullable(),
    stopPrice: Decimal.nullable(),
    timeInForce: z.enum(TIMES_IN_FORCE),
    postOnly: z.boolean(),
    reduceOnly: z.boolean(),
    filledQuantity: Decimal,
    averagePrice: Decimal.nullable(),
    status: OrderStatus,
    code: z.string().nullable(),
    message: z.string().nullable(),
    parentId: Id.nullable(),
    sliceOf: Id.nullable().meta({ description: 'The order that is worked off and of which this is one slice' }),
    terms: z
      .object({ trail: z.string().nullable(), display: Decimal.nullable(), durationSec: z.number().nullable() })
      .nullable()
      .meta({ description: 'Of an order that the leader works off: trailing_stop, iceberg, twap, vwap' }),
    progress: z.string().nullable().meta({ description: 'How far the leader has come with it' }),
    strategy: z.string().nullable(),
    tag: z.string().nullable(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Order' });

export const OrderQuery = pageQuery({
  account: text(40).exactOptional(),
  symbol: text(60).exactOptional().meta({ example: 'BTC/USDT' }),
  status: OrderStatus.exactOptional(),
  signalId: text(64).exactOptional(),
  role: z.enum(ORDER_ROLES).exactOptional().meta({ description: '`external`: orders that somebody else placed at the venue' }),
  open: Flag.exactOptional().meta({ description: 'Only orders that are not final' }),
});

const numberOrText = z.union([z.string(), z.number()]);

/** For the document: `parseAlert` reads the text itself, so that no digit is lost and every mistake is named. */
export const AlertBody = z
  .looseObject({
    action: z.enum(ALERT_ACTIONS),
    symbol: z.string(),
    quantity: numberOrText.optional().meta({ description: '"0.01", "100 USDT", "10%" or "1% risk"' }),
    type: z.enum(ORDER_TYPES).optional(),
    price: numberOrText.optional(),
    stopPrice: numberOrText.optional(),
    trail: numberOrText.optional().meta({ description: 'Of a trailing stop: "1%" or a distance' }),
    display: numberOrText.optional().meta({ description: 'Of an iceberg: base units shown at a time' }),
    duration: numberOrText.optional().meta({ description: 'Of a twap or vwap: "90s", "30m", "2h" or seconds' }),
    timeInForce: z.enum(TIMES_IN_FORCE).optional(),
    expiresAt: numberOrText.optional(),
    postOnly: z.boolean().optional(),
    reduceOnly: z.boolean().optional(),
    takeProfit: z.unknown().optional(),
    stopLoss: z.unknown().optional().meta({ description: 'A price, "1%", {at, trail} or {trail}' }),
    position: numberOrText.optional(),
    prevPosition: numberOrText.optional(),
    account: z.union([z.string(), z.array(z.string())]).optional(),
    route: z.enum(ROUTES).optional().meta({ description: 'best: once in all, on whichever of the accounts it costs least' }),
    id: z.string().optional().meta({ description: 'Idempotency key' }),
    time: numberOrText.optional(),
    orderId: z.string().optional(),
    strategy: z.string().optional(),
    tag: z.string().optional(),
    note: z.string().optional(),
  })
  .meta({
    id: 'Alert',
    description: 'The language of alerts',
    example: { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: 'paper' },
  });

export const AlertText = z.string().meta({ id: 'AlertText', description: 'A text alert', example: 'buy BTCUSDT 10% sl=1% tp=2%' });

export const AmendOrder = z
  .strictObject({
    quantity: Amount.nullable().default(null),
    price: Amount.nullable().default(null),
    stopPrice: Amount.nullable().default(null),
  })
  .refine((given) => given.quantity !== null || given.price !== null || given.stopPrice !== null, {
    error: 'Must give at least one of quantity, price and stopPrice.',
  })
  .meta({ id: 'AmendOrder', description: 'New values; what is left out stays' });

export const ResolveOrder = z
  .strictObject({
    exists: z.boolean().meta({ description: 'Whether the venue has it' }),
    venueOrderId: text(100).min(1).nullable().default(null).meta({ description: "The venue's own id of it" }),
  })
  .refine(({ exists, venueOrderId }) => exists || venueOrderId === null, { error: 'What does not exist has no id at the venue.' })
  .meta({ id: 'ResolveOrder', description: 'What somebody who has looked at the venue says of an order in doubt' });

const signal = z.object({
  id: Id,
  status: z.enum(SIGNAL_STATUSES),
  code: z.string().nullable(),
  message: z.string().nullable(),
});

/** The order that was created, and with it all legs and the signal they belong to. */
export const CreatedOrder = Order.extend({ orders: z.array(Order), signal }).meta({ id: 'CreatedOrder' });

export const NoOrder = z
  .object({ orders: z.array(Order).max(0), signal })
  .meta({ id: 'NoOrder', description: 'Carried out without a new order' });
