import { Decimal as DecimalJs } from 'decimal.js';

/**
 * Exact decimals for prices, quantities and balances. 60 significant digits hold the product of any two amounts this
 * system accepts (15 integer + 18 fraction digits each) without rounding; ROUND_DOWN never invents money.
 */
export const Decimal = DecimalJs.clone({ precision: 70, rounding: DecimalJs.ROUND_DOWN, toExpNeg: -40, toExpPos: 80 });
export type Decimal = InstanceType<typeof DecimalJs>;

export const ZERO: Decimal = new Decimal(0);

/** Fraction digits kept by the ledger (`NUMERIC(65,30)`). */
export const LEDGER_SCALE = 30;

const PLAIN_NUMBER = /^-?\d{1,15}(\.\d{1,18})?$/;

/** Reads a plain decimal (up to 15 integer and 18 fraction digits, no exponent, no grouping); anything else is `undefined`. */
export function parseDecimal(text: string): Decimal | undefined {
  return PLAIN_NUMBER.test(text) ? new Decimal(text) : undefined;
}

/** A decimal from a trusted source (our own database, a venue's string already validated by its adapter). */
export function decimal(value: string | number | Decimal): Decimal {
  return new Decimal(value);
}

/** The largest multiple of `step` not above `value` in magnitude; `step` must be positive. */
export function floorToStep(value: Decimal, step: Decimal): Decimal {
  return value.div(step).trunc().mul(step);
}

/** The smallest multiple of `step` not below `value`; `step` must be positive. */
export function ceilToStep(value: Decimal, step: Decimal): Decimal {
  return value.div(step).ceil().mul(step);
}

/** The multiple of `step` nearest to `value`, half away from zero; `step` must be positive. */
export function roundToStep(value: Decimal, step: Decimal): Decimal {
  return value.div(step).toDecimalPlaces(0, DecimalJs.ROUND_HALF_UP).mul(step);
}

/** Rounds to the ledger's scale so that what is held in memory equals what Postgres stores. */
export function toLedgerScale(value: Decimal): Decimal {
  return value.toDecimalPlaces(LEDGER_SCALE, DecimalJs.ROUND_DOWN);
}

export function minDecimal(a: Decimal, b: Decimal): Decimal {
  return a.lt(b) ? a : b;
}

export function maxDecimal(a: Decimal, b: Decimal): Decimal {
  return a.gt(b) ? a : b;
}
