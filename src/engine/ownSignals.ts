import { parseStoredAlert } from '../domain/alert/parseAlert.ts';
import { refuse } from '../domain/errors.ts';
import type { SignalId } from '../domain/ids.ts';
import type { Signal, SignalPart } from '../domain/signal/signal.ts';
import { refusePart } from './refusePart.ts';
import { runOnAccounts } from './signals.ts';
import { AGELESS, agesOf, EXIT_OWED, type SignalTask } from './tasks.ts';
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
  for (const part of [...(term.state.signals.get(signal.id)?.parts.values() ?? [])]) {
    const account = isOwn(signal, part) ? term.state.accounts.get(part.accountId) : undefined;
    if (!account) continue;
    const task = taskOf(term, signal, part.code === EXIT_OWED);
    const refusal = isPoison ? refuse('SET_ASIDE') : hookIsGone(term, signal) && !task.owesExit ? refuse('HOOK_REMOVED') : null;
    const work = refusal ? refusePart(term, task, account, refusal) : runOnAccounts(term, task, [account]);
    work.catch((error: unknown) => term.blame(signal.id, error));
  }
}

function isOwn({ source }: Signal, { status, code }: SignalPart): boolean {
  return status === 'accepted' && (source === 'system' || code === EXIT_OWED || code === 'APPROVED');
}

function hookIsGone({ state }: Term, { hookId }: Signal): boolean {
  return hookId !== null && !state.hooks.has(hookId);
}

function taskOf(term: Term, signal: Signal, owesExit: boolean): SignalTask {
  const alert = parseStoredAlert(signal.payload);
  const ages = signal.source === 'system' ? AGELESS : agesOf(alert, maxAgeSecOf(term, signal));
  return { commandId: signal.id, signal, alert, ...ages, owesExit, approval: term.state.approvals.get(signal.id) ?? null };
}
