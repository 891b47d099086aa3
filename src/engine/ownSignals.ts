import { parseStoredAlert } from '../domain/alert/parseAlert.ts';
import { type Refusal, refuse } from '../domain/errors.ts';
import type { AccountId, SignalId } from '../domain/ids.ts';
import type { Signal, SignalPart } from '../domain/signal/signal.ts';
import { refusePart } from './refusePart.ts';
import { routeOnAccounts } from './routing/routes.ts';
import { runOnAccounts } from './signals.ts';
import type { AccountState } from './state.ts';
import { AGELESS, agesOf, EXIT_OWED, type SignalTask, withShare } from './tasks.ts';
import type { Term } from './term.ts';
import { maxAgeSecOf } from './wanted.ts';

/**
 * What a leader had still to do when its term ended: what a close or cancel left over behind an order in doubt, exits whose stops it
 * was canceling, and what a person has approved. All are recorded as accepted, not yet planned. The next one joins them to its lanes
 * before it reads any command, or gives them up when they have brought down terms before.
 */
export function resumeOwn(term: Term, isPoison: (signalId: SignalId) => boolean): void {
  for (const { signal } of [...term.state.signals.values()]) resumeSignal(term, signal, isPoison(signal.id));
}

/** Starts what is recorded of one signal, account by account. */
export function resumeSignal(term: Term, signal: Signal, isPoison = false): void {
  const parts = [...(term.state.signals.get(signal.id)?.parts.values() ?? [])].filter((part) => isOwn(signal, part));
  const together = isPoison ? [] : toRoute(term, signal, parts);
  if (together.length > 0)
    routeOnAccounts(term, taskOf(term, signal, false), together).catch((error: unknown) => term.blame(signal.id, error));
  for (const part of parts) {
    if (together.some(({ account }) => account.id === part.accountId)) continue;
    const account = term.state.accounts.get(part.accountId);
    const whole = taskOf(term, signal, part.code === EXIT_OWED);
    const task = part.share ? withShare(whole, part.share) : whole;
    const refusal = isPoison ? refuse('SET_ASIDE') : task.owesExit ? null : withdrawn(term, signal, part);
    const work =
      account && !refusal
        ? runOnAccounts(term, task, [account])
        : refusePart(term, task, account ?? goneAccount(part), refusal ?? refuse('ACCOUNT_UNKNOWN'));
    work.catch((error: unknown) => term.blame(signal.id, error));
  }
}

/** Removed while its signal waited: it is told of by its id. */
function goneAccount({ accountId }: SignalPart): { readonly account: { readonly id: AccountId; readonly name: string } } {
  return { account: { id: accountId, name: accountId } };
}

function isOwn({ source }: Signal, { status, code }: SignalPart): boolean {
  return status === 'accepted' && (source === 'system' || code === EXIT_OWED || code === 'APPROVED' || code === 'ROUTED');
}

/** What is to be carried out once in all, and has been approved but not yet shared out: those that may still do it. */
function toRoute(term: Term, signal: Signal, parts: readonly SignalPart[]): AccountState[] {
  if (parseStoredAlert(signal.payload).route !== 'best') return [];
  return parts.flatMap((part) => {
    const account = part.code === 'APPROVED' && !withdrawn(term, signal, part) ? term.state.accounts.get(part.accountId) : undefined;
    return account ? [account] : [];
  });
}

/** Why what was to be done is no longer its hook's to do. */
function withdrawn({ state }: Term, { hookId, source }: Signal, { accountId }: SignalPart): Refusal | null {
  if (hookId === null) return null;
  const hook = state.hooks.get(hookId);
  if (!hook) return refuse('HOOK_REMOVED');
  return source === 'system' || hook.accountIds.includes(accountId) ? null : refuse('ACCOUNT_NOT_ALLOWED');
}

function taskOf(term: Term, signal: Signal, owesExit: boolean): SignalTask {
  const alert = parseStoredAlert(signal.payload);
  const ages = signal.source === 'system' ? AGELESS : agesOf(alert, maxAgeSecOf(term, signal));
  return { commandId: signal.id, signal, alert, ...ages, owesExit, approval: term.state.approvals.get(signal.id) ?? null };
}
