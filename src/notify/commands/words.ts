import { Decimal, decimal } from '../../domain/money.ts';

/** For reading; what is reckoned with is never rounded. */
const NEAREST = Decimal.ROUND_HALF_UP;

/** Characters a phone shows in one line of a table without breaking it. */
export const LINE_UNITS_MAX = 32;

/** `0.5` → `+0.5`; as many digits as people read at a glance. */
export function signed(amount: string): string {
  const value = decimal(amount).toSignificantDigits(6, NEAREST);
  return value.gt(0) ? `+${value.toFixed()}` : value.toFixed();
}

/** Money with its sign: cents, or three digits where cents would be nothing. */
export function signedMoney(amount: string): string {
  const value = decimal(amount);
  if (value.isZero()) return '0.00';
  const text = value.abs().gte(1) ? value.toFixed(2, NEAREST) : value.toSignificantDigits(3, NEAREST).toFixed();
  return value.gt(0) ? `+${text}` : text;
}

export function rounded(amount: string): string {
  return decimal(amount).toSignificantDigits(8, NEAREST).toFixed();
}

/** One line of a table: the first at the left edge, the second at the right one; cut where both do not fit. */
export function twoSided(left: string, right: string): string {
  const room = Math.max(1, LINE_UNITS_MAX - right.length - 1);
  const cut = left.length > room ? `${left.slice(0, room - 1)}…` : left;
  return `${cut.padEnd(room)} ${right}`.trimEnd();
}

/** `2026-03-01T12:00:00.000Z` → `2026-03-01 12:00 UTC` */
export function minuteOf(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}
