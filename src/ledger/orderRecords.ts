import type { OrderType, TimeInForce } from '../domain/alert/alert.ts';
import type { Order, OrderRole, OrderStatus, Side, WorkTerms } from '../domain/order/order.ts';
import type { Signal, SignalPart, SignalStatus } from '../domain/signal/signal.ts';
import { type StoredDecimal, toDecimal, toDecimalOrNull } from './records.ts';

export interface SignalRecord {
  id: string;
  seq: string | bigint;
  hookId: string | null;
  ownerId: string | null;
  source: string;
  actor: string;
  actorAddress: string | null;
  payload: string;
  correlationId: string;
  receivedAt: Date;
  strategy: string | null;
  tag: string | null;
}

export interface PartRecord {
  signalId: string;
  accountId: string;
  status: string;
  code: string | null;
  message: string | null;
  share: StoredDecimal | null;
}

export interface OrderRecord {
  id: string;
  signalId: string;
  leg: number;
  clientOrderId: string;
  accountId: string;
  symbol: string;
  side: string;
  type: string;
  quantity: StoredDecimal;
  price: StoredDecimal | null;
  stopPrice: StoredDecimal | null;
  timeInForce: string;
  expiresAt: Date | null;
  postOnly: boolean;
  reduceOnly: boolean;
  role: string;
  parentId: string | null;
  ocoGroup: string | null;
  parentShare: StoredDecimal | null;
  strategy: string | null;
  tag: string | null;
  terms: unknown;
  sliceOf: string | null;
  progress: unknown;
  venueOrderId: string | null;
  status: string;
  filledQuantity: StoredDecimal;
  filledNotional: StoredDecimal;
  code: string | null;
  message: string | null;
  createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
}

export function toSignal(record: SignalRecord): Signal {
  const { id, hookId, ownerId, payload, correlationId, strategy, tag } = record;
  const actor = { name: record.actor, address: record.actorAddress };
  const source = record.source as Signal['source'];
  return {
    id,
    seq: Number(record.seq),
    hookId,
    ownerId,
    source,
    actor,
    payload,
    correlationId,
    receivedAt: record.receivedAt.getTime(),
    strategy,
    tag,
  };
}

export function toPart({ signalId, accountId, status, code, message, share }: PartRecord): SignalPart {
  return { signalId, accountId, status: status as SignalStatus, code, message, ...(share === null ? {} : { share: toDecimal(share) }) };
}

export function toOrder(record: OrderRecord): Order {
  return {
    id: record.id,
    signalId: record.signalId,
    leg: record.leg,
    clientOrderId: record.clientOrderId,
    accountId: record.accountId,
    symbol: record.symbol,
    side: record.side as Side,
    type: record.type as OrderType,
    quantity: toDecimal(record.quantity),
    price: toDecimalOrNull(record.price),
    stopPrice: toDecimalOrNull(record.stopPrice),
    timeInForce: record.timeInForce as TimeInForce,
    expiresAt: record.expiresAt?.getTime() ?? null,
    postOnly: record.postOnly,
    reduceOnly: record.reduceOnly,
    role: record.role as OrderRole,
    parentId: record.parentId,
    ocoGroup: record.ocoGroup,
    parentShare: toDecimalOrNull(record.parentShare),
    strategy: record.strategy,
    tag: record.tag,
    terms: toTerms(record.terms),
    sliceOf: record.sliceOf,
    progress: (record.progress as Order['progress']) ?? null,
    venueOrderId: record.venueOrderId,
    status: record.status as OrderStatus,
    filledQuantity: toDecimal(record.filledQuantity),
    filledNotional: toDecimal(record.filledNotional),
    code: record.code,
    message: record.message,
    createdAt: record.createdAt.getTime(),
    updatedAt: record.updatedAt.getTime(),
    sentAt: record.sentAt?.getTime() ?? null,
  };
}

interface StoredTerms {
  readonly trail: { readonly kind: 'price'; readonly price: string } | { readonly kind: 'percent'; readonly percent: string } | null;
  readonly display: string | null;
  readonly durationMs: number | null;
}

export function toTerms(stored: unknown): WorkTerms | null {
  if (stored === null || stored === undefined) return null;
  const { trail, display, durationMs } = stored as StoredTerms;
  const distance =
    trail &&
    (trail.kind === 'price'
      ? { kind: trail.kind, price: toDecimal(trail.price) }
      : { kind: trail.kind, percent: toDecimal(trail.percent) });
  return { trail: distance, display: toDecimalOrNull(display), durationMs };
}
