import { canonicalAlert } from '../../domain/alert/canonicalAlert.ts';
import { type Refusal, refuse } from '../../domain/errors.ts';
import { resolveSymbol } from '../../domain/market/symbolIndex.ts';
import type { Decimal } from '../../domain/money.ts';
import {
  type Claim,
  type ClaimVerdict,
  claimKey,
  claimsAnything,
  type GapPolicy,
  judgeClaim,
  nextClaim,
} from '../../domain/signal/claim.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice, shortId } from '../notices.ts';
import { type AccountState, positionOf } from '../state.ts';
import { onlyLeaves, type SignalTask } from '../tasks.ts';
import type { Term } from '../term.ts';

/** Claims kept of one hook: its senders choose the names of strategies. */
const CLAIMS_MAX = 1_000;

/** An account on which the signal is not carried out, and what is recorded together with that. */
export interface OverruledPart {
  readonly account: AccountState;
  readonly refusal: Refusal;
  readonly changes: readonly Change[];
}

export interface ClaimOutcome {
  /** As it is to be carried out. */
  readonly task: SignalTask;
  readonly accounts: readonly AccountState[];
  /** A person is to be asked first. */
  readonly asks: boolean;
  readonly overruled: readonly OverruledPart[];
  /** To be recorded whatever becomes of the signal. */
  readonly changes: readonly Change[];
}

interface Judged {
  readonly account: AccountState;
  readonly verdict: ClaimVerdict | { readonly kind: 'judged_before' };
  readonly changes: readonly Change[];
}

/**
 * Holds an alert against what the one before it claimed (docs/alerts.md, "Missed and late alerts") and does about it what its hook says.
 * Synchronous, in `seq` order. What is not carried out is refused in the transaction that remembers the claim, so that an alert which is
 * delivered again after a crash is never judged by a claim that came after it.
 */
export function judgeClaims(term: Term, task: SignalTask, accounts: readonly AccountState[]): ClaimOutcome {
  const hook = task.signal.hookId === null ? undefined : term.state.hooks.get(task.signal.hookId);
  if (!hook || !claimsAnything(task.alert)) return { task, accounts, asks: false, overruled: [], changes: [] };
  const policy = hook.onGap ?? 'tell';
  const judged = accounts.map((account) => judgeOne(term, task, account, policy));
  const overruled = judged.flatMap((one) => overrule(term, task, one, policy));
  const going = judged.filter(({ account }) => !overruled.some((part) => part.account === account));
  const unsure = going.some(({ verdict }) => verdict.kind === 'missed' || verdict.kind === 'judged_before');
  const missed = going.filter(({ verdict }) => verdict.kind === 'missed');
  const target = policy === 'catch_up' && unsure ? asTarget(task) : null;
  const sharing = target === null ? null : strategySharing(term, target, going);
  const caughtUp = sharing === null ? target : null;
  const asks = policy === 'ask' && unsure && !onlyLeaves(task.alert);
  return {
    task: caughtUp ?? task,
    accounts: going.map(({ account }) => account),
    asks,
    overruled,
    changes: [...going.flatMap(({ changes }) => changes), ...tell(term, task, missed, policy, doneAbout(task, caughtUp !== null, sharing))],
  };
}

function judgeOne(term: Term, task: SignalTask, account: AccountState, policy: GapPolicy): Judged {
  const { signal, alert } = task;
  const { claims } = term.state;
  const key = { hookId: signal.hookId ?? '', strategy: alert.strategy ?? '', symbol: alert.symbol, accountId: account.account.id };
  const last = claims.get(claimKey(key)) ?? null;
  if (last && last.seq >= signal.seq) return { account, verdict: judgedBefore(last, task), changes: [] };
  const verdict = judgeClaim(alert, signal.receivedAt, last, heldOn(term, account, alert.symbol));
  const claim = nextClaim(key, alert, { signalId: signal.id, seq: signal.seq, at: signal.receivedAt }, last, verdict);
  const full = last === null && countOf(claims.values(), key.hookId) >= CLAIMS_MAX;
  const found = verdict.kind === 'fits' || policy === 'ignore' ? [] : [foundEvent(term, task, account, verdict)];
  return { account, verdict, changes: [...(full ? [] : [{ kind: 'claim.put', claim } as const]), ...found] };
}

/** Delivered again: its own claim tells, unless a later one has taken its place. */
function judgedBefore(last: Claim, { signal }: SignalTask): Judged['verdict'] {
  if (last.signalId !== signal.id) return { kind: 'judged_before' };
  return last.gapFrom === null ? { kind: 'fits' } : { kind: 'judged_before' };
}

function countOf(claims: Iterable<Claim>, hookId: string): number {
  let count = 0;
  for (const claim of claims) if (claim.hookId === hookId) count += 1;
  return count;
}

function heldOn(term: Term, account: AccountState, name: string): Decimal | null {
  const symbol = symbolOn(term, account, name);
  return symbol === null ? null : positionOf(account, symbol).quantity;
}

/** Null while the account is not connected: then it cannot be told. */
function symbolOn(term: Term, account: AccountState, name: string): string | null {
  const venue = term.venues.get(account.account.id);
  const found = venue ? resolveSymbol(venue.index, name, account.account.market) : null;
  return found?.ok ? found.market.symbol : null;
}

function foundEvent(term: Term, { signal }: SignalTask, { account }: AccountState, verdict: ClaimVerdict): Change {
  const words = verdict.kind === 'fits' ? '' : verdict.words;
  const detail = `${account.name}: ${verdict.kind === 'late' ? 'it came late' : 'an alert before it is missing'}: ${words}`;
  return { kind: 'signal.event', signalId: signal.id, stage: 'received', detail, at: term.now };
}

/** A late alert was overtaken by one that knew better. A gap halts entries where the hook wants that; exits go all the same. */
function overrule(term: Term, task: SignalTask, { account, verdict, changes }: Judged, policy: GapPolicy): OverruledPart[] {
  if (policy === 'ignore' || (verdict.kind !== 'late' && verdict.kind !== 'missed')) return [];
  const halting = policy === 'halt' ? haltChanges(term, task, account, verdict.words) : [];
  if (verdict.kind === 'late') {
    const refusal = refuse('ALERT_OVERTAKEN', `It came after an alert that was sent later: ${verdict.words}.`);
    return [{ account, refusal, changes: [...changes, ...halting] }];
  }
  if (policy !== 'halt' || onlyLeaves(task.alert)) return [];
  return [{ account, refusal: refuse('ALERT_MISSED', `${capital(verdict.words)}.`), changes: [...changes, ...halting] }];
}

/** Entries stop until a person resumes; a stricter mode stays. */
function haltChanges(term: Term, { signal }: SignalTask, { account }: AccountState, words: string): Change[] {
  if (term.state.modes.get(account.id)?.mode === 'halted' || term.state.modes.get(account.id)?.mode === 'reduce_only') return [];
  const reason = `the alerts of ${signal.actor.name} do not follow from each other`;
  const text = `Trading: only exits for ${account.name} since ${reason}: ${words}. Compare, then resume. [signal ${shortId(signal.id)}]`;
  return [
    { kind: 'trading.set', accountId: account.id, mode: 'reduce_only', reason, actor: signal.actor, at: term.now, seq: signal.seq },
    notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: signal.id }),
  ];
}

function tell(term: Term, task: SignalTask, missed: readonly Judged[], policy: GapPolicy, done: string): Change[] {
  const [first] = missed;
  if (first?.verdict.kind !== 'missed' || policy === 'ignore') return [];
  const { signal, alert } = task;
  const names = missed.map(({ account }) => account.account.name).join(', ');
  const strategy = alert.strategy === null ? '' : ` of ${alert.strategy}`;
  const text = `An alert is missing: ${alert.action} ${alert.symbol}${strategy} (${names}): ${first.verdict.words}. ${done} [signal ${shortId(signal.id)} from ${signal.actor.name}]`;
  const halting = policy === 'halt' ? missed.flatMap(({ account }) => haltChanges(term, task, account, text)) : [];
  return [notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: signal.id }), ...halting];
}

function doneAbout({ alert }: SignalTask, caughtUp: boolean, sharing: string | null): string {
  if (caughtUp) return `It is carried out as: position ${alert.position?.toFixed()}.`;
  const why = sharing === null ? '' : `It is carried out as it is, since other strategies trade this position too (${sharing}). `;
  return `${why}Compare the strategy with the account.`;
}

/** Another strategy by whose last claim it holds something of the very position: what this one claims is not all that is to be there. Null: none. */
function strategySharing(term: Term, { alert, signal }: SignalTask, going: readonly Judged[]): string | null {
  for (const { account } of going)
    for (const claim of term.state.claims.values()) {
      const own = claim.hookId === signal.hookId && claim.strategy === (alert.strategy ?? '');
      if (own || claim.accountId !== account.account.id || claim.position?.isZero()) continue;
      const symbols = [claim.symbol, alert.symbol].map((name) => symbolOn(term, account, name) ?? name);
      if (symbols[0] === symbols[1]) return claim.strategy || (term.state.hooks.get(claim.hookId)?.name ?? claim.hookId);
    }
  return null;
}

/** The position that the alert claims to lead to, brought about whatever is held; null where it does not say. */
function asTarget(task: SignalTask): SignalTask | null {
  const { alert, signal } = task;
  if (alert.position === null || alert.action === 'target' || alert.action === 'cancel') return null;
  const target = { ...alert, action: 'target', quantity: null, reduceOnly: false } as const;
  return { ...task, alert: target, signal: { ...signal, payload: canonicalAlert(target) } };
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
