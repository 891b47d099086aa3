import type { Market } from '../../domain/market/market.ts';
import { ZERO } from '../../domain/money.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import { causeOf, type Difference, type Drift, type DriftCause, isDust, newDrift, sameDifference } from '../../domain/portfolio/drift.ts';
import type { Change, NoticeButton } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import { driftKey, openOrdersOf, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { HeldAtVenue, Look } from './look.ts';

export interface Comparison {
  readonly fingerprint: string;
  /** False: executions were met that the next look may explain it by. */
  readonly mayConfirm: boolean;
}

const WORDS: Readonly<Record<DriftCause, string>> = {
  missed_fill: 'the venue lists executions of our orders that could not be booked',
  manual_change: 'it changed at the venue while no order of ours was at work there',
  partial_fill: 'an order of ours may have filled more than the venue has told yet',
  fee_dust: 'less than can be traded',
  unexplained: 'nothing we know of explains it',
};

/** Both hold the same, and nothing stands that says otherwise: there is nothing to do. */
export function agrees({ term, account, watch }: Look, symbol: string, { quantity }: HeldAtVenue, fingerprint: string): boolean {
  if (!positionOf(account, symbol).quantity.eq(quantity)) return false;
  watch.suspicions.delete(symbol);
  watch.agreed.set(symbol, fingerprint);
  const standing = term.state.drifts.get(driftKey({ accountId: account.account.id, symbol }));
  return !standing || !isStanding(standing);
}

/**
 * In the lane of its symbol, after what others traded has been booked: a difference that a second look confirms is drift, and people are
 * asked once what to do about it. True when the next look has nothing to confirm.
 */
export async function compareWithVenue(look: Look, market: Market, found: HeldAtVenue, now: Comparison): Promise<boolean> {
  const { term, account, watch } = look;
  const { symbol } = market;
  const held = positionOf(account, symbol).quantity;
  const difference: Difference = { symbol, held, venue: found.quantity, entryPrice: found.entryPrice };
  const standing = term.state.drifts.get(driftKey({ accountId: account.account.id, symbol })) ?? null;
  if (held.eq(found.quantity)) {
    if (standing && isStanding(standing)) await term.commit(goneChanges(look, standing));
    return true;
  }
  if (standing && isStanding(standing) && sameDifference(standing, difference)) {
    watch.suspicions.delete(symbol);
    return true;
  }
  const suspicion = watch.suspicions.get(symbol);
  watch.suspicions.set(symbol, difference);
  if (!suspicion || !sameDifference(suspicion, difference) || !now.mayConfirm) return false;
  watch.suspicions.delete(symbol);
  const cause = causeOf(difference, {
    stepSize: market.stepSize,
    unbooked: watch.unbooked.has(symbol),
    pending: pendingOf(look, symbol),
    undisturbed: watch.agreed.get(symbol) === now.fingerprint,
  });
  await term.commit(askAbout(term, account.account, newDrift(account.account.id, difference, cause, term.now)));
  return true;
}

export function isStanding({ status }: Pick<Drift, 'status'>): boolean {
  return status === 'open' || status === 'ignored';
}

/** What orders of ours that the venue is not done telling about may still have filled, signed. */
function pendingOf({ account }: Look, symbol: string) {
  return openOrdersOf(account, symbol)
    .filter((order) => order.role !== 'external' && order.status === 'partially_filled' && !isSliced(order))
    .reduce((sum, { side, quantity, filledQuantity }) => {
      const left = quantity.minus(filledQuantity);
      return side === 'buy' ? sum.plus(left) : sum.minus(left);
    }, ZERO);
}

function goneChanges({ term, account }: Look, drift: Drift): Change[] {
  const gone: Change = { kind: 'drift.put', drift: { ...drift, status: 'gone', updatedAt: term.now } };
  if (isDust(drift) || drift.status === 'ignored') return [gone];
  const text = `Drift settled by itself: ${account.account.name} holds ${drift.symbol} as the ledger says.`;
  return [gone, notice({ newId: term.deps.newId, now: term.now }, 'info', text, { accountId: account.account.id })];
}

/** Takes it down, and asks people what is to be done. */
export function askAbout(term: Term, account: Account, drift: Drift): Change[] {
  const put: Change = { kind: 'drift.put', drift };
  if (isDust(drift)) return [put];
  const { held, venue, symbol, cause } = drift;
  const text = `Drift on ${account.name}: the ledger holds ${held.toFixed()} ${symbol}, the venue ${venue.toFixed()}: ${WORDS[cause]}. Adopt: the ledger takes the venue's figure. Align: an order brings the venue to the ledger's. Ignore: nothing, until it changes.`;
  const button = (label: string, decision: 'adopt' | 'align' | 'ignore'): NoticeButton => {
    return { label, command: { kind: 'drift.decide', driftId: drift.id, decision }, role: 'trader' };
  };
  const buttons = [button('Adopt', 'adopt'), button('Align', 'align'), button('Ignore', 'ignore')];
  return [put, notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { buttons, accountId: account.id })];
}
