import { type Decimal, parseDecimal } from '../money.ts';

/** An account's own taker fee, written `"0.04%"`, as a fraction. Null: it is not set, or not a percentage from 0 to 10. */
export function takerFeeOf(setting: unknown): Decimal | null {
  if (typeof setting !== 'string' || !setting.endsWith('%')) return null;
  const percent = parseDecimal(setting.slice(0, -1).trim());
  return percent?.gte(0) && percent.lte(10) ? percent.div(100) : null;
}
