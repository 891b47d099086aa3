import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, amountOrNone, decimalOf, id, type OrderFacts, signed, statusOf, time } from '../replies.ts';
import { dataOf } from './bitgetAnswer.ts';
import { endCode } from './endCode.ts';
import { paidFee } from './paidFee.ts';

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
  feeDetail: z.object({ deduction: z.string().nullish(), feeCoin: z.string().min(1), totalFee: signed }),
  cTime: time,
});
const asset = z.object({ coin: z.string().min(1), available: amount, frozen: amount, locked: amountOrNone.default('0') });

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

export function readOrders(reply: unknown): readonly BitgetOrder[] {
  return dataOf('the list of orders', z.array(order), reply);
}

export function readPlanOrders(reply: unknown): readonly BitgetPlanOrder[] {
  return dataOf('the list of plan orders', planOrders, reply).orderList;
}

/** POST cancel-plan-order: whether it was canceled, "success or failure" (api-doc/spot/plan/Cancel-Plan-Order). */
export function readPlanCanceled(reply: unknown): boolean {
  return dataOf('the canceled plan order', z.object({ result: z.string() }).nullish(), reply)?.result === 'success';
}

/** GET plan-sub-order: the orders a triggered plan order became. */
export function readSubOrderIds(reply: unknown): readonly string[] {
  return dataOf('the orders of a plan order', z.array(z.object({ orderId: id })), reply).map(({ orderId }) => orderId);
}

/** `name`: the client order id we know it by, which is not its own when it came of a plan order. */
export function orderFacts(state: BitgetOrder, symbol: string, name: string, venueOrderId = state.orderId): OrderFacts {
  const status = statusOf(STATUS, state.status);
  const filledQuantity = decimalOf(state.baseVolume);
  return { clientOrderId: name, venueOrderId, symbol, status, filledQuantity, code: endCode(status, state, filledQuantity) };
}

/** GET fills of one order. */
export function readFills(reply: unknown): readonly Fill[] {
  return dataOf('the fills', z.array(fill), reply).map((row) => ({
    venueTradeId: row.tradeId,
    quantity: decimalOf(row.size),
    price: decimalOf(row.priceAvg),
    fee: paidFee(row.feeDetail),
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
