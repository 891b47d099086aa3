import { z } from 'zod';
import type { MarginMode } from '../../../domain/alert/alert.ts';
import type { Market } from '../../../domain/market/market.ts';
import type { Decimal } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import { amount, decimalOf, id, signed, time } from '../replies.ts';
import { type BybitOrder, figure, type Page, pageOf } from './bybitReplies.ts';

const execution = z.object({
  symbol: z.string().min(1),
  orderId: id,
  orderLinkId: z.string().default(''),
  side: z.string(),
  execId: id,
  execType: z.string(),
  execPrice: amount,
  execQty: amount,
  execFee: figure,
  feeCurrency: z.string().default(''),
  isMaker: z.boolean(),
  execTime: time,
});
const position = z.object({
  symbol: z.string().min(1),
  positionIdx: z.number().int(),
  side: z.string(),
  size: figure,
  avgPrice: figure,
  markPrice: figure,
  liqPrice: figure,
  leverage: figure,
});
const settlement = z.object({
  id: z.string().default(''),
  tradeId: z.string().default(''),
  symbol: z.string(),
  currency: z.string().min(1),
  funding: z.union([signed, z.literal('').transform(() => null)]),
  transactionTime: time,
});

export type Execution = z.infer<typeof execution>;
export type BybitPosition = z.infer<typeof position>;
export type Settlement = z.infer<typeof settlement>;

/** GET execution/list. Of what is listed as "executed", what was traded (docs/v5/enum, "execType"): funding is booked elsewhere. */
const TRADED: ReadonlySet<string> = new Set(['Trade', 'AdlTrade', 'BustTrade', 'BlockTrade', 'Delivery', 'Settle']);

export function readExecutions(reply: unknown): Page<Execution> {
  return pageOf('the trades', execution, reply);
}

export function isTrade({ execType }: Execution): boolean {
  return TRADED.has(execType);
}

/** A rebate is a negative fee. */
export function fillOf(row: Execution, market: Market): Fill {
  return {
    venueTradeId: row.execId,
    quantity: decimalOf(row.execQty),
    price: decimalOf(row.execPrice),
    fee: decimalOf(row.execFee),
    feeAsset: row.feeCurrency || feeAssetOf(row, market),
    liquidity: row.isMaker ? 'maker' : 'taker',
    executedAt: row.execTime,
  };
}

/**
 * Where no currency is named: perpetuals have their fees in what they are paid in; on spot they are taken from what is received, and what
 * is paid is given back as a rebate (docs/v5/enum, "spot fee currency instruction").
 */
function feeAssetOf({ side, execFee }: Execution, { type, base, quote }: Market): string {
  if (type !== 'spot') return quote;
  return (side === 'Buy') === decimalOf(execFee).gte(0) ? base : quote;
}

export function tradeOf(row: Execution, market: Market): VenueTrade {
  return {
    ...fillOf(row, market),
    venueOrderId: row.orderId,
    clientOrderId: row.orderLinkId || null,
    symbol: market.symbol,
    side: row.side === 'Buy' ? 'buy' : 'sell',
  };
}

/** Kinds of conditional orders that are placed here; the others are part of a position, of a pair, or trail. */
const PLACED_HERE: ReadonlySet<string> = new Set(['', 'UNKNOWN', 'Stop', 'tpslOrder']);
const BY_COST = 'quoteCoin';
const RISES = 1;
const FALLS = 2;

export function restingOrder(order: BybitOrder, symbol: string): RestingOrder {
  return {
    clientOrderId: order.orderLinkId || null,
    venueOrderId: order.orderId,
    symbol,
    side: order.side === 'Buy' ? 'buy' : 'sell',
    type: kindOf(order),
    quantity: quantityOf(order),
    filledQuantity: decimalOf(order.cumExecQty),
    price: unlessZero(order.price),
    stopPrice: unlessZero(order.triggerPrice),
    reduceOnly: order.reduceOnly,
    createdAt: order.createdTime,
  };
}

/** Counted in money by others: about so much, at the price it waits for. */
function quantityOf({ qty, marketUnit, triggerPrice }: BybitOrder): Decimal {
  const price = unlessZero(triggerPrice);
  return marketUnit === BY_COST && price ? decimalOf(qty).div(price) : decimalOf(qty);
}

/** Spot does not tell from which side it triggers. */
function kindOf({ stopOrderType, triggerPrice, triggerDirection, side, orderType, marketUnit }: BybitOrder): RestingOrder['type'] {
  const away = side === 'Buy' ? FALLS : RISES;
  if (!PLACED_HERE.has(stopOrderType) || triggerDirection === away || marketUnit === BY_COST) return 'other';
  if (unlessZero(triggerPrice) === null) return orderType === 'Limit' ? 'limit' : 'market';
  return orderType === 'Limit' ? 'stop_limit' : 'stop';
}

/** GET position/list. */
export function readPositions(reply: unknown): Page<BybitPosition> {
  return pageOf('the positions', position, reply);
}

/** The margin mode is the whole account's. */
export function positionOf(row: BybitPosition, symbol: string, marginMode: MarginMode | null): PositionReport {
  const size = decimalOf(row.size);
  return {
    symbol,
    quantity: row.side === 'Sell' ? size.neg() : size,
    entryPrice: unlessZero(row.avgPrice),
    markPrice: unlessZero(row.markPrice),
    liquidationPrice: unlessZero(row.liqPrice),
    leverage: unlessZero(row.leverage),
    marginMode,
  };
}

/** GET account/transaction-log of type SETTLEMENT. */
export function readSettlements(reply: unknown): Page<Settlement> {
  return pageOf('the funding payments', settlement, reply);
}

/** `funding` is positive for what was received. */
export function fundingOf(row: Settlement, symbol: string): FundingPayment | null {
  const payment = row.id || row.tradeId;
  if (row.funding === null || payment === '') return null;
  return { id: payment, symbol, asset: row.currency, amount: decimalOf(row.funding), at: row.transactionTime };
}

function unlessZero(value: string): Decimal | null {
  const number = decimalOf(value);
  return number.isZero() ? null : number;
}
