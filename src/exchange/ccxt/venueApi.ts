import type { Market } from '../../domain/market/market.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type { BalanceReport, OrderRef, PlaceRequest } from '../exchange.ts';

export interface AccountRights {
  /** Null where the venue does not tell. */
  readonly canTrade: boolean | null;
  readonly canWithdraw: boolean | null;
  /** What in the account's settings at the venue is in the way of trading, in words for a person; empty when nothing is. */
  readonly obstacles: readonly string[];
}

/**
 * One venue's trading calls for one account, spoken through ccxt. Every method answers with what the venue confirmed, or throws
 * the error that `judge` turns into an outcome.
 */
export interface VenueApi {
  place(request: PlaceRequest, market: Market): Promise<OrderReport>;
  cancel(ref: OrderRef, market: Market): Promise<OrderReport>;
  /** The order with its fills; throws what `judge` calls `absent` when no query of the venue knows it. */
  find(ref: OrderRef, market: Market): Promise<OrderReport>;
  balances(): Promise<readonly BalanceReport[]>;
  rights(): Promise<AccountRights>;
  /** Takes over the venue's time; answers how far ours is ahead of it, milliseconds. */
  syncClock(): Promise<number>;
}
