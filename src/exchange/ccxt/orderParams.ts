import type { VenueOrderType } from '../../domain/alert/alert.ts';
import type { Market } from '../../domain/market/market.ts';
import { type Decimal, floorToStep } from '../../domain/money.ts';
import type { Side } from '../../domain/order/order.ts';
import type { PlaceRequest } from '../exchange.ts';
import type { VenueLink } from './profile.ts';
import { NotSentError, RefusedHereError } from './venueErrors.ts';

/** Parameters of a request: amounts as plain text, with the digits they came with. */
export type Params = Readonly<Record<string, string>>;

export function hasLimitPrice(type: VenueOrderType): boolean {
  return type === 'limit' || type === 'stop_limit';
}

export function hasStopPrice(type: VenueOrderType): boolean {
  return type === 'stop' || type === 'stop_limit';
}

/** Throws `TypeError` when an order lacks what its type needs: a bug of ours, found before anything is sent. */
export function assertComplete({ type, price, stopPrice, timeInForce, expiresAt }: PlaceRequest): void {
  if (
    (hasLimitPrice(type) && price === null) ||
    (hasStopPrice(type) && stopPrice === null) ||
    (timeInForce === 'GTD' && expiresAt === null)
  )
    throw new TypeError('an order of this type needs its prices and times');
}

/** A price that `assertComplete` has seen. */
export function text(price: Decimal | null): string {
  if (price === null) throw new TypeError('an order of this type needs its prices');
  return price.toFixed();
}

/** The stop price, where a venue would carry out at once, or take for its opposite, a stop whose price has been passed: that is refused here. */
export async function unpassedStop(quote: VenueLink['quote'], { side, stopPrice }: PlaceRequest, market: Market): Promise<Decimal> {
  const last = (await quote(market.symbol))?.last;
  if (!last || !stopPrice) throw new NotSentError('no current price to tell on which side of it the stop lies');
  if (side === 'buy' ? last.gte(stopPrice) : last.lte(stopPrice))
    throw new RefusedHereError('VENUE_WOULD_TRIGGER', `the price ${last.toFixed()} has passed the stop price ${stopPrice.toFixed()}.`);
  return stopPrice;
}

/** How far past the market a market buy by quantity may fill, where the venue counts market buys in money. */
export const BOUND_PERCENT = 1;

/** How far beyond its trigger a stop may fill, where the venue has stops only with a limit. */
export const STOP_BOUND_PERCENT = 3;

/** The limit of such a stop: it fills like a market order unless the price leaps that far. */
export function boundOfStop(side: Side, stopPrice: Decimal, market: Market): Decimal {
  const percent = side === 'buy' ? 100 + STOP_BOUND_PERCENT : 100 - STOP_BOUND_PERCENT;
  return floorToStep(stopPrice.mul(percent).div(100), market.tickSize);
}

/**
 * The limit of a market buy at a venue that takes only an amount of money for one: bought by quantity it is an immediate-or-cancel
 * limit this far above the ask, which fills like a market order and buys exactly what was asked (docs/adr/0022). Throws
 * `NotSentError` without a price.
 */
export function boundOfMarketBuy(ask: Decimal | undefined, market: Market): Decimal {
  if (ask === undefined) throw new NotSentError('no current price to bound a market buy with');
  return floorToStep(ask.mul(100 + BOUND_PERCENT).div(100), market.tickSize);
}
