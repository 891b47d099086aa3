import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';
import { baseUnits } from '../contracts.ts';
import { amount, amountOrNone, decimalOf, id, type OrderFacts, read, signed, statusOf, time } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import { saidBy } from './okxRefusals.ts';

const envelope = z.object({ code: z.string(), data: z.unknown() });
const placed = z.object({ ordId: id.optional(), algoId: id.optional(), clOrdId: z.string().nullish(), algoClOrdId: z.string().nullish() });
const side = z.enum(['buy', 'sell']);
const flag = z.enum(['true', 'false', '']).nullish();
const order = z.object({
  ordId: id,
  clOrdId: z.string(),
  /** Of the algo order that triggered it, or empty. */
  algoId: z.string().nullish(),
  algoClOrdId: z.string().nullish(),
  state: z.string(),
  ordType: z.string(),
  side,
  sz: amount,
  px: amountOrNone.nullish(),
  accFillSz: amountOrNone,
  reduceOnly: flag,
  cancelSource: z.string().nullish(),
  cTime: time,
});
const algoOrder = z.object({
  algoId: id,
  algoClOrdId: z.string(),
  state: z.string(),
  ordType: z.string(),
  side,
  sz: amountOrNone,
  slTriggerPx: z.string().nullish(),
  slOrdPx: z.string().nullish(),
  tpTriggerPx: z.string().nullish(),
  triggerPx: z.string().nullish(),
  reduceOnly: flag,
  ordId: z.string().nullish(),
  ordIdList: z.array(id).nullish(),
  failCode: z.string().nullish(),
  cTime: time,
  uTime: time,
});
const fill = z.object({
  /** Empty for what was no order: block trades. */
  ordId: z.string(),
  clOrdId: z.string().nullish(),
  billId: id,
  tradeId: id,
  side,
  fillPx: amount,
  fillSz: amount,
  fee: z.union([signed, z.literal('').transform(() => '0')]),
  feeCcy: z.string().min(1),
  execType: z.enum(['T', 'M', '']),
  ts: time,
});

export type OkxOrder = z.infer<typeof order>;
export type OkxAlgoOrder = z.infer<typeof algoOrder>;
export type OkxFill = z.infer<typeof fill>;

/** What counts sizes in contracts; spot has none. */
export interface Sized {
  readonly symbol: string;
  readonly contractSize?: Fill['quantity'];
}

/** Rows of an answer; a refusal that came with HTTP 200, also of a single order in it, is thrown like any other. */
export function rowsOf<T>(what: string, schema: z.ZodType<T>, reply: unknown): readonly T[] {
  const { data } = read('the answer', envelope, reply);
  const text = JSON.stringify(reply);
  if (saidBy(text) !== null) throw new VenueReplyError(200, text, null);
  return read(what, z.array(schema), data);
}

/** POST order and order-algo: ids alone. */
export function readPlacedId(reply: unknown, clientOrderId: string): string {
  const [row] = rowsOf('the order', placed, reply);
  const name = row?.algoId === undefined ? row?.clOrdId : row.algoClOrdId;
  const venueOrderId = row?.algoId ?? row?.ordId;
  if (venueOrderId === undefined) throw new BrokenReplyError('the order in the answer has no id');
  if (name && name !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  return venueOrderId;
}

/** POST cancel-order and cancel-algos: the cancel was taken; what has become of the order must be asked. */
export function readCanceled(reply: unknown): void {
  if (rowsOf('the canceled order', z.object({ sCode: z.string() }), reply).length !== 1)
    throw new BrokenReplyError('the answer is not about one order');
}

export function readOrders(reply: unknown): readonly OkxOrder[] {
  return rowsOf('the list of orders', order, reply);
}

export function readAlgoOrders(reply: unknown): readonly OkxAlgoOrder[] {
  return rowsOf('the list of algo orders', algoOrder, reply);
}

export function readFills(reply: unknown): readonly OkxFill[] {
  return rowsOf('the fills', fill, reply);
}

/** docs-v5, "Order details", `state`. */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  live: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'canceled',
  mmp_canceled: 'canceled',
};

/** `name` and `venueOrderId`: what we know it by, which for what an algo order triggered is the latter's. */
export function orderFacts(state: OkxOrder, market: Sized, name: string, venueOrderId = state.ordId): OrderFacts {
  const status = statusOf(STATUS, state.state);
  const filledQuantity = baseUnits(decimalOf(state.accFillSz), market);
  return { clientOrderId: name, venueOrderId, symbol: market.symbol, status, filledQuantity, code: endCode(status, state) };
}

/** Why it ended ("Order channel", `cancelSource`): 31 would have taken liquidity though post-only. */
function endCode(status: VenueOrderStatus, { ordType, cancelSource }: OkxOrder): OrderReport['code'] {
  if (status !== 'canceled') return null;
  if (ordType === 'post_only' && cancelSource === '31') return 'VENUE_WOULD_MATCH';
  return ['market', 'ioc', 'fok', 'optimal_limit_ioc'].includes(ordType) ? 'VENUE_NO_LIQUIDITY' : 'VENUE_CANCELED';
}

/** Ids of what an algo order triggered: a large one is split. */
export function childIds({ ordId, ordIdList }: OkxAlgoOrder): readonly string[] {
  return [...new Set([...(ordIdList ?? []), ...(ordId ? [ordId] : [])])];
}

/** docs-v5, "Algo order details", `state`. `triggered`: its orders tell what became of it. */
export function algoStatus({ state }: OkxAlgoOrder): VenueOrderStatus | 'triggered' {
  const status = ALGO_STATUS[state];
  if (!status) throw new BrokenReplyError('the algo order has a state that is not in the documentation');
  return status;
}

const ALGO_STATUS: Readonly<Record<string, VenueOrderStatus | 'triggered'>> = {
  live: 'open',
  pause: 'open',
  partially_effective: 'triggered',
  effective: 'triggered',
  partially_failed: 'triggered',
  canceled: 'canceled',
  order_failed: 'rejected',
};

/** Liquidations and the like have none. */
const LIQUIDITY = { T: 'taker', M: 'maker', '': 'unknown' } as const;

/** A fee is negative where it is paid. */
export function fillOf(row: OkxFill, market: Sized): Fill {
  return {
    venueTradeId: row.tradeId,
    quantity: baseUnits(decimalOf(row.fillSz), market),
    price: decimalOf(row.fillPx),
    fee: decimalOf(row.fee).neg(),
    feeAsset: row.feeCcy,
    liquidity: LIQUIDITY[row.execType],
    executedAt: row.ts,
  };
}
