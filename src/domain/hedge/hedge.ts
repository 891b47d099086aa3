import type { AccountId, CommandId } from '../ids.ts';
import { type Decimal, decimal } from '../money.ts';

/** One side of a rule: a position. */
export interface HedgeLeg {
  readonly accountId: AccountId;
  /** The unified symbol. */
  readonly symbol: string;
}

/** Keeps the position `hedge` at `ratio` times the position `parent`. Plain JSON: decimals as text. */
export interface Hedge {
  readonly id: string;
  readonly name: string;
  /** Of its accounts; null: the house. */
  readonly ownerId: string | null;
  readonly parent: HedgeLeg;
  readonly hedge: HedgeLeg;
  /** `-1`: the opposite, of equal size. */
  readonly ratio: string;
  /** What is equal: base units, or what they are worth in quote. */
  readonly by: 'base' | 'notional';
  /** How far the hedge may be off before it is corrected: `5%` of what it should be, or base units of the hedge. */
  readonly band: string;
  /** Seconds between two corrections. */
  readonly minIntervalSec: number;
  readonly enabled: boolean;
  readonly createdAt: number;
}

/**
 * How far the leader has come with a rule. `decided` is written before its command is appended, and the command's id follows from
 * rule and step: whoever leads appends it again without doubling it.
 */
export interface HedgeProgress {
  readonly hedgeId: string;
  readonly step: number;
  readonly commandId: CommandId;
  /** Signed base units. */
  readonly target: string;
  readonly state: 'decided' | 'done';
  /** Why it came to nothing, or null. */
  readonly code: string | null;
  readonly message: string | null;
  /** In a row. */
  readonly failures: number;
  /** Epoch ms. */
  readonly at: number;
}

export const HEDGES_MAX = 100;
/** A correction that came to nothing is tried again after twice as long each time, up to this, milliseconds. */
const BACKOFF_MS_MAX = 900_000;
const BACKOFF_MS_MIN = 10_000;

/** Epoch ms from which the next correction may be decided. */
export function nextDecisionAt({ minIntervalSec }: Hedge, progress: HedgeProgress | undefined): number {
  if (!progress) return 0;
  const interval = minIntervalSec * 1000;
  if (progress.failures === 0) return progress.at + interval;
  return (
    progress.at +
    Math.max(interval, Math.min(Math.max(interval, BACKOFF_MS_MIN) * 2 ** Math.min(progress.failures - 1, 10), BACKOFF_MS_MAX))
  );
}

/** Epoch ms from which one that leaves may be decided: what was refused because it opened does not keep a hedge from going with its parent. */
export function nextLeavingAt(rule: Hedge, progress: HedgeProgress | undefined, held: Decimal): number {
  const hasFailedToLeave = !progress || leaves(held, decimal(progress.target));
  return hasFailedToLeave ? nextDecisionAt(rule, progress) : progress.at + rule.minIntervalSec * 1000;
}

/** Less of what is held, nothing, or the other side. */
export function leaves(held: Decimal, target: Decimal): boolean {
  return !held.isZero() && (target.isZero() || held.isNegative() !== target.isNegative() || target.abs().lt(held.abs()));
}

const TAG = 'hedge:';

/** What its orders and signals are tagged with. */
export function hedgeTag({ name }: Pick<Hedge, 'name'>): string {
  return `${TAG}${name}`;
}

/** Also what a rule has ordered before it was given its name. */
export function isOfHedge(tag: string | null): boolean {
  return tag?.startsWith(TAG) ?? false;
}
