import { type AccountId, type FundingId, fundingIdFor } from '../ids.ts';
import { type Decimal, toLedgerScale, ZERO } from '../money.ts';

/** Venues list a payment some time after it was made: so far back they are asked again, milliseconds. What is known already is not booked twice. */
export const FUNDING_OVERLAP_MS = 3_600_000;

/** What holding a perpetual cost (negative) or brought, as the venue lists it. */
export interface PaidFunding {
  readonly id: string;
  readonly symbol: string;
  readonly asset: string;
  readonly amount: Decimal;
  /** Epoch ms. */
  readonly at: number;
}

/** A payment and what it does. */
export interface BookedFunding {
  readonly id: FundingId;
  readonly accountId: AccountId;
  readonly venueId: string;
  readonly symbol: string;
  readonly asset: string;
  readonly amount: Decimal;
  readonly at: number;
  /** In the symbol's quote asset; zero where it was paid in another, like a fee in a third asset. */
  readonly realizedPnl: Decimal;
  /** Zero where the balance was taken over from the venue since: that figure contains it. */
  readonly balanceDelta: Decimal;
}

/** `setAt`: when the venue's own balance of the asset last took the place of ours, epoch ms. */
export function bookFunding(accountId: AccountId, paid: PaidFunding, quoteAsset: string, setAt: number | null): BookedFunding {
  const amount = toLedgerScale(paid.amount);
  return {
    id: fundingIdFor(accountId, paid.id),
    accountId,
    venueId: paid.id,
    symbol: paid.symbol,
    asset: paid.asset,
    amount,
    at: paid.at,
    realizedPnl: paid.asset === quoteAsset ? amount : ZERO,
    balanceDelta: setAt !== null && setAt >= paid.at ? ZERO : amount,
  };
}
