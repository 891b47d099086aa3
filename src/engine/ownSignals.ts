import { parseStoredAlert } from '../domain/alert/parseAlert.ts';
import { refuse } from '../domain/errors.ts';
import type { SignalId } from '../domain/ids.ts';
import { refusePart } from './refusePart.ts';
import { runOnAccounts } from './signals.ts';
import { AGELESS } from './tasks.ts';
import type { Term } from './term.ts';

/**
 * What a leader itself had still to do when its term ended (what a close or cancel left over behind an order in doubt): recorded
 * as accepted, not yet planned. The next one joins it to its lanes before it reads any command, or gives it up when it has
 * brought down terms before.
 */
export function resumeOwn(term: Term, isPoison: (signalId: SignalId) => boolean): void {
  for (const { signal, parts } of [...term.state.signals.values()]) {
    if (signal.source !== 'system') continue;
    for (const { accountId, status } of parts.values()) {
      const account = status === 'accepted' ? term.state.accounts.get(accountId) : undefined;
      if (!account) continue;
      const task = { commandId: signal.id, signal, alert: parseStoredAlert(signal.payload), ...AGELESS };
      const work = isPoison(signal.id) ? refusePart(term, task, account, refuse('SET_ASIDE')) : runOnAccounts(term, task, [account]);
      work.catch((error: unknown) => term.blame(signal.id, error));
    }
  }
}
