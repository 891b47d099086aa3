import type { OrderType, TimeInForce } from '../alert/alert.ts';

/** What this venue and market can do natively. What is not listed is refused before it leaves (fail closed). */
export interface Capabilities {
  readonly orderTypes: readonly OrderType[];
  readonly timesInForce: readonly TimeInForce[];
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly shortSelling: boolean;
  /** Orders can be tied so that one's fill cancels the other: needed for takeProfit and stopLoss. */
  readonly oco: boolean;
  readonly amend: boolean;
  /** True when reports are pushed; false when open orders must be polled. */
  readonly pushesReports: boolean;
  /** How long after the last possible send a "not found" starts to be evidence, milliseconds (docs/venues.md). */
  readonly notFoundAfterMs: number;
}
