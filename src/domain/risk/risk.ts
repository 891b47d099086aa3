import type { Decimal } from '../money.ts';

/** `halted` takes no order at all from alerts; `reduce_only` takes exits only. */
export type TradingMode = 'active' | 'reduce_only' | 'halted';

/** Limits of one scope; null: no limit. Money is in the quote asset of the symbol traded. */
export interface RiskLimits {
  readonly maxOrderNotional: Decimal | null;
  readonly maxPositionNotional: Decimal | null;
  readonly maxOpenOrders: number | null;
  /** Largest loss realised since 00:00 UTC, per account. */
  readonly maxDailyLoss: Decimal | null;
  /** Unified symbols; null: every symbol. */
  readonly allowedSymbols: readonly string[] | null;
}

export const NO_LIMITS: RiskLimits = {
  maxOrderNotional: null,
  maxPositionNotional: null,
  maxOpenOrders: null,
  maxDailyLoss: null,
  allowedSymbols: null,
};

declare const approved: unique symbol;
/** Permission as a type: only `assessRisk` makes one, and the order path takes nothing else. */
export type RiskApproved<T> = T & { readonly [approved]: true };
