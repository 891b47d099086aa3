import { type Refusal, refuse } from '../errors.ts';
import type { AccountId, SignalId } from '../ids.ts';
import { type Decimal, decimal } from '../money.ts';

/** What a hook may demand before its entries are carried out. */
export interface HookApproval {
  /** How long a person has to decide, seconds. */
  readonly expiresSec: number;
  /** How far the price may have moved when it is approved, percent as text; null: however far. */
  readonly maxDriftPercent: string | null;
}

export const APPROVAL_EXPIRES_SEC = { min: 10, default: 300, max: 3_600 };

export type ApprovalDecision = 'approved' | 'rejected' | 'expired';

/** One demand: a signal that waits for a person. The first decision stands. */
export interface Approval {
  readonly signalId: SignalId;
  readonly askedAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly maxDriftPercent: string | null;
  /** What the price was when it was asked; null where none could be had. */
  readonly prices: readonly ApprovalPrice[];
  readonly decision: ApprovalDecision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
}

export interface ApprovalPrice {
  readonly accountId: AccountId;
  readonly symbol: string;
  /** Decimal as text. */
  readonly price: string | null;
}

/** Null while nobody has decided and there is still time; else who did what, for the one who comes too late. */
export function whyTooLate(approval: Approval, nowMs: number): Refusal | null {
  const { decision, decidedBy, decidedAt, expiresAt } = approval;
  if (decision === 'expired' || (decision === null && nowMs >= expiresAt))
    return refuse('APPROVAL_EXPIRED', `Nobody decided until ${new Date(expiresAt).toISOString()}.`);
  if (decision === null) return null;
  return refuse('APPROVAL_DECIDED', `It was ${decision} by ${decidedBy ?? 'somebody'} at ${new Date(decidedAt ?? 0).toISOString()}.`);
}

/** Whether the price has moved too far since it was asked. A price that could not be had then lets nothing be judged. */
export function assessDrift({ maxDriftPercent, prices }: Approval, accountId: AccountId, now: Decimal): Refusal | null {
  if (maxDriftPercent === null) return null;
  const asked = prices.find((price) => price.accountId === accountId)?.price ?? null;
  if (asked === null)
    return refuse('PRICE_DRIFTED', `The price at arrival could not be had, so nobody can tell whether ${now.toFixed()} is near it.`);
  const drift = now.minus(asked).div(asked).mul(100);
  if (drift.abs().lte(decimal(maxDriftPercent))) return null;
  const percent = `${drift.isNegative() ? '' : '+'}${drift.toFixed(2)} %`;
  return refuse('PRICE_DRIFTED', `It was ${asked} on arrival and is ${now.toFixed()} now (${percent}); ${maxDriftPercent} % is allowed.`);
}
