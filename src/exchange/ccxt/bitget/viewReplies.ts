import { z } from 'zod';
import { type Decimal, ZERO } from '../../../domain/money.ts';
import type { Side } from '../../../domain/order/order.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import { amount, amountOrNone, decimalOf, id, signed, time } from '../replies.ts';
import { dataOf } from './bitgetAnswer.ts';
import { paidFee } from './paidFee.ts';
import { fillOf, type SwapFill, type SwapOrder, type SwapPlan, sideOf } from './swapReplies.ts';

const side = z.enum(['buy', 'sell']);
const maybe = amountOrNone.nullish().transform((text) => text ?? '0');
/** Where there is none, Bitget writes nothing, null, 0 or a negative number. */
const maybeSigned = z
  .union([signed, z.literal('')])
  .nullish()
  .transform((text) => text || '0');

const openOrder = z.object({
  orderId: id,
  clientOid: z.string().nullish(),
  orderType: z.string(),
  side,
  size: amount,
  baseVolume: maybe,
  priceAvg: maybe,
  cTime: time,
});
const plan = z.object({
  orderId: id,
  clientOid: z.string().nullish(),
  status: z.string(),
  orderType: z.string(),
  side,
  size: amount,
  executePrice: maybe,
  triggerPrice: maybe,
  cTime: time,
});
const plans = z.object({
  orderList: z
    .array(plan)
    .nullish()
    .transform((list) => list ?? []),
});
const spotTrade = z.object({
  tradeId: id,
  orderId: id,
  side,
  priceAvg: amount,
  size: amount,
  tradeScope: z.enum(['taker', 'maker']),
  feeDetail: z.object({ deduction: z.string().nullish(), feeCoin: z.string().min(1), totalFee: signed }),
  cTime: time,
});
const position = z.object({
  symbol: z.string().min(1),
  holdSide: z.enum(['long', 'short']),
  total: amount,
  openPriceAvg: maybeSigned,
  markPrice: maybeSigned,
  liquidationPrice: maybeSigned,
  leverage: z.coerce.string().pipe(amount).nullable().catch(null),
  marginMode: z.enum(['crossed', 'isolated']),
});
const bill = z.object({
  billId: id,
  symbol: z.string().min(1),
  amount: signed,
  businessType: z.string(),
  coin: z.string().min(1),
  cTime: time,
});
const bills = z.object({
  bills: z
    .array(bill)
    .nullish()
    .transform((list) => list ?? []),
});

export type SpotPlan = z.infer<typeof plan>;
export type SpotTrade = z.infer<typeof spotTrade>;
export type Bill = z.infer<typeof bill>;

/** A plan order by which another order is known. */
export interface Trigger {
  readonly orderId: string;
  readonly clientOid?: string | null | undefined;
  readonly orderType: string;
  readonly triggerPrice: string;
}

/** GET unfilled-orders: there `priceAvg` is the price of the order (api-doc/spot/trade/Get-Unfilled-Orders). */
export function readOpenOrders(reply: unknown, symbol: string): readonly RestingOrder[] {
  return dataOf('the open orders', z.array(openOrder), reply).map((order) => ({
    clientOrderId: order.clientOid || null,
    venueOrderId: order.orderId,
    symbol,
    side: order.side,
    type: plainType(order.orderType),
    quantity: decimalOf(order.size),
    filledQuantity: decimalOf(order.baseVolume),
    price: unlessZero(order.priceAvg),
    stopPrice: null,
    reduceOnly: false,
    createdAt: order.cTime,
  }));
}

/** GET current-plan-order and history-plan-order. */
export function readSpotPlans(reply: unknown): readonly SpotPlan[] {
  return dataOf('the plan orders', plans, reply).orderList;
}

export function waitingSpotPlan(order: SpotPlan, symbol: string): RestingOrder {
  return {
    clientOrderId: order.clientOid || null,
    venueOrderId: order.orderId,
    symbol,
    side: order.side,
    type: planType(order.orderType),
    quantity: decimalOf(order.size),
    filledQuantity: ZERO,
    price: unlessZero(order.executePrice),
    stopPrice: unlessZero(order.triggerPrice),
    reduceOnly: false,
    createdAt: order.cTime,
  };
}

/** The client order id is not among what Bitget lists with a trade. */
export function spotTradeOf(row: SpotTrade, symbol: string): VenueTrade {
  return {
    venueTradeId: row.tradeId,
    venueOrderId: row.orderId,
    clientOrderId: null,
    symbol,
    side: row.side,
    quantity: decimalOf(row.size),
    price: decimalOf(row.priceAvg),
    fee: paidFee(row.feeDetail),
    feeAsset: row.feeDetail.feeCoin,
    liquidity: row.tradeScope,
    executedAt: row.cTime,
  };
}

export function readSpotTrades(reply: unknown): readonly SpotTrade[] {
  return dataOf('the trades', z.array(spotTrade), reply);
}

export function restingSwapOrder(order: SwapOrder, symbol: string): RestingOrder {
  return {
    clientOrderId: order.clientOid || null,
    venueOrderId: order.orderId,
    symbol,
    side: sideOf(order),
    type: plainType(order.orderType),
    quantity: decimalOf(order.size),
    filledQuantity: decimalOf(order.baseVolume),
    price: unlessZero(order.price),
    stopPrice: null,
    reduceOnly: reduces(order),
    createdAt: order.cTime,
  };
}

/** What is tied to a position is of another kind, and may have no size of its own. */
export function waitingSwapPlan(order: SwapPlan, symbol: string): RestingOrder {
  return {
    clientOrderId: order.clientOid || null,
    venueOrderId: order.orderId,
    symbol,
    side: sideOf(order),
    type: order.planType === 'normal_plan' ? planType(order.orderType) : 'other',
    quantity: decimalOf(order.size),
    filledQuantity: ZERO,
    price: unlessZero(order.price),
    stopPrice: unlessZero(order.triggerPrice),
    reduceOnly: reduces(order),
    createdAt: order.cTime,
  };
}

/** In hedge mode an order that closes is one that reduces. */
function reduces({ reduceOnly, posMode, tradeSide }: Pick<SwapOrder, 'reduceOnly' | 'posMode' | 'tradeSide'>): boolean {
  return reduceOnly?.toUpperCase() === 'YES' || (posMode === 'hedge_mode' && (tradeSide?.includes('close') ?? false));
}

/** The order a plan order has become, under the name of that one. */
export function triggeredOrder(order: RestingOrder, { orderId, clientOid, orderType, triggerPrice }: Trigger): RestingOrder {
  const name = { clientOrderId: clientOid || null, venueOrderId: orderId };
  return { ...order, ...name, type: planType(orderType), stopPrice: unlessZero(triggerPrice) };
}

export function triggeredTrade(trade: VenueTrade, { orderId, clientOid }: Trigger): VenueTrade {
  return { ...trade, venueOrderId: orderId, clientOrderId: clientOid || null };
}

export function swapTradeOf(row: SwapFill, symbol: string, sideOfIt: Side): VenueTrade {
  return { ...fillOf(row), venueOrderId: row.orderId, clientOrderId: null, symbol, side: sideOfIt };
}

/** GET all-position, by the venue's symbol. */
export function readPositions(reply: unknown): readonly Omit<PositionReport, never>[] {
  return (
    dataOf('the positions', z.array(position).nullish(), reply)
      ?.filter(({ total }) => !decimalOf(total).isZero())
      .map((row) => ({
        symbol: row.symbol,
        quantity: row.holdSide === 'long' ? decimalOf(row.total) : decimalOf(row.total).neg(),
        entryPrice: ifPositive(row.openPriceAvg),
        markPrice: ifPositive(row.markPrice),
        liquidationPrice: ifPositive(row.liquidationPrice),
        leverage: row.leverage === null ? null : decimalOf(row.leverage),
        marginMode: row.marginMode === 'crossed' ? ('cross' as const) : ('isolated' as const),
      })) ?? []
  );
}

/** GET bill. */
export function readBills(reply: unknown): readonly Bill[] {
  return dataOf('the bills', bills, reply).bills;
}

export function fundingOf(row: Bill, symbol: string): FundingPayment {
  return { id: row.billId, symbol, asset: row.coin, amount: decimalOf(row.amount), at: row.cTime };
}

function plainType(orderType: string): RestingOrder['type'] {
  return orderType === 'limit' || orderType === 'market' ? orderType : 'other';
}

function planType(orderType: string): RestingOrder['type'] {
  if (orderType === 'limit') return 'stop_limit';
  return orderType === 'market' ? 'stop' : 'other';
}

function unlessZero(text: string): Decimal | null {
  const value = decimalOf(text);
  return value.isZero() ? null : value;
}

function ifPositive(text: string): Decimal | null {
  const value = decimalOf(text);
  return value.gt(0) ? value : null;
}
