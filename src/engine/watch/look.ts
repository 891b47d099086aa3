import type { OrderId } from '../../domain/ids.ts';
import type { Decimal } from '../../domain/money.ts';
import type { Order } from '../../domain/order/order.ts';
import type { Difference } from '../../domain/portfolio/drift.ts';
import type { AccountState } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

/** What is remembered of an account between two looks. */
export interface AccountWatch {
  nextAt: number;
  busy: boolean;
  /** Monotonic ms until which looks come close upon each other. */
  pressedUntil: number;
  /** By symbol: epoch ms from which trades are asked for. */
  readonly since: Map<string, number>;
  /** Ids of fills that belong to no order we know, seen at the look before. */
  readonly strangers: Set<string>;
  /** Orders of ours that the venue has not answered about since a stranger's execution was met: it may be theirs. */
  readonly unanswered: Set<OrderId>;
  /** By symbol: executions of our own orders that could not be booked yet. */
  readonly unbooked: Set<string>;
  /** By symbol: a difference seen once, which may be gone at the next look. */
  readonly suspicions: Map<string, Difference>;
  /** Symbols in which the venue says that somebody else has done something. */
  readonly hinted: Set<string>;
  /** By symbol: what the ledger looked like when both agreed. */
  readonly agreed: Map<string, string>;
  /** Of the last look: more than it could ask about. */
  idleFrom: number;
}

/** True once the venue has answered and what it said is booked. */
export type Ask = (account: AccountState, venue: Venue, order: Order) => Promise<boolean>;

/** What a look at one account may use. */
export interface Look {
  readonly term: Term;
  readonly account: AccountState;
  readonly venue: Venue;
  readonly watch: AccountWatch;
  /** Asks the venue about an order of ours and books what it says. */
  readonly ask: Ask;
}

export interface HeldAtVenue {
  readonly quantity: Decimal;
  readonly entryPrice: Decimal | null;
}
