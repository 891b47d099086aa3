import type { Market } from '../../domain/market/market.ts';
import { Decimal, ZERO } from '../../domain/money.ts';
import type { CcxtMarket } from './loadCcxt.ts';

/** ccxt's `precisionMode` constants (base/functions/number.js). */
const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;
/** For a venue that states its precision in significant digits or not at all. */
const FINEST = new Decimal('0.00000001');

/**
 * ccxt's market in our words, or null for what is not traded here: inactive ones, inverse contracts, options, dated futures.
 * Its steps and minimums are JS numbers, but short ones: their shortest text is the venue's own figure.
 */
export function readMarket(market: CcxtMarket, precisionMode: number): Market | null {
  const linearSwap = market.swap && market.linear === true;
  if (market.active === false || !market.base || !market.quote || !(market.spot || linearSwap)) return null;
  // Derivatives count contracts; we count base units.
  const unit = linearSwap ? new Decimal(market.contractSize ?? 1) : new Decimal(1);
  const stepSize = step(market.precision.amount, precisionMode).mul(unit);
  const minQuantity = new Decimal(market.limits.amount?.min ?? 0).mul(unit);
  return {
    symbol: market.symbol,
    venueSymbol: market.id,
    ...(market.altname === undefined || market.altname === market.id ? {} : { altName: market.altname }),
    type: market.spot ? 'spot' : 'swap',
    base: market.base,
    quote: market.quote,
    tickSize: step(market.precision.price, precisionMode),
    stepSize,
    ...(unit.eq(1) ? {} : { contractSize: unit }),
    minQuantity: minQuantity.gt(0) ? minQuantity : stepSize,
    minNotional: new Decimal(market.limits.cost?.min ?? ZERO),
    ...(market.taker === undefined ? {} : { takerFee: new Decimal(market.taker) }),
  };
}

function step(precision: number | undefined, mode: number): Decimal {
  if (precision === undefined) return FINEST;
  if (mode === TICK_SIZE && precision > 0) return new Decimal(precision);
  return mode === DECIMAL_PLACES ? new Decimal(10).pow(-precision) : FINEST;
}
