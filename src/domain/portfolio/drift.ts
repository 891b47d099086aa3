import { type AccountId, type CommandId, driftIdFor } from '../ids.ts';
import { type Decimal, floorToStep } from '../money.ts';

/** Why ledger and venue differ, as far as can be told. */
export const DRIFT_CAUSES = ['missed_fill', 'manual_change', 'partial_fill', 'fee_dust', 'unexplained'] as const;
export type DriftCause = (typeof DRIFT_CAUSES)[number];

/** `open`: somebody should decide. `gone`: the two agree again, or the difference became another one. */
export const DRIFT_STATUSES = ['open', 'ignored', 'adopted', 'aligned', 'gone'] as const;
export type DriftStatus = (typeof DRIFT_STATUSES)[number];

/** What is done about one: the ledger takes the venue's figure; an order brings the venue to the ledger's; nothing, until it changes. */
export const DRIFT_DECISIONS = ['adopt', 'align', 'ignore'] as const;
export type DriftDecision = (typeof DRIFT_DECISIONS)[number];

/** A position that the venue holds otherwise than the ledger says. */
export interface Drift {
  readonly id: string;
  readonly accountId: AccountId;
  readonly symbol: string;
  readonly cause: DriftCause;
  /** The ledger's position, and the venue's; signed base units. */
  readonly held: Decimal;
  readonly venue: Decimal;
  /** Of the venue's position, where it tells. */
  readonly entryPrice: Decimal | null;
  readonly status: DriftStatus;
  readonly foundAt: number;
  readonly updatedAt: number;
  /** Actor and command of the decision. */
  readonly decidedBy: string | null;
  readonly decisionId: CommandId | null;
}

/** One look at a symbol: what the ledger holds and what the venue does. */
export interface Difference {
  readonly symbol: string;
  readonly held: Decimal;
  readonly venue: Decimal;
  readonly entryPrice: Decimal | null;
}

/** As long as the difference is the same, both may move: what is traded on top of a drift does not make it another one. */
export function sameDifference(one: Pick<Drift, 'held' | 'venue'>, other: Pick<Drift, 'held' | 'venue'>): boolean {
  return one.venue.minus(one.held).eq(other.venue.minus(other.held));
}

/** What the cause is told from. */
export interface CauseFacts {
  readonly stepSize: Decimal;
  /** An execution of an order of ours is known to the venue and could not be booked. */
  readonly unbooked: boolean;
  /** How much an order of ours that the venue is not done telling about may still fill: signed, summed. */
  readonly pending: Decimal;
  /** Both agreed at an earlier look, and no order of ours has been at work there since. */
  readonly undisturbed: boolean;
}

export function causeOf({ held, venue }: Pick<Difference, 'held' | 'venue'>, facts: CauseFacts): DriftCause {
  const difference = venue.minus(held);
  if (floorToStep(difference.abs(), facts.stepSize).isZero()) return 'fee_dust';
  if (facts.unbooked) return 'missed_fill';
  const { pending } = facts;
  const within = difference.isPositive() === pending.isPositive() && difference.abs().lte(pending.abs());
  if (!pending.isZero() && within) return 'partial_fill';
  return facts.undisturbed ? 'manual_change' : 'unexplained';
}

export function newDrift(accountId: AccountId, { symbol, held, venue, entryPrice }: Difference, cause: DriftCause, now: number): Drift {
  return {
    id: driftIdFor(accountId, symbol, now),
    ...{ accountId, symbol, cause, held, venue, entryPrice },
    ...{ status: 'open', foundAt: now, updatedAt: now, decidedBy: null, decisionId: null },
  };
}

/** Too little to be traded: named, and nobody is alarmed. */
export function isDust({ cause }: Pick<Drift, 'cause'>): boolean {
  return cause === 'fee_dust';
}
