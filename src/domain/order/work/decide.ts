import type { ReasonCode } from '../../errors.ts';
import type { Market, Quote } from '../../market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal } from '../../money.ts';
import type { Order } from '../order.ts';
import { isFinal } from '../transition.ts';
import { type Ending, readProgress, type WorkProgress } from './progress.ts';
import { dueAt, intervalOf, type Share, shareOf, smallestSlice } from './schedule.ts';

/** All that the next step of a worked order may depend on. */
export interface WorkFacts {
  readonly nowMs: number;
  readonly market: Market;
  /** Base units that an exit may still take from the position; of an entry it means nothing. */
  readonly reducible: Decimal;
  /** An order of the symbol is in doubt: what it may have done is not counted as held, and no entry follows it. */
  readonly inDoubt: boolean;
  /** Why its role may not go on now (trading mode, daily loss); null while it may. */
  readonly forbidden: { readonly code: ReasonCode; readonly message: string } | null;
}

export type WorkStep =
  /** Nothing to do now. */
  | { readonly kind: 'wait' }
  /** Its first step: what it takes is worked out and kept. */
  | { readonly kind: 'begin' }
  /** A slice is due; of an iceberg the next part. */
  | { readonly kind: 'slice'; readonly share: Share | null }
  | { readonly kind: 'end'; readonly ending: Ending };

export type SliceSize =
  /** Not now: the price, or the size, is not one to trade at. */
  | { readonly kind: 'wait' }
  /** What is left is too small to be traded: the order is as good as filled. */
  | { readonly kind: 'settle'; readonly left: Decimal }
  | { readonly kind: 'send'; readonly quantity: Decimal };

/** Codes of slices that never arrived, for reasons that pass: the next one makes up for them. */
const PASSING: ReadonlySet<string> = new Set(['VENUE_UNREACHABLE', 'VENUE_CLOCK', 'VENUE_RATE_LIMIT', 'NEVER_REACHED_VENUE']);
/** A slice that makes up for missed ones is at most so many times as large as planned: what was to be spread is not dumped. */
const CATCH_UP = 3;
/** Before something is tried again, milliseconds: longer each time, up to a minute. */
const AGAIN_MS = 5_000;
const AGAIN_TIMES_MAX = 12;
const WAIT = { kind: 'wait' } as const;

/** ⑦ What is to be done next for a worked order: pure, so every leader comes to the same step. `slices` oldest first. */
export function nextStep(worked: Order, slices: readonly Order[], facts: WorkFacts): WorkStep {
  const progress = readProgress(worked);
  if (progress?.ending) return { kind: 'end', ending: progress.ending };
  const ending = endingOf(worked, slices, facts);
  if (ending) return { kind: 'end', ending };
  if (progress === null || worked.status === 'submitted') return { kind: 'begin' };
  if (slices.some(({ status }) => !isFinal(status))) return afterTime(worked, progress, facts) ?? WAIT;
  if (facts.inDoubt && worked.role === 'entry') return WAIT;
  if (!facts.inDoubt && isDust(worked, facts)) return { kind: 'slice', share: null }; // It settles, and need not wait for its turn.
  return worked.type === 'iceberg' ? nextPart(slices, facts) : nextInTime(worked, progress, slices, facts);
}

/** Too little is left to be traded at any price. */
function isDust(worked: Order, { market, reducible }: WorkFacts): boolean {
  return !worked.filledQuantity.isZero() && leftOf(worked, market, reducible).lt(maxDecimal(market.minQuantity, market.stepSize));
}

/** What may still be traded; of an exit no more than the position. */
function leftOf(worked: Order, market: Market, reducible: Decimal): Decimal {
  const open = worked.quantity.minus(worked.filledQuantity);
  return floorToStep(worked.role === 'entry' ? open : minDecimal(open, reducible), market.stepSize);
}

/** What ends it whatever its schedule says. */
function endingOf(worked: Order, slices: readonly Order[], { nowMs, forbidden, reducible, market, inDoubt }: WorkFacts): Ending | null {
  if (worked.expiresAt !== null && nowMs >= worked.expiresAt) return { status: 'expired', code: 'ORDER_EXPIRED', message: null };
  if (forbidden) return { status: 'canceled', ...forbidden };
  const refused = refusedFor(worked, slices.at(-1));
  if (refused) return refused;
  const gone = worked.role !== 'entry' && floorToStep(reducible, market.stepSize).isZero();
  return gone && !inDoubt ? { status: 'canceled', code: 'POSITION_CLOSED', message: null } : null;
}

/** A venue that says no says no to the order, not to one slice of it; and a resting slice that somebody cancels there is not put back. */
function refusedFor(worked: Order, last: Order | undefined): Ending | null {
  if (!last || !isFinal(last.status) || last.status === 'filled') return null;
  const code = (last.code ?? 'VENUE_CANCELED') as ReasonCode;
  if (last.status === 'rejected' && !PASSING.has(code) && code !== 'VENUE_WOULD_MATCH')
    return { status: worked.filledQuantity.isZero() ? 'rejected' : 'canceled', code, message: last.message };
  if (worked.type === 'iceberg' && last.status !== 'rejected' && code !== 'NEVER_REACHED_VENUE')
    return { status: 'canceled', code, message: last.message };
  return null;
}

/** A slice that the venue never had: it has not been tried, but is not tried again at once. */
function neverArrived({ status, code }: Order): boolean {
  return status === 'rejected' && code !== null && PASSING.has(code);
}

function mustPause(slices: readonly Order[], nowMs: number): boolean {
  const last = slices.at(-1);
  if (!last || !neverArrived(last)) return false;
  const inARow = slices.length - 1 - slices.findLastIndex((slice) => !neverArrived(slice));
  return nowMs - last.updatedAt < AGAIN_MS * Math.min(inARow, AGAIN_TIMES_MAX);
}

function nextPart(slices: readonly Order[], { nowMs }: WorkFacts): WorkStep {
  const last = slices.at(-1);
  const unfilled = last !== undefined && last.status !== 'filled' && nowMs - last.updatedAt < AGAIN_MS;
  return unfilled || mustPause(slices, nowMs) ? WAIT : { kind: 'slice', share: null };
}

/** The slice whose time has come, if it has not been tried yet; after the last one, at the same pace until all is made up for. */
function nextInTime(worked: Order, progress: WorkProgress, slices: readonly Order[], facts: WorkFacts): WorkStep {
  const over = afterTime(worked, progress, facts);
  if (over) return over;
  if (mustPause(slices, facts.nowMs)) return WAIT;
  const durationMs = durationOf(worked);
  const interval = intervalOf(durationMs, progress.slices);
  // Jitter moves a slice by less than one place.
  let index = Math.max(0, Math.min(progress.slices - 1, Math.floor((facts.nowMs - progress.startedAt) / interval) + 1));
  while (index > 0 && dueAt(worked, progress, durationMs, index) > facts.nowMs) index -= 1;
  const triedAt = slices.findLast((slice) => !neverArrived(slice))?.createdAt ?? Number.NEGATIVE_INFINITY;
  const isDue = triedAt < dueAt(worked, progress, durationMs, index);
  const isOverdue = index === progress.slices - 1 && facts.nowMs - triedAt >= Math.max(interval, AGAIN_MS);
  return isDue || isOverdue ? { kind: 'slice', share: shareOf(progress, index) } : WAIT;
}

/**
 * A bounded order ends with its time: its price was not to be had. One without a bound, whose slices can only have been missed, goes
 * on at its pace for as long again.
 */
function afterTime(worked: Order, { startedAt }: WorkProgress, { nowMs }: WorkFacts): WorkStep | null {
  if (worked.type === 'iceberg') return null;
  const until = startedAt + durationOf(worked) * (worked.price === null ? 2 : 1);
  return nowMs >= until ? { kind: 'end', ending: { status: 'expired', code: 'TIME_IS_UP', message: null } } : null;
}

function durationOf({ terms }: Order): number {
  return terms?.durationMs ?? 0;
}

/**
 * How large the slice that is due is: a multiple of the step, never more than is left, never less than the venue takes, and leaving
 * nothing behind that could not be traded.
 */
export function sizeSlice(worked: Order, share: Share | null, facts: WorkFacts, quote: Quote): SliceSize {
  const { market, reducible, inDoubt } = facts;
  const left = leftOf(worked, market, reducible);
  const price = minDecimal(worked.price ?? quote.bid, quote.bid);
  const smallest = smallestSlice(market, price, worked.reduceOnly);
  if (left.lt(smallest)) return inDoubt ? WAIT : { kind: 'settle', left };
  if (!isPriceRight(worked, quote)) return WAIT;
  const wanted = share === null ? (worked.terms?.display ?? left) : shareOfLeft(worked, left, share);
  const quantity = minDecimal(maxDecimal(floorToStep(wanted, market.stepSize), smallest), left);
  return { kind: 'send', quantity: left.minus(quantity).lt(smallest) ? left : quantity };
}

function shareOfLeft({ quantity }: Order, left: Decimal, { of, left: weights, all }: Share): Decimal {
  const planned = quantity.mul(of).div(all);
  return minDecimal(left.mul(of).div(weights), planned.mul(CATCH_UP));
}

/** A bound is not to be crossed, and what is post-only must not match. */
function isPriceRight({ type, side, price, postOnly }: Order, { bid, ask }: Quote): boolean {
  if (price === null) return true;
  if (type === 'iceberg') return !postOnly || (side === 'buy' ? price.lt(ask) : price.gt(bid));
  return side === 'buy' ? price.gte(ask) : price.lte(bid);
}
