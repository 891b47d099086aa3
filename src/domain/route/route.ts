import type { AccountId } from '../ids.ts';
import type { BookLevel, Market } from '../market/market.ts';
import type { Decimal } from '../money.ts';
import type { Side } from '../order/order.ts';

/** What is to be carried out once in all. */
export interface RouteOrder {
  readonly side: Side;
  /** Base units. */
  readonly quantity: Decimal;
  /** What may not be paid more than, or sold for less; null: any price. */
  readonly limit: Decimal | null;
}

/** One account that could carry it out, or a part of it. */
export interface RouteVenue {
  readonly id: AccountId;
  /** Its name. */
  readonly account: string;
  readonly market: Pick<Market, 'base' | 'stepSize' | 'minQuantity' | 'minNotional'>;
  /** The side of the book that is taken, best first. A quantity that nobody says counts as an equal part of the order. */
  readonly levels: readonly BookLevel[];
  /** Taker fee as a fraction. */
  readonly fee: Decimal;
  /** Base units it can carry out at most; null: any. */
  readonly capacity: Decimal | null;
}

export interface RouteShare {
  readonly id: AccountId;
  readonly account: string;
  /** Base units; zero for those that carry out nothing. */
  readonly quantity: Decimal;
  /** What the share is expected to cost a unit, without and with the fee; for none of it, what the first unit would. */
  readonly price: Decimal;
  readonly effectivePrice: Decimal;
  readonly fee: Decimal;
}
