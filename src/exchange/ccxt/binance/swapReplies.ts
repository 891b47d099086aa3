import { z } from 'zod';
import type { Fill } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, decimalOf, id, type OrderFacts, read, signed, statusOf, time } from '../replies.ts';
import { endCode } from './endCode.ts';

const order = z.object({
  orderId: id,
  clientOrderId: z.string().min(1),
  status: z.string(),
  timeInForce: z.string(),
  type: z.string(),
  executedQty: amount,
  time: time.optional(),
  updateTime: time.optional(),
});
const algoOrder = z.object({
  algoId: id,
  clientAlgoId: z.string().min(1),
  algoStatus: z.string(),
  actualOrderId: z.union([z.literal(''), id]).nullish(),
  /** Zero before. */
  triggerTime: z.coerce.number().nullish(),
  updateTime: time.nullish(),
});
const trade = z.object({
  id,
  price: amount,
  qty: amount,
  commission: signed,
  commissionAsset: z.string().min(1),
  maker: z.boolean(),
  time,
});
const balance = z.object({ asset: z.string().min(1), balance: signed, availableBalance: signed });
const config = z.object({ canTrade: z.boolean(), dualSidePosition: z.boolean() });

export type SwapOrder = z.infer<typeof order>;
export type AlgoOrder = z.infer<typeof algoOrder>;

/** USDⓈ-M "Common definition", order status. */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};
/** Conditional orders that have not become an order yet, or never will. */
const ALGO_STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  NEW: 'open',
  TRIGGERING: 'open',
  TRIGGERED: 'open',
  FINISHED: 'open',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  REJECTED: 'rejected',
};

export function readOrder(reply: unknown): SwapOrder {
  return read('the order', order, reply);
}

export function readOrders(reply: unknown): readonly SwapOrder[] {
  return read('the list of orders', z.array(order), reply);
}

export function readAlgoOrder(reply: unknown): AlgoOrder {
  return read('the conditional order', algoOrder, reply);
}

export function readAlgoOrders(reply: unknown): readonly AlgoOrder[] {
  return read('the list of conditional orders', z.array(algoOrder), reply);
}

/** `name` and `venueOrderId`: what we know it by, which for an order that a conditional one became is the latter's. */
export function orderFacts(state: SwapOrder, symbol: string, name: string, venueOrderId = state.orderId): OrderFacts {
  const status = statusOf(STATUS, state.status);
  const facts = { clientOrderId: name, venueOrderId, symbol, status, filledQuantity: decimalOf(state.executedQty) };
  return { ...facts, code: endCode(status, state) };
}

/** A conditional order by itself never fills. */
export function algoFacts(state: AlgoOrder, symbol: string, name: string): OrderFacts {
  const status = statusOf(ALGO_STATUS, state.algoStatus);
  return { clientOrderId: name, venueOrderId: state.algoId, symbol, status, filledQuantity: decimalOf('0'), code: endCode(status, null) };
}

/** GET /fapi/v1/userTrades of one order. */
export function readTrades(reply: unknown): readonly Fill[] {
  return read('the trades', z.array(trade), reply).map((row) => ({
    venueTradeId: row.id,
    quantity: decimalOf(row.qty),
    price: decimalOf(row.price),
    fee: decimalOf(row.commission),
    feeAsset: row.commissionAsset,
    liquidity: row.maker ? 'maker' : 'taker',
    executedAt: row.time,
  }));
}

/** GET /fapi/v3/balance: the wallet, without what open positions have gained or lost. */
export function readBalances(reply: unknown): readonly BalanceReport[] {
  return read('the balances', z.array(balance), reply).map((row) => ({
    asset: row.asset,
    free: decimalOf(row.availableBalance),
    total: decimalOf(row.balance),
  }));
}

/** GET /fapi/v1/accountConfig. */
export function readConfig(reply: unknown): { readonly canTrade: boolean; readonly hedged: boolean } {
  const { canTrade, dualSidePosition } = read('the configuration of the account', config, reply);
  return { canTrade, hedged: dualSidePosition };
}

/** POST /fapi/v1/leverage: what is set now. */
export function readLeverage(reply: unknown): number {
  return read('the leverage', z.object({ leverage: z.coerce.number().int().positive() }), reply).leverage;
}
