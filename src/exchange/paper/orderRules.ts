import { type Refusal, refuse } from '../../domain/errors.ts';
import type { Market, Quote } from '../../domain/market/market.ts';
import { type Decimal, ZERO } from '../../domain/money.ts';
import type { PlaceRequest } from '../exchange.ts';
import { crosses, oppositePrice, stopReached } from './matching.ts';
import { hasLimit, hasStop, type PaperOrder } from './paperOrder.ts';

/** The venue's rules for an order that need no price: shape, precision, time. Null when it obeys them. */
export function checkRequest(request: PlaceRequest, market: Market, nowMs: number): Refusal | null {
  const precision =
    checkMultiple('quantity', request.quantity, market.stepSize) ??
    (hasLimit(request.type) ? checkMultiple('price', request.price, market.tickSize) : null) ??
    (hasStop(request.type) ? checkMultiple('stop price', request.stopPrice, market.tickSize) : null);
  if (precision) return precision;
  if (request.postOnly && !hasLimit(request.type)) return refuse('VENUE_REJECTED', `A ${request.type} order cannot be post-only.`);
  if (request.postOnly && (request.timeInForce === 'IOC' || request.timeInForce === 'FOK'))
    return refuse('VENUE_REJECTED', `A post-only order cannot be ${request.timeInForce}.`);
  if (request.timeInForce !== 'GTD') return null;
  if (request.expiresAt === null) return refuse('VENUE_REJECTED', 'A GTD order needs the time it expires at.');
  return request.expiresAt <= nowMs ? refuse('VENUE_EXPIRED', 'The order expires before it was placed.') : null;
}

function checkMultiple(what: string, value: Decimal | null, step: Decimal): Refusal | null {
  if (value === null) return refuse('VENUE_REJECTED', `This order type needs a ${what}.`);
  if (value.lte(ZERO)) return refuse('VENUE_PRECISION', `The ${what} ${value.toFixed()} is not positive.`);
  if (value.mod(step).isZero()) return null;
  return refuse('VENUE_PRECISION', `The ${what} ${value.toFixed()} is not a multiple of ${step.toFixed()}.`);
}

/** The venue's smallest orders. Reduce-only swap orders may be of any value (as on Binance USDⓈ-M, error -4164), so that every position can be closed. */
export function checkMinimum(order: PaperOrder, market: Market, quote: Quote): Refusal | null {
  const quantity = order.workable;
  if (quantity.lt(market.minQuantity)) {
    return refuse(
      'VENUE_MIN_NOTIONAL',
      `The quantity ${quantity.toFixed()} is below the minimum ${market.minQuantity.toFixed()} ${market.base}.`,
    );
  }
  if (order.reduceOnly && market.type === 'swap') return null;
  const price = order.price ?? order.stopPrice ?? oppositePrice(order.side, quote);
  const notional = quantity.mul(price);
  if (notional.gte(market.minNotional)) return null;
  return refuse(
    'VENUE_MIN_NOTIONAL',
    `The order is worth ${notional.toFixed()} ${market.quote}, below the minimum ${market.minNotional.toFixed()}.`,
  );
}

/** What the market's price forbids to a new or amended order: a stop already passed, a post-only order that would take. */
export function checkAgainstMarket(order: PaperOrder, quote: Quote): Refusal | null {
  if (!order.triggered) {
    if (order.stopPrice === null || !stopReached(order.side, order.stopPrice, quote)) return null;
    return refuse('VENUE_WOULD_TRIGGER', `The last price ${quote.last.toFixed()} has passed the stop price ${order.stopPrice.toFixed()}.`);
  }
  if (!order.postOnly || order.price === null || !crosses(order.side, order.price, quote)) return null;
  const opposite = oppositePrice(order.side, quote);
  return refuse('VENUE_WOULD_MATCH', `At ${order.price.toFixed()} it would match the market's ${opposite.toFixed()}.`);
}
