import type { Decimal } from '../../../domain/money.ts';
import { decimalOf } from '../replies.ts';

/** Of one trade, as Bitget tells it. */
export interface FeeDetail {
  /** `yes`: paid with BGB instead of what is traded. */
  readonly deduction?: string | null | undefined;
  readonly totalFee: string;
}

/**
 * What a trade cost; negative: a rebate. A fee is negative there and a rebate positive. Of what is paid with BGB the documentation says
 * so too, and accounts are told a positive number (ccxt, bitget.js, `parseTrade`): that is never a rebate.
 */
export function paidFee({ deduction, totalFee }: FeeDetail): Decimal {
  const fee = decimalOf(totalFee);
  return deduction === 'yes' ? fee.abs() : fee.neg();
}
