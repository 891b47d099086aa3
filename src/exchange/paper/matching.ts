import type { Market, Quote } from '../../domain/market/market.ts';
import { ceilToStep, type Decimal, floorToStep, maxDecimal, minDecimal } from '../../domain/money.ts';
import type { Fill, Side } from '../../domain/order/order.ts';
import type { PaperOrder } from './paperOrder.ts';
import type { PaperSettings } from './paperSettings.ts';

/** An order is worked off in at most this many fills, however thin the market is set: bounds its memory and its reports. */
export const MAX_FILLS = 1000;

export interface Match {
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly liquidity: Fill['liquidity'];
}

/** The price an order on `side` meets: the ask for a buy, the bid for a sell. */
export function oppositePrice(side: Side, quote: Quote): Decimal {
  return side === 'buy' ? quote.ask : quote.bid;
}

/** The opposite price made worse by the slippage and rounded against the order to a tick; a sell never goes below one tick. */
export function slippedPrice(side: Side, quote: Quote, market: Market, settings: PaperSettings): Decimal {
  if (side === 'buy') return ceilToStep(quote.ask.mul(settings.slippageFactor.buy), market.tickSize);
  const price = floorToStep(quote.bid.mul(settings.slippageFactor.sell), market.tickSize);
  return maxDecimal(price, market.tickSize);
}

/** A limit price at or through the other side of the market. */
export function crosses(side: Side, price: Decimal, quote: Quote): boolean {
  return side === 'buy' ? quote.ask.lte(price) : quote.bid.gte(price);
}

/** Stops are breakout orders: a buy waits for the last price to rise to its stop, a sell for it to fall. */
export function stopReached(side: Side, stopPrice: Decimal, quote: Quote): boolean {
  return side === 'buy' ? quote.last.gte(stopPrice) : quote.last.lte(stopPrice);
}

/**
 * What the market gives a triggered order now, or null. Orders with a limit pay the opposite price while they take and their
 * own price once they have rested; orders without one pay the slipped price. One order gets at most the depth of one tick.
 */
export function matchOrder(order: PaperOrder, remaining: Decimal, market: Market, quote: Quote, settings: PaperSettings): Match | null {
  if (order.price === null) {
    const price = slippedPrice(order.side, quote, market, settings);
    return { quantity: withinDepth(order, remaining, price, market, settings), price, liquidity: 'taker' };
  }
  if (!crosses(order.side, order.price, quote)) return null;
  const price = order.passive ? order.price : oppositePrice(order.side, quote);
  return { quantity: withinDepth(order, remaining, price, market, settings), price, liquidity: order.passive ? 'maker' : 'taker' };
}

function withinDepth(order: PaperOrder, remaining: Decimal, price: Decimal, market: Market, settings: PaperSettings): Decimal {
  if (remaining.mul(price).lte(settings.depthNotional)) return remaining;
  const offered = floorToStep(settings.depthNotional.div(price), market.stepSize);
  const least = ceilToStep(order.workable.div(MAX_FILLS), market.stepSize);
  return minDecimal(remaining, maxDecimal(offered, least));
}
