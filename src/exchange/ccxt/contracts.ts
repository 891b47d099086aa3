import type { Market } from '../../domain/market/market.ts';
import type { Decimal } from '../../domain/money.ts';
import { RefusedHereError } from './venueErrors.ts';

/** Base units as the venue counts them. Throws `RefusedHereError` for what is no whole number of its steps: it would be rounded, or refused there. */
export function venueSize(quantity: Decimal, { stepSize, contractSize }: Market): Decimal {
  if (!quantity.mod(stepSize).isZero())
    throw new RefusedHereError('VENUE_PRECISION', `${quantity.toFixed()} is not a multiple of ${stepSize.toFixed()}.`);
  return contractSize === undefined ? quantity : quantity.div(contractSize);
}

/** What the venue counts, in base units. */
export function baseUnits(size: Decimal, { contractSize }: Pick<Market, 'contractSize'>): Decimal {
  return contractSize === undefined ? size : size.mul(contractSize);
}
