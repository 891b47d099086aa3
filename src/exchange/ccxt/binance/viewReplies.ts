import { z } from 'zod';
import type { VenueOrderType } from '../../../domain/alert/alert.ts';
import type { Decimal } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { FundingPayment, PositionReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import { amount, decimalOf, id, read, signed, time } from '../replies.ts';

const side = z.enum(['BUY', 'SELL']).transform((word) => (word === 'BUY' ? 'buy' : 'sell'));

const openOrder = z.object({
  orderId: id,
  clientOrderId: z.string().min(1),
  side,
  type: z.string(),
  origQty: amount,
  executedQty: amount,
  price: amount,
  stopPrice: amount.optional(),
  reduceOnly: z.boolean().default(false),
  closePosition: z.boolean().default(false),
  time,
});

const openAlgo = z.object({
  algoId: id,
  clientAlgoId: z.string().min(1),
  actualOrderId: z.union([z.literal(''), id]).nullish(),
  orderType: z.string(),
  side,
  quantity: amount.nullish(),
  price: amount.nullish(),
  triggerPrice: amount.nullish(),
  reduceOnly: z.boolean(),
  closePosition: z.boolean().default(false),
  createTime: time,
});

const trade = z.object({ id, orderId: id, price: amount, qty: amount, commission: signed, commissionAsset: z.string().min(1), time });
const spotTrade = trade.extend({ isBuyer: z.boolean(), isMaker: z.boolean() });
const swapTrade = trade.extend({ buyer: z.boolean(), maker: z.boolean() });

const position = z.object({
  symbol: z.string().min(1),
  positionAmt: signed,
  entryPrice: amount,
  markPrice: amount,
  liquidationPrice: signed,
});
const symbolSettings = z.object({ symbol: z.string().min(1), marginType: z.enum(['CROSSED', 'ISOLATED']), leverage: z.coerce.string() });
const income = z.object({ symbol: z.string().min(1), income: signed, asset: z.string().min(1), time, tranId: id });

export type AlgoListed = z.infer<typeof openAlgo>;
export type Position = z.infer<typeof position>;
export type SymbolSettings = z.infer<typeof symbolSettings>;
export type Income = z.infer<typeof income>;
/** A trade as it is listed by either market. */
export type ListedTrade = z.infer<typeof trade> & { readonly isBuyer: boolean; readonly isMaker: boolean };

const SPOT_TYPES: Readonly<Record<string, VenueOrderType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop',
  STOP_LOSS_LIMIT: 'stop_limit',
};
const ALGO_TYPES: Readonly<Record<string, VenueOrderType>> = { STOP_MARKET: 'stop', STOP: 'stop_limit' };

/** GET /openOrders of either market; its conditional orders futures list apart. */
export function readOpenOrders(reply: unknown, symbol: string): readonly RestingOrder[] {
  return read('the open orders', z.array(openOrder), reply).map((order) => ({
    clientOrderId: order.clientOrderId,
    venueOrderId: order.orderId,
    symbol,
    side: order.side,
    type: (order.closePosition ? undefined : SPOT_TYPES[order.type]) ?? 'other',
    quantity: decimalOf(order.origQty),
    filledQuantity: decimalOf(order.executedQty),
    price: unlessZero(order.price),
    stopPrice: unlessZero(order.stopPrice),
    reduceOnly: order.reduceOnly,
    createdAt: order.time,
  }));
}

/** GET /fapi/v1/openAlgoOrders and allAlgoOrders. */
export function readAlgos(reply: unknown): readonly AlgoListed[] {
  return read('the conditional orders', z.array(openAlgo), reply);
}

/** One that closes the whole position has no quantity of its own, and is none of ours. */
export function waitingOrder(algo: AlgoListed, symbol: string): RestingOrder {
  return {
    clientOrderId: algo.clientAlgoId,
    venueOrderId: algo.algoId,
    symbol,
    side: algo.side,
    type: algoType(algo),
    quantity: decimalOf(algo.quantity ?? '0'),
    filledQuantity: decimalOf('0'),
    price: unlessZero(algo.price),
    stopPrice: unlessZero(algo.triggerPrice),
    reduceOnly: algo.reduceOnly,
    createdAt: algo.createTime,
  };
}

/** The order a conditional one has become, under the name of that one. */
export function triggeredOrder(order: RestingOrder, algo: AlgoListed): RestingOrder {
  const { clientAlgoId, algoId, triggerPrice } = algo;
  return { ...order, clientOrderId: clientAlgoId, venueOrderId: algoId, type: algoType(algo), stopPrice: unlessZero(triggerPrice) };
}

function algoType({ closePosition, orderType }: AlgoListed): RestingOrder['type'] {
  return (closePosition ? undefined : ALGO_TYPES[orderType]) ?? 'other';
}

export function readSpotTrades(reply: unknown): readonly ListedTrade[] {
  return read('the trades', z.array(spotTrade), reply);
}

export function readSwapTrades(reply: unknown): readonly ListedTrade[] {
  return read('the trades', z.array(swapTrade), reply).map((row) => ({ ...row, isBuyer: row.buyer, isMaker: row.maker }));
}

/** The client order id is not among what Binance lists with a trade. */
export function tradeOf(row: ListedTrade, symbol: string): VenueTrade {
  return { ...fillOf(row), venueOrderId: row.orderId, clientOrderId: null, symbol, side: row.isBuyer ? 'buy' : 'sell' };
}

export function fillOf(row: ListedTrade): Fill {
  return {
    venueTradeId: row.id,
    quantity: decimalOf(row.qty),
    price: decimalOf(row.price),
    fee: decimalOf(row.commission),
    feeAsset: row.commissionAsset,
    liquidity: row.isMaker ? 'maker' : 'taker',
    executedAt: row.time,
  };
}

/** GET /fapi/v3/positionRisk, without what only has orders: a short is negative, in hedge mode too. */
export function readPositions(reply: unknown): readonly Position[] {
  return read('the positions', z.array(position), reply).filter(({ positionAmt }) => !decimalOf(positionAmt).isZero());
}

/** GET /fapi/v1/symbolConfig. */
export function readSymbolSettings(reply: unknown): readonly SymbolSettings[] {
  return read('the settings of the symbols', z.array(symbolSettings), reply);
}

export function positionOf(row: Position, symbol: string, settings: SymbolSettings | undefined): PositionReport {
  const liquidation = decimalOf(row.liquidationPrice);
  return {
    symbol,
    quantity: decimalOf(row.positionAmt),
    entryPrice: unlessZero(row.entryPrice),
    markPrice: unlessZero(row.markPrice),
    liquidationPrice: liquidation.gt(0) ? liquidation : null,
    leverage: settings ? decimalOf(settings.leverage) : null,
    marginMode: settings ? (settings.marginType === 'CROSSED' ? 'cross' : 'isolated') : null,
  };
}

/** GET /fapi/v1/income. */
export function readIncome(reply: unknown): readonly Income[] {
  return read('the income', z.array(income), reply);
}

/** The transaction's id is shared by all symbols that pay at one moment. */
export function fundingOf(row: Income, symbol: string): FundingPayment {
  return { id: `${row.tranId}-${row.symbol}`, symbol, asset: row.asset, amount: decimalOf(row.income), at: row.time };
}

function unlessZero(text: string | null | undefined): Decimal | null {
  const value = decimalOf(text ?? '0');
  return value.isZero() ? null : value;
}
