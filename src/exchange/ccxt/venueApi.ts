import type { Market } from '../../domain/market/market.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type {
  BalanceReport,
  FundingPayment,
  MarginSettings,
  OrderRef,
  PlaceRequest,
  PositionReport,
  RestingOrder,
  VenueTrade,
} from '../exchange.ts';

export interface AccountRights {
  /** Null where the venue does not tell. */
  readonly canTrade: boolean | null;
  readonly canWithdraw: boolean | null;
  /** Only some addresses may use the key; null or absent where the venue does not tell. */
  readonly addressBound?: boolean | null;
  /** What a key that may not trade lacks, in words for a person. */
  readonly lacks?: string;
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
  /** What in the account's settings at the venue is in the way of trading here, in words for a person; empty when nothing is. */
  obstacles(): Promise<readonly string[]>;
  /** How the account holds positions; absent on spot. Asked when it is opened: with `hedge` every order comes with its `positionSide`. */
  positionMode?(): Promise<'one_way' | 'hedge'>;
  /** All of the market's orders that rest, conditional ones too, as many pages as there are (bounded). */
  openOrders?(market: Market): Promise<readonly RestingOrder[]>;
  /** The market's executions since `sinceMs`, oldest first, as many pages as there are (bounded). */
  trades?(market: Market, sinceMs: number): Promise<readonly VenueTrade[]>;
  /** Positions of the markets given by the venue's symbol; others are left out. */
  positions?(marketOf: (venueSymbol: string) => Market | undefined): Promise<readonly PositionReport[]>;
  /** Funding since `sinceMs`, oldest first. */
  funding?(marketOf: (venueSymbol: string) => Market | undefined, sinceMs: number): Promise<readonly FundingPayment[]>;
  /** Sets what holds for a market before its next order. Where leverage is refused there is none. */
  configure?(settings: MarginSettings, market: Market): Promise<void>;
  /** Takes over the venue's time; answers how far ours is ahead of it, milliseconds. */
  syncClock(): Promise<number>;
}
