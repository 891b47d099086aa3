import type { Alert } from '../domain/alert/alert.ts';
import { parseStoredAlert } from '../domain/alert/parseAlert.ts';
import { type Refusal, refuse } from '../domain/errors.ts';
import type { AccountId, HookId } from '../domain/ids.ts';
import { resolveSymbol } from '../domain/market/symbolIndex.ts';
import { APPROVAL_EXPIRES_SEC, type HookApproval } from '../domain/signal/approval.ts';
import type { Command, CommandKind } from '../domain/signal/command.ts';
import type { Signal } from '../domain/signal/signal.ts';
import type { Change } from '../ledger/ledger.ts';
import { askApproval } from './approval/askApproval.ts';
import { enqueuePart, firstVisit, waitingNow } from './carryOut.ts';
import { describeRefusal, notice } from './notices.ts';
import { laneKey } from './parking.ts';
import { ageRefusal, refusePart, statusFor } from './refusePart.ts';
import { routeOnAccounts } from './routing/routes.ts';
import { type AccountState, findAccountByName } from './state.ts';
import { agesOf, onlyLeaves, type PartResult, type PartTask, type SignalTask, tooOldAt } from './tasks.ts';
import { type Term, TermEndedError } from './term.ts';
import type { VenueFailure, VenueOrFailure } from './venues.ts';
import { MANUAL_MAX_AGE_SEC } from './wanted.ts';
import { type ClaimOutcome, judgeClaims } from './watch/claims.ts';

const OPEN_AGAIN_MS = 1_000;
/** Signals that may wait for a person at the same time. */
const APPROVALS_MAX = 200;

/** How long a person may take about an alert that does not follow from the one before it. */
const ASKED_FOR_GAPS: HookApproval = { expiresSec: APPROVAL_EXPIRES_SEC.default, maxDriftPercent: null };

/** Of commands that want a trade by themselves: what forbids trading forbids these. */
const SOURCES: Partial<Record<CommandKind, Signal['source']>> = { 'order.create': 'api', 'drift.decide': 'api', 'hedge.trade': 'hedge' };

type Intake =
  | { readonly task: SignalTask; readonly accounts: readonly AccountState[] }
  | { readonly task: SignalTask | null; readonly refusal: Refusal };

/**
 * Starts a signal on all its accounts, each in the lane of its symbol, and resolves when every account has been dealt
 * with. Must be called in `seq` order: it joins lanes before it first waits. `skip`: accounts dealt with before a crash.
 */
export async function runSignal(
  term: Term,
  command: Command,
  payload: string,
  hookId: HookId | null,
  skip: readonly AccountId[],
): Promise<readonly PartResult[]> {
  const intake = readIntake(term, command, payload, hookId);
  if ('refusal' in intake) {
    const alert = intake.task?.alert ?? null;
    return refuseSignal(term, signalOf(command, payload, hookId, alert, ownerOf(term, command, hookId, alert)), intake.refusal);
  }
  const claimed = judgeClaims(
    term,
    intake.task,
    intake.accounts.filter(({ account }) => !skip.includes(account.id)),
  );
  const [overruled, results] = await Promise.all([recordClaims(term, claimed), startSignal(term, claimed)]);
  return [...overruled, ...results];
}

async function startSignal(term: Term, { task, accounts, asks }: ClaimOutcome): Promise<readonly PartResult[]> {
  const wanted = demandOf(term, task) ?? (asks ? ASKED_FOR_GAPS : null);
  if (wanted === null || accounts.length === 0) return startOn(term, task, accounts);
  if (pendingApprovals(term) >= APPROVALS_MAX)
    return refuseSignal(term, task.signal, refuse('TOO_MANY_WAITING', 'Too many signals wait for approval.'));
  await askApproval(term, task, accounts, wanted);
  return [];
}

async function recordClaims(term: Term, { task, overruled, changes }: ClaimOutcome): Promise<readonly PartResult[]> {
  const received: Change = { kind: 'signal.received', signal: task.signal };
  const [refused] = await Promise.all([
    Promise.all(overruled.map(({ account, refusal, changes: more }) => refusePart(term, task, account, refusal, 'refused', more))),
    changes.length > 0 ? term.commit([received, ...changes]) : undefined,
  ]);
  return refused;
}

/** Whether a person must be asked first: not about exits, which would come too late, nor about what is too old anyway. */
function demandOf(term: Term, task: SignalTask): HookApproval | null {
  const { hookId } = task.signal;
  const wanted = (hookId === null ? null : term.state.hooks.get(hookId)?.approval) ?? null;
  return wanted === null || onlyLeaves(task.alert) || ageRefusal(term, task) ? null : wanted;
}

function pendingApprovals({ state }: Term): number {
  return [...state.approvals.values()].filter(({ decision }) => decision === null).length;
}

function startOn(term: Term, task: SignalTask, accounts: readonly AccountState[]): Promise<readonly PartResult[]> {
  const once = task.alert.route === 'best' && accounts.length > 0;
  return once ? routeOnAccounts(term, task, accounts) : runOnAccounts(term, task, accounts);
}

/** The same, for signals that the leader itself raises (flatten). */
export async function runOnAccounts(term: Term, task: SignalTask, accounts: readonly AccountState[]): Promise<readonly PartResult[]> {
  if (accounts.length === 0) return [];
  term.begin(
    task.signal.id,
    accounts.map(({ account }) => account.id),
  );
  return Promise.all(accounts.map((account) => startPart(term, task, account)));
}

function readIntake(term: Term, command: Command, payload: string, hookId: HookId | null): Intake {
  const alert = parseStoredAlert(payload);
  const hook = hookId === null ? null : (term.state.hooks.get(hookId) ?? null);
  const signal = signalOf(command, payload, hookId, alert, ownerOf(term, command, hookId, alert));
  const task: SignalTask = { commandId: command.id, signal, alert, ...agesOf(alert, hook?.maxAgeSec ?? MANUAL_MAX_AGE_SEC) };
  if (hookId !== null && hook === null) return { task, refusal: refuse('HOOK_REMOVED') };
  const accounts: AccountState[] = [];
  const names =
    alert.accounts.length > 0 ? alert.accounts : (hook?.accountIds ?? []).map((id) => term.state.accounts.get(id)?.account.name ?? id);
  for (const name of names) {
    const account = findAccountByName(term.state, name);
    if (!account) return { task, refusal: refuse('ACCOUNT_UNKNOWN', `There is no account "${name}".`) };
    if (hook && !hook.accountIds.includes(account.account.id))
      return { task, refusal: refuse('ACCOUNT_NOT_ALLOWED', `The hook "${hook.name}" may not use the account "${name}".`) };
    accounts.push(account);
  }
  if (accounts.length === 0) return { task, refusal: refuse('ACCOUNT_UNKNOWN', 'No account is named and the hook has none.') };
  return { task, accounts };
}

/** Who may see it: whoever the hook belongs to, else the account it names, else whoever asked. */
export function ownerOf(term: Term, { actor }: Command, hookId: HookId | null, alert: Alert | null): string | null {
  if (hookId !== null) return term.state.hooks.get(hookId)?.ownerId ?? null;
  const account = findAccountByName(term.state, alert?.accounts[0] ?? '');
  return account ? account.account.ownerId : (actor.rights?.userId ?? null);
}

export function signalOf(command: Command, payload: string, hookId: HookId | null, alert: Alert | null, ownerId: string | null): Signal {
  return {
    id: command.id,
    seq: command.seq,
    hookId,
    ownerId,
    source: hookId === null ? (SOURCES[command.body.kind] ?? 'system') : 'alert',
    actor: command.actor,
    payload,
    correlationId: command.correlationId,
    receivedAt: command.receivedAt,
    strategy: alert?.strategy ?? null,
    tag: alert?.tag ?? null,
  };
}

/** A signal that concerns no account: refused as a whole. */
export async function refuseSignal(term: Term, signal: Signal, refusal: Refusal): Promise<readonly PartResult[]> {
  const { now } = term;
  const changes: Change[] = [
    { kind: 'signal.received', signal },
    { kind: 'signal.event', signalId: signal.id, stage: 'risk', detail: `refused: ${refusal.code}. ${refusal.message}`, at: now },
    { kind: 'signal.status', signalId: signal.id, status: 'refused', code: refusal.code, message: refusal.message, at: now },
    notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, refusal, null), {
      signalId: signal.id,
      correlationId: signal.correlationId,
    }),
  ];
  await term.commit(changes);
  term.deps.metrics.signals.inc({ status: 'refused', code: refusal.code });
  return [{ orderIds: [], refusal }];
}

/** Finds venue and market, then queues in the market's lane. Synchronous up to there whenever the account is connected. */
function startPart(term: Term, task: SignalTask, account: AccountState): Promise<PartResult> {
  return new Promise((resolve, reject) => {
    const { id } = account.account;
    const ticket = term.nextTicket();
    const finish = (result: PartResult): void => {
      term.finish(task.signal.id, id);
      resolve(result);
    };
    const refuseIt = (refusal: Refusal, status: 'refused' | 'expired' = 'refused'): unknown => {
      const work = async (): Promise<void> => finish(await refusePart(term, task, account, refusal, status));
      return term.lanes.enqueue(laneKey(id, task.alert.symbol), term.blaming(task.commandId, work));
    };
    if (!account.account.enabled) return refuseIt(refuse('ACCOUNT_NOT_CONFIRMED'));
    const tooOld = task.owesExit ? null : ageRefusal(term, task);
    if (tooOld) return refuseIt(tooOld, statusFor(tooOld));
    const ours = task.signal.source === 'system' || task.owesExit === true;
    if (!ours && term.venues.isFailing(id) && waitingNow(term) >= term.deps.settings.commandsInFlight / 2)
      return refuseIt(refuse('TOO_MANY_WAITING'));
    let settled = false;
    const start = (opened: VenueOrFailure): unknown => {
      settled = true;
      // What the leader itself has to do is not refused for a venue that cannot be opened now.
      if (!opened.ok && ours && term.state.accounts.has(id)) return void startLater(term, task, account).then(finish, reject);
      if (!opened.ok) return refuseIt(unavailable(account, opened), opened.passing ? 'expired' : 'refused');
      const found = resolveSymbol(opened.venue.index, task.alert.symbol, account.account.market);
      if (!found.ok) return refuseIt(found.refusal);
      const part: PartTask = { ...task, account, venue: opened.venue, market: found.market };
      enqueuePart(term, part, firstVisit(ticket, opened.failures > 0, finish));
    };
    term.venues.withVenue(account, start, ours ? Number.POSITIVE_INFINITY : tooOldAt(task));
    if (!settled) noteWaiting(term, task, account).catch((error: unknown) => term.fail(error));
  });
}

async function startLater(term: Term, task: SignalTask, account: AccountState): Promise<PartResult> {
  await term.deps.clock.sleep(OPEN_AGAIN_MS, term.signal);
  if (term.signal.aborted) throw new TermEndedError('the term is over');
  return startPart(term, task, account);
}

function unavailable(account: AccountState, { code, message, passing }: VenueFailure): Refusal {
  const words = `${account.account.name}: ${message}${passing ? ' It was tried until the signal was too old.' : ''}`;
  return refuse(code === 'VENUE_UNREACHABLE' ? code : 'ACCOUNT_UNAVAILABLE', words);
}

/** Shown while it waits for the account to be connected. */
function noteWaiting(term: Term, { signal }: SignalTask, account: AccountState): Promise<void> {
  const detail = `waits: ${account.account.name} is not connected`;
  return term.commit([
    { kind: 'signal.received', signal },
    { kind: 'signal.event', signalId: signal.id, stage: 'risk', detail, at: term.now },
  ]);
}
