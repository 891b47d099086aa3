import type { Capabilities } from '../../domain/market/capabilities.ts';
import type { Market } from '../../domain/market/market.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type { BalanceReport, OrderRef, PlaceRequest } from '../exchange.ts';

export interface AccountRights {
  readonly canTrade: boolean;
  /** Null where the venue does not tell. */
  readonly canWithdraw: boolean | null;
}

/**
 * One venue's trading calls for one account, spoken through ccxt. Every method answers with what the venue confirmed, or throws
 * the error that `judge` turns into an outcome.
 */
export interface VenueApi {
  readonly venue: string;
  readonly capabilities: Capabilities;
  /** Builds the request before it returns: what it throws at once is a bug of ours and nothing has left. */
  place(request: PlaceRequest, market: Market): Promise<OrderReport>;
  cancel(ref: OrderRef, market: Market): Promise<OrderReport>;
  /** The order with its fills; throws what `judge` calls `absent` when no query of the venue knows it. */
  find(ref: OrderRef, market: Market): Promise<OrderReport>;
  balances(): Promise<readonly BalanceReport[]>;
  rights(): Promise<AccountRights>;
  /** Takes over the venue's time; answers how far ours is ahead of it, milliseconds. */
  syncClock(): Promise<number>;
}
