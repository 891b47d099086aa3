import type { Change, Notice } from '../../ledger/ledger.ts';
import type { EngineState } from '../state.ts';

/**
 * Copies of notices for those whose signal it is, or whose accounts alone it concerns, in the chat they linked. A choice made on
 * a copy is made on the original.
 */
export function ownerCopies(state: EngineState, changes: readonly Change[], newId: () => string): Change[] {
  if (state.telegram.links.size === 0) return [];
  return changes.flatMap((change) => {
    const owner = change.kind === 'notice' ? ownerOf(state, change.notice) : null;
    if (change.kind !== 'notice' || owner === null || !state.telegram.links.has(owner)) return [];
    return [{ kind: 'notice', notice: { ...change.notice, id: newId(), audience: 'user', recipientId: owner, copyOf: change.notice.id } }];
  });
}

function ownerOf(state: EngineState, { signalId, audience, recipientId, accountId }: Notice): string | null {
  if (accountId && audience !== 'dev' && !recipientId) return state.accounts.get(accountId)?.account.ownerId ?? null;
  const known = signalId !== null && audience !== 'dev' && !recipientId ? state.signals.get(signalId) : undefined;
  if (!known) return null;
  if (known.signal.ownerId !== null) return known.signal.ownerId;
  const owners = new Set([...known.parts.keys()].map((id) => state.accounts.get(id)?.account.ownerId ?? null));
  const [owner = null] = owners;
  return owners.size === 1 ? owner : null;
}
