import type { Market } from '../../../domain/market/market.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced, notTheCancel } from '../askAgain.ts';
import { venueSize } from '../contracts.ts';
import { hasStopPrice, text } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import type { OkxExchange, OkxParams } from './okxExchange.ts';
import { algoName, childrenOf, findOrder, kindsOf, orderName, readAlgo } from './okxLookup.ts';
import { OKX_REFUSALS, saidBy } from './okxRefusals.ts';
import * as replies from './okxReplies.ts';

/** How orders are paid: spot out of what is owned, contracts with margin. */
export type TradeMode = 'cash' | 'cross' | 'isolated';

/** A new order is answered with its id alone, so it is asked about at once. */
export async function placeOrder(exchange: OkxExchange, tdMode: TradeMode, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { clientOrderId, type } = request;
  const common = { instId: market.venueSymbol, tdMode, ...sides(request), sz: venueSize(request.quantity, market).toFixed() };
  const reply = hasStopPrice(type)
    ? await exchange.privatePostTradeOrderAlgo({ ...common, ...stopTerms(request, tdMode), algoClOrdId: clientOrderId })
    : await exchange.privatePostTradeOrder({ ...common, ...plainTerms(request, tdMode), clOrdId: clientOrderId });
  const venueOrderId = replies.readPlacedId(reply, clientOrderId);
  return justPlaced(request, venueOrderId, () => findOrder(exchange, { clientOrderId, venueOrderId, symbol: market.symbol, type }, market));
}

/** In long/short mode the side of the position, which makes whatever is to close it reduce-only by itself; in net mode neither is said. */
function sides({ side, positionSide, reduceOnly }: PlaceRequest): OkxParams {
  if (positionSide) return { side, posSide: positionSide };
  return reduceOnly ? { side, reduceOnly: true } : { side };
}

/** Spot market orders are counted in the base asset, and refused where the balance is too small instead of made smaller. */
function plainTerms({ type, postOnly, timeInForce, price }: PlaceRequest, tdMode: TradeMode): OkxParams {
  if (type === 'market') return { ordType: 'market', ...(tdMode === 'cash' && { tgtCcy: 'base_ccy', banAmend: true }) };
  const ordType = postOnly ? 'post_only' : timeInForce === 'GTC' ? 'limit' : timeInForce.toLowerCase();
  return { ordType, px: text(price) };
}

/**
 * A stop-loss: refused by the venue where the price has passed it, and its market buys are counted in the base asset. OKX's "trigger"
 * orders are neither, and do not exist for contracts in net mode (errors 51281 and 51298).
 */
function stopTerms({ type, side, stopPrice, price }: PlaceRequest, tdMode: TradeMode): OkxParams {
  const inBase = tdMode === 'cash' && type === 'stop' && side === 'buy';
  return {
    ordType: 'conditional',
    slTriggerPx: text(stopPrice),
    slTriggerPxType: 'last',
    slOrdPx: type === 'stop' ? '-1' : text(price),
    ...(inBase && { tgtCcy: 'base_ccy' }),
  };
}

export async function cancelOrder(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const kinds = kindsOf(ref);
  for (const [index, kind] of kinds.entries()) {
    try {
      if (kind === 'algo') await cancelAlgo(exchange, ref, market);
      else await cancelPlain(exchange, orderName(ref), market);
      break;
    } catch (error) {
      if (index + 1 === kinds.length || judge(OKX_REFUSALS, error).kind !== 'absent') throw error;
    }
  }
  return justCanceled(() => findOrder(exchange, ref, market));
}

/** 51410: it is being canceled already. */
const CANCELING = '51410';

async function cancelPlain(exchange: OkxExchange, name: OkxParams, market: Market): Promise<void> {
  try {
    replies.readCanceled(await exchange.privatePostTradeCancelOrder({ instId: market.venueSymbol, ...name }));
  } catch (error) {
    if (!(error instanceof VenueReplyError) || saidBy(error.body)?.code !== CANCELING) throw error;
  }
}

/** Once triggered, it is the orders it became that rest: 51400 is the answer then, or 51412 or 51416, of which the first is a timeout too. */
async function cancelAlgo(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<void> {
  try {
    replies.readCanceled(await exchange.privatePostTradeCancelAlgos([{ instId: market.venueSymbol, ...algoName(ref) }]));
  } catch (error) {
    if (!(error instanceof VenueReplyError) || judge(OKX_REFUSALS, error).kind === 'rejected') throw error;
    const resting = await restingChildren(exchange, ref, market).catch(notTheCancel);
    if (resting.length === 0) throw error;
    for (const { ordId } of resting) await cancelPlain(exchange, { ordId }, market);
  }
}

async function restingChildren(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<readonly replies.OkxOrder[]> {
  const algo = await readAlgo(exchange, ref);
  const children = algo ? await childrenOf(exchange, algo, market) : [];
  return children.filter(({ state }) => state === 'live' || state === 'partially_filled');
}
