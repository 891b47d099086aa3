import { refuse } from '../../domain/errors.ts';
import { resolveSymbol } from '../../domain/market/symbolIndex.ts';
import type { Approval } from '../../domain/signal/approval.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice, shortId } from '../notices.ts';
import type { PartTask } from '../tasks.ts';
import type { Term } from '../term.ts';
import { approvalEvent, partChange } from './askApproval.ts';

/**
 * A close makes void what still waits for a person on its account and symbol: approved later, it would open a position that its
 * strategy has left already. What is asked about other accounts as well goes on waiting for those.
 */
export async function supersedeAsked(term: Term, task: PartTask): Promise<void> {
  const { id } = task.account.account;
  for (const asked of [...term.state.approvals.values()]) {
    const known = term.state.signals.get(asked.signalId);
    const waiting = [...(known?.parts.values() ?? [])].filter(({ code }) => code === 'AWAITS_APPROVAL');
    const part = waiting.find(({ accountId }) => accountId === id);
    if (!known || !part || asked.decision !== null || !concerns(asked, task)) continue;
    const { now } = term;
    const { code, message } = refuse('ENTRY_SUPERSEDED');
    const by = `a close (signal ${shortId(task.signal.id)})`;
    const changes: Change[] = [
      partChange({ ...part, status: 'refused', code, message }, now),
      approvalEvent(known.signal, `${task.account.account.name}: ${code}. ${message}`, now),
      notice({ newId: term.deps.newId, now }, 'info', `No longer asked: signal ${shortId(asked.signalId)}. ${message}`, {
        signalId: asked.signalId,
      }),
    ];
    const isLast = waiting.length === 1;
    if (isLast) changes.unshift({ kind: 'approval.put', approval: { ...asked, decision: 'rejected', decidedBy: by, decidedAt: now } });
    await term.commit(changes);
  }
}

function concerns({ prices }: Approval, { account, venue, market }: PartTask): boolean {
  const { id, market: preferred } = account.account;
  const asked = prices.find(({ accountId }) => accountId === id);
  const found = asked && resolveSymbol(venue.index, asked.symbol, preferred);
  return found?.ok === true && found.market.symbol === market.symbol;
}
