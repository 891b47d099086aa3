import type { Alert } from '../domain/alert/alert.ts';
import type { Refusal } from '../domain/errors.ts';
import type { CommandId, OrderId } from '../domain/ids.ts';
import type { Market } from '../domain/market/market.ts';
import type { Signal } from '../domain/signal/signal.ts';
import type { AccountState } from './state.ts';
import type { Venue } from './venues.ts';

/** A signal on its way: what was asked, by whom, and how long it stays valid. */
export interface SignalTask {
  /** The command it comes from, to be blamed should it fail. */
  readonly commandId: CommandId;
  readonly signal: Signal;
  readonly alert: Alert;
  readonly maxAgeSec: number;
}

/** One account's share of a signal, with everything found that it needs. */
export interface PartTask extends SignalTask {
  readonly account: AccountState;
  readonly venue: Venue;
  readonly market: Market;
}

/** What a signal came to on one account. */
export interface PartResult {
  /** Its legs, in order. */
  readonly orderIds: readonly OrderId[];
  readonly refusal: Refusal | null;
}
