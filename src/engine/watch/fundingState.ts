import type { FundingId } from '../../domain/ids.ts';
import { type Decimal, ZERO } from '../../domain/money.ts';
import { type BookedFunding, FUNDING_OVERLAP_MS } from '../../domain/portfolio/bookFunding.ts';
import type { LedgerSnapshot } from '../../ledger/ledger.ts';

/** Up to when the venue has told its payments, and those that it may tell again. */
export interface FundingState {
  until: number | null;
  /** Ids with their times, epoch ms. */
  readonly booked: Map<FundingId, number>;
}

export function newFunding(): FundingState {
  return { until: null, booked: new Map() };
}

export function restoreFunding(funding: FundingState | undefined, { until, ids }: LedgerSnapshot['funding'][number]): void {
  if (!funding) return;
  funding.until = until;
  for (const id of ids) funding.booked.set(id, until);
}

/** False: it is booked already. */
export function takeFunding(
  { funding, balances }: { readonly funding: FundingState; readonly balances: Map<string, Decimal> },
  { id, at, asset, balanceDelta }: BookedFunding,
): boolean {
  if (funding.booked.has(id)) return false;
  funding.booked.set(id, at);
  if (!balanceDelta.isZero()) balances.set(asset, (balances.get(asset) ?? ZERO).plus(balanceDelta));
  return true;
}

/** What the venue is not asked for again need not be remembered. */
export function rememberAsked(funding: FundingState | undefined, until: number): void {
  if (!funding) return;
  funding.until = until;
  for (const [id, at] of funding.booked) if (at < until - FUNDING_OVERLAP_MS) funding.booked.delete(id);
}
