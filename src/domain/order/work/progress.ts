import type { ReasonCode } from '../../errors.ts';
import { type Decimal, decimal, ZERO } from '../../money.ts';
import type { Order } from '../order.ts';

/** Why a worked order ends before all of it has filled. */
export interface Ending {
  readonly status: 'canceled' | 'expired' | 'rejected';
  readonly code: ReasonCode;
  /** What a venue or a rule said; null: what the code means. */
  readonly message: string | null;
}

/** What the leader keeps of a worked order, so that the next one goes on with the same plan. */
export interface WorkProgress {
  /** Epoch ms. */
  readonly startedAt: number;
  /** Planned slices of a TWAP or VWAP; 0 of an iceberg, which takes as many as it takes. */
  readonly slices: number;
  /** How much of it each slice is to be, in proportion; null: all alike. */
  readonly weights: readonly number[] | null;
  /** What was adjusted at the start, for people. */
  readonly note: string | null;
  /** Decided, and carried out once no slice can fill any more. */
  readonly ending: Ending | null;
  /** What its slices have realised, in quote. */
  readonly realized: Decimal;
}

export function newProgress(startedAt: number, slices: number, weights: readonly number[] | null, note: string | null): WorkProgress {
  return { startedAt, slices, weights, note, ending: null, realized: ZERO };
}

/** As the ledger keeps it: plain JSON, decimals as text. */
export function writeProgress({ realized, ...rest }: WorkProgress): Readonly<Record<string, unknown>> {
  return { ...rest, realized: realized.toFixed() };
}

/** Null: the work has not begun. */
export function readProgress({ progress }: Pick<Order, 'progress'>): WorkProgress | null {
  if (progress?.startedAt === undefined) return null;
  const { realized, ...rest } = progress as unknown as Omit<WorkProgress, 'realized'> & { readonly realized: string };
  return { ...rest, realized: decimal(realized) };
}
