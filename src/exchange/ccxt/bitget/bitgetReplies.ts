import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, amountOrNone, decimalOf, id, type OrderFacts, read, signed, statusOf, time } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';

const envelope = z.object({ code: z.string(), data: z.unknown() });
const order = z.object({
  orderId: id,
  clientOid: z.string(),
  status: z.string(),
  orderType: z.string(),
  baseVolume: amountOrNone,
  force: z.string().optional(),
});
const planOrder = z.object({ orderId: id, clientOid: z.string(), status: z.string() });
const planOrders = z.object({
  orderList: z
    .array(planOrder)
    .nullable()
    .transform((list) => list ?? []),
});
const fill = z.object({
  tradeId: id,
  priceAvg: amount,
  size: amount,
  tradeScope: z.enum(['taker', 'maker']),
  feeDetail: z.object({ feeCoin: z.string().min(1), totalFee: signed }),
  cTime: time,
});
const asset = z.object({ coin: z.string().min(1), available: amount, frozen: amount, locked: amountOrNone.default('0') });
const ids = z.object({ orderId: id, clientOid: z.string().nullish() });

export type BitgetOrder = z.infer<typeof order>;
export type BitgetPlanOrder = z.infer<typeof planOrder>;

/** api-doc/spot/trade/Get-Order-Info, "status". */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  init: 'open',
  new: 'open',
  live: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  cancelled: 'canceled',
};

/** What an answer holds; a refusal that came with HTTP 200 is thrown like any other. */
function dataOf<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const { code, data } = read('the answer', envelope, reply);
  if (code !== '00000') throw new VenueReplyError(200, JSON.stringify(reply), null);
  return read(what, schema, data);
}

/** POST place-order and place-plan-order answer with ids alone. */
export function readPlacedId(reply: unknown, clientOrderId: string): string {
  const placed = dataOf('the order', ids, reply);
  if (placed.clientOid && placed.clientOid !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  return placed.orderId;
}

/** POST cancel-order and cancel-plan-order: the answer is that it was taken, what has become of the order must be asked. */
export function readCanceled(reply: unknown): void {
  dataOf('the canceled order', z.unknown(), reply);
}

export function readOrders(reply: unknown): readonly BitgetOrder[] {
  return dataOf('the list of orders', z.array(order), reply);
}

export function readPlanOrders(reply: unknown): readonly BitgetPlanOrder[] {
  return dataOf('the list of plan orders', planOrders, reply).orderList;
}

/** GET plan-sub-order: the orders a triggered plan order became. */
export function readSubOrderIds(reply: unknown): readonly string[] {
  return dataOf('the orders of a plan order', z.array(z.object({ orderId: id })), reply).map(({ orderId }) => orderId);
}

/** `name`: the client order id we know it by, which is not its own when it came of a plan order. */
export function orderFacts(state: BitgetOrder, symbol: string, name: string, venueOrderId = state.orderId): OrderFacts {
  const status = statusOf(STATUS, state.status);
  const filledQuantity = decimalOf(state.baseVolume);
  const atOnce = state.orderType === 'market' || state.force === 'ioc' || state.force === 'fok';
  const code =
    status !== 'canceled'
      ? null
      : atOnce
        ? 'VENUE_NO_LIQUIDITY'
        : state.force === 'post_only' && filledQuantity.isZero()
          ? 'VENUE_WOULD_MATCH'
          : 'VENUE_CANCELED';
  return { clientOrderId: name, venueOrderId, symbol, status, filledQuantity, code };
}

/** GET fills of one order. A fee paid is negative here. */
export function readFills(reply: unknown): readonly Fill[] {
  return dataOf('the fills', z.array(fill), reply).map((row) => ({
    venueTradeId: row.tradeId,
    quantity: decimalOf(row.size),
    price: decimalOf(row.priceAvg),
    fee: decimalOf(row.feeDetail.totalFee).neg(),
    feeAsset: row.feeDetail.feeCoin,
    liquidity: row.tradeScope,
    executedAt: row.cTime,
  }));
}

export function readBalances(reply: unknown): readonly BalanceReport[] {
  return dataOf('the balances', z.array(asset), reply).map(({ coin, available, frozen, locked }) => ({
    asset: coin,
    free: decimalOf(available),
    total: decimalOf(available).plus(frozen).plus(locked),
  }));
}

/** GET account/info: what the key may do, as a list of words. */
export function readAuthorities(reply: unknown): readonly string[] {
  return dataOf('the account', z.object({ authorities: z.array(z.string()).default([]) }), reply).authorities;
}
