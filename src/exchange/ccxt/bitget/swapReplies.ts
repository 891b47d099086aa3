import { z } from 'zod';
import { ZERO } from '../../../domain/money.ts';
import type { Fill, Side } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { amount, amountOrNone, decimalOf, id, type OrderFacts, signed, statusOf, time } from '../replies.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import { dataOf } from './bitgetAnswer.ts';
import { endCode } from './endCode.ts';
import { paidFee } from './paidFee.ts';

/** Amounts that may be missing, empty or null where there is none. */
const maybe = amountOrNone.nullish().transform((text) => text ?? '0');
const maybeSigned = z
  .union([signed, z.literal('')])
  .nullish()
  .transform((text) => text || '0');
/** Bitget writes leverages as text and as numbers. */
const leverage = z.coerce.string().pipe(amount).nullable().catch(null);

/** Which way an order trades is said in different words in each position mode. */
const direction = z.object({
  side: z.enum(['buy', 'sell']),
  posMode: z.string().nullish(),
  posSide: z.string().nullish(),
  tradeSide: z.string().nullish(),
});
const order = direction.extend({
  orderId: id,
  clientOid: z.string().nullish(),
  state: z.string().optional(),
  status: z.string().optional(),
  orderType: z.string(),
  force: z.string().optional(),
  size: maybe,
  price: maybe,
  baseVolume: maybe,
  reduceOnly: z.string().nullish(),
  orderSource: z.string().nullish(),
  cTime: time,
});
const plan = direction.extend({
  planType: z.string(),
  orderId: id,
  clientOid: z.string().nullish(),
  planStatus: z.string(),
  orderType: z.string(),
  size: maybe,
  price: maybe,
  triggerPrice: maybe,
  reduceOnly: z.string().nullish(),
  executeOrderId: z.union([z.literal(''), id]).nullish(),
  cTime: time,
});
const fill = z.object({
  tradeId: id,
  orderId: id,
  price: amount,
  baseVolume: amount,
  feeDetail: z.array(z.object({ deduction: z.string().nullish(), feeCoin: z.string().min(1), totalFee: maybeSigned })).min(1),
  side: z.enum(['buy', 'sell']),
  posMode: z.string().nullish(),
  tradeSide: z.string().nullish(),
  tradeScope: z.enum(['taker', 'maker']),
  cTime: time,
});
const account = z.object({
  marginCoin: z.string().min(1),
  accountEquity: maybeSigned,
  unrealizedPL: maybeSigned,
  crossedMaxAvailable: maybeSigned,
});
const symbolAccount = z.object({
  marginMode: z.enum(['crossed', 'isolated']),
  posMode: z.enum(['one_way_mode', 'hedge_mode']),
  crossedMarginLeverage: leverage,
  isolatedLongLever: leverage,
  isolatedShortLever: leverage,
});
const leverages = z.object({
  marginMode: z.enum(['crossed', 'isolated']),
  crossMarginLeverage: leverage,
  longLeverage: leverage,
  shortLeverage: leverage,
});
const canceledPlans = z.object({
  successList: z
    .array(z.object({ orderId: id, clientOid: z.string().nullish() }))
    .nullish()
    .transform((list) => list ?? []),
});

export type SwapOrder = z.infer<typeof order>;
export type SwapPlan = z.infer<typeof plan>;
export type SwapFill = z.infer<typeof fill>;
export type SymbolAccount = z.infer<typeof symbolAccount>;

/** api-doc/contract/trade/Get-Order-Details, "state"; lists call it "status". */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  init: 'open',
  new: 'open',
  live: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'canceled',
  cancelled: 'canceled',
};

/** Lists come as null when there is nothing in them. */
function listOf<T extends z.ZodType>(row: T) {
  return z
    .array(row)
    .nullish()
    .transform((list) => list ?? []);
}

export function readOrder(reply: unknown): SwapOrder {
  return dataOf('the order', order, reply);
}

/** GET orders-pending and orders-history. */
export function readOrders(reply: unknown): readonly SwapOrder[] {
  return dataOf('the list of orders', z.object({ entrustedList: listOf(order) }), reply).entrustedList;
}

/** GET orders-plan-pending and orders-plan-history. */
export function readPlans(reply: unknown): readonly SwapPlan[] {
  return dataOf('the list of plan orders', z.object({ entrustedList: listOf(plan) }), reply).entrustedList;
}

/** POST cancel-plan-order: a list of those it did cancel. */
export function readCanceledPlans(reply: unknown): readonly { readonly orderId: string }[] {
  return dataOf('the canceled plan orders', canceledPlans, reply).successList;
}

/** `name` and `venueOrderId`: what we know it by, which for an order that a plan order has become is the latter's. */
export function orderFacts(state: SwapOrder, symbol: string, name: string, venueOrderId = state.orderId): OrderFacts {
  const status = statusOf(STATUS, state.state ?? state.status ?? '');
  const filledQuantity = decimalOf(state.baseVolume);
  return { clientOrderId: name, venueOrderId, symbol, status, filledQuantity, code: endCode(status, state, filledQuantity) };
}

/** GET fills. */
export function readFills(reply: unknown): readonly SwapFill[] {
  return dataOf('the fills', z.object({ fillList: listOf(fill) }), reply).fillList;
}

export function fillOf(row: SwapFill): Fill {
  const feeAsset = row.feeDetail[0]?.feeCoin ?? '';
  const fees = row.feeDetail.filter(({ feeCoin }) => feeCoin === feeAsset).map(paidFee);
  return {
    venueTradeId: row.tradeId,
    quantity: decimalOf(row.baseVolume),
    price: decimalOf(row.price),
    fee: fees.reduce((sum, fee) => sum.add(fee), ZERO),
    feeAsset,
    liquidity: row.tradeScope,
    executedAt: row.cTime,
  };
}

/** In hedge mode `side` is the side of the position, in one-way mode that of the order (api-doc/contract/trade/Place-Order). */
export function sideOf({ side, posMode, posSide, tradeSide }: z.infer<typeof direction>): Side {
  if (posMode !== 'hedge_mode') return side;
  if (posSide !== 'long' && posSide !== 'short') throw new BrokenReplyError('an order in hedge mode is of no side');
  return (posSide === 'long') === (tradeSide?.toLowerCase().includes('close') ?? false) ? 'sell' : 'buy';
}

/** GET accounts: the wallet, without what open positions have gained or lost. */
export function readBalances(reply: unknown): readonly BalanceReport[] {
  return dataOf('the balances', z.array(account), reply).map((row) => {
    const total = decimalOf(row.accountEquity).sub(row.unrealizedPL);
    const free = decimalOf(row.crossedMaxAvailable);
    return { asset: row.marginCoin, free: free.lt(0) ? decimalOf('0') : free, total };
  });
}

/** GET account: what is set for one symbol, and the position mode, which is the same for all. */
export function readSymbolAccount(reply: unknown): SymbolAccount {
  return dataOf('the settings of the symbol', symbolAccount, reply);
}

/** POST set-leverage: what is set now, of whatever the margin mode makes count. */
export function readLeverages(reply: unknown): readonly (string | null)[] {
  const set = dataOf('the leverage', leverages, reply);
  return set.marginMode === 'crossed' ? [set.crossMarginLeverage] : [set.longLeverage, set.shortLeverage];
}
