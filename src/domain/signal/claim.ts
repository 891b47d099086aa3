import type { Alert } from '../alert/alert.ts';
import type { AccountId, HookId, SignalId } from '../ids.ts';
import { type Decimal, ZERO } from '../money.ts';

/** What a hook does about an alert that does not follow from the one before it. */
export const GAP_POLICIES = ['ignore', 'tell', 'ask', 'halt', 'catch_up'] as const;
export type GapPolicy = (typeof GAP_POLICIES)[number];

/** Where a claim belongs: one strategy on one symbol and account, through one hook. */
export interface ClaimKey {
  readonly hookId: HookId;
  /** '' where alerts name none. */
  readonly strategy: string;
  readonly symbol: string;
  readonly accountId: AccountId;
}

export function claimKey({ hookId, strategy, symbol, accountId }: ClaimKey): string {
  return `${hookId}\0${strategy}\0${symbol}\0${accountId}`;
}

/** What the last alert said the strategy holds since, and held before: the sender's figures, which need not be ours. */
export interface Claim extends ClaimKey {
  readonly position: Decimal | null;
  readonly prevPosition: Decimal | null;
  /** Where it left a gap: what the one before it had led to. Null: it left none, or that came late. */
  readonly gapFrom: Decimal | null;
  /** The alert's own time, epoch ms. */
  readonly time: number | null;
  readonly signalId: SignalId;
  /** Of its command: what has a smaller one was judged before. */
  readonly seq: number;
  /** When it came, epoch ms. */
  readonly at: number;
}

/** `missed`: alerts between this and the last never came. `late`: it was sent before the last one and came after it. */
export type ClaimVerdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'missed'; readonly words: string }
  | { readonly kind: 'late'; readonly words: string };

const FITS: ClaimVerdict = { kind: 'fits' };

/** Without times of their own alerts are of the same moment when they come this close together, milliseconds. */
const SAME_MOMENT_MS = 5_000;

export function claimsAnything({ position, prevPosition }: Pick<Alert, 'position' | 'prevPosition'>): boolean {
  return position !== null || prevPosition !== null;
}

type Claiming = Pick<Alert, 'position' | 'prevPosition' | 'time'>;

/**
 * Holds what an alert claims against the last one's claim, or, where there is none yet, against what is held (null: not known). Times order alerts; of
 * one moment, TradingView's times are whole seconds, the chain of claims does: what fills the gap that the last one left was sent before it.
 */
export function judgeClaim(alert: Claiming, receivedAt: number, last: Claim | null, held: Decimal | null): ClaimVerdict {
  const { position, prevPosition, time } = alert;
  if (last && time !== null && last.time !== null && time < last.time)
    return late(`it is of ${iso(time)}, and one of ${iso(last.time)} came before it`);
  if (prevPosition === null) return FITS;
  if (!last) return prevPosition.isZero() || held === null || !held.isZero() ? FITS : missed(prevPosition, 'nothing is held here');
  if (position !== null && isOneMoment(alert, receivedAt, last) && wasBefore(prevPosition, position, last))
    return late(`it leads to ${position.toFixed()}, from where one that came before it went on`);
  return last.position === null || isSame(prevPosition, last.position)
    ? FITS
    : missed(prevPosition, `the last one led to ${last.position.toFixed()}`);
}

function wasBefore(prevPosition: Decimal, position: Decimal, last: Claim): boolean {
  if (last.prevPosition === null || !isSame(last.prevPosition, position)) return false;
  if (last.gapFrom !== null) return isSame(prevPosition, last.gapFrom);
  return last.position !== null && !isSame(prevPosition, last.position);
}

/** TradingView's placeholder for the size before has no sign: a positive one may be of a short. */
function isSame(before: Decimal, position: Decimal): boolean {
  return before.eq(position) || (before.isPositive() && before.eq(position.abs()));
}

function isOneMoment({ time }: Claiming, receivedAt: number, last: Claim): boolean {
  return time !== null && last.time !== null ? time === last.time : Math.abs(receivedAt - last.at) <= SAME_MOMENT_MS;
}

/** What is remembered after the alert. One that came late leaves the newer one's claim, with its gap filled. */
export function nextClaim(
  key: ClaimKey,
  alert: Claiming,
  about: Pick<Claim, 'signalId' | 'seq' | 'at'>,
  last: Claim | null,
  verdict: ClaimVerdict,
): Claim {
  if (verdict.kind === 'late' && last) return { ...last, gapFrom: null };
  const { position, prevPosition, time } = alert;
  const { hookId, strategy, symbol, accountId } = key;
  const gapFrom = verdict.kind === 'missed' ? (last?.position ?? ZERO) : null;
  return { hookId, strategy, symbol, accountId, position, prevPosition, gapFrom, time, ...about };
}

function missed(prevPosition: Decimal, words: string): ClaimVerdict {
  return { kind: 'missed', words: `it starts from ${prevPosition.toFixed()}, and ${words}: at least one alert did not come` };
}

function late(words: string): ClaimVerdict {
  return { kind: 'late', words };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
