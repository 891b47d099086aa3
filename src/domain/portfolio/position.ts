import type { MarginMode } from '../alert/alert.ts';
import type { AccountId } from '../ids.ts';
import type { Decimal } from '../money.ts';

/**
 * What an account holds of one symbol. `quantity` is signed base units; `cost` is the quote paid for it (negative for a
 * short: the quote received), so the average price is cost ÷ quantity and nothing is lost to that division.
 */
export interface Position {
  readonly accountId: AccountId;
  readonly symbol: string;
  readonly quantity: Decimal;
  readonly cost: Decimal;
  /** Realised profit and loss in quote since the position was first held, fees in base or quote included. */
  readonly realizedPnl: Decimal;
}

/** What one fill did to the position: the ledger's unit of truth. Quote amounts. */
export interface LedgerEntry {
  readonly quantityDelta: Decimal;
  readonly costDelta: Decimal;
  readonly realizedPnl: Decimal;
}

/** Change of one asset's balance. */
export interface BalanceDelta {
  readonly asset: string;
  readonly delta: Decimal;
}

/** What a venue says about a position besides its size; null where it does not. */
export interface PositionMargin {
  readonly liquidationPrice: Decimal | null;
  readonly leverage: Decimal | null;
  readonly marginMode: MarginMode | null;
}

export function marginKey(accountId: AccountId, symbol: string): string {
  return `${accountId}\0${symbol}`;
}
