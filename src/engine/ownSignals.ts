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
 * What a leader had still to do when its term ended: what a close or cancel left over behind an order in doubt, and exits whose stops
 * it was canceling. Both are recorded as accepted, not yet planned. The next one joins them to its lanes before it reads any command,
 * or gives them up when they have brought down terms before.
 */
export function resumeOwn(term: Term, isPoison: (signalId: SignalId) => boolean): void {
  for (const { signal, parts } of [...term.state.signals.values()])
    for (const part of parts.values()) {
      const account = isOwn(signal, part) ? term.state.accounts.get(part.accountId) : undefined;
      if (!account) continue;
      const task = taskOf(term, signal, part.code === EXIT_OWED);
      const work = isPoison(signal.id) ? refusePart(term, task, account, refuse('SET_ASIDE')) : runOnAccounts(term, task, [account]);
      work.catch((error: unknown) => term.blame(signal.id, error));
    }
}

function isOwn({ source }: Signal, { status, code }: SignalPart): boolean {
  return status === 'accepted' && (source === 'system' || code === EXIT_OWED);
}

function taskOf(term: Term, signal: Signal, owesExit: boolean): SignalTask {
  const alert = parseStoredAlert(signal.payload);
  const ages = signal.source === 'system' ? AGELESS : agesOf(alert, maxAgeSecOf(term, signal));
  return { commandId: signal.id, signal, alert, ...ages, owesExit };
}
