import type { Account } from '../../domain/portfolio/account.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Hook } from '../../domain/signal/hook.ts';
import { refuseWith, replyTo } from '../records.ts';
import type { AccountState } from '../state.ts';
import type { Term } from '../term.ts';
import { recorded } from './securityEvents.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;

/** A hook trades accounts of its own owner and of the house: so who sees its signals sees everything they did. */
export function mayUse(hook: Pick<Hook, 'ownerId'>, account: Account | undefined): boolean {
  return !account || account.ownerId === null || account.ownerId === hook.ownerId;
}

/** What changes about an account here: its open orders and its connection stay as they are. */
function changed(term: Term, command: Command, action: string, { account }: AccountState, next: Account): Promise<void> {
  const view = ({ ownerId, enabled }: Account) => ({ ownerId, enabled });
  return term.commit([
    { kind: 'account.put', account: next },
    ...recorded(term, command, action, account.name, view(account), view(next)),
    replyTo(term, command, 200, { accountId: account.id }),
  ]);
}

export async function changeAccount(term: Term, command: Command, { accountId, ownerId }: Body<'account.change'>): Promise<void> {
  const state = term.state.accounts.get(accountId);
  if (!state) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such account.');
  const next = { ...state.account, ownerId };
  if (ownerId !== null && !term.state.people.users.has(ownerId))
    return refuseWith(term, command, 409, 'USER_UNKNOWN', 'There is no such user any more.');
  const users = [...term.state.hooks.values()].filter((hook) => hook.accountIds.includes(accountId));
  const other = users.find((hook) => !mayUse(hook, next));
  if (other) return refuseWith(term, command, 409, 'OWNER_MISMATCH', `The hook "${other.name}" uses it and belongs to somebody else.`);
  const torn = tornHedge(term, next);
  if (torn) return refuseWith(term, command, 409, 'OWNER_MISMATCH', `The other account of the hedge "${torn}" belongs to somebody else.`);
  return changed(term, command, 'account.change', state, next);
}

/** A rule between this account and one of another user. */
function tornHedge({ state }: Term, { id, ownerId }: Account): string | null {
  for (const { name, parent, hedge } of state.hedges.values()) {
    const legs = [parent, hedge];
    if (ownerId === null || !legs.some(({ accountId }) => accountId === id)) continue;
    const owners = legs
      .filter(({ accountId }) => accountId !== id)
      .map(({ accountId }) => state.accounts.get(accountId)?.account.ownerId ?? null);
    if (owners.some((owner) => owner !== null && owner !== ownerId)) return name;
  }
  return null;
}

export async function enableAccount(term: Term, command: Command, { accountId }: Body<'account.enable'>): Promise<void> {
  const state = term.state.accounts.get(accountId);
  if (!state) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such account.');
  return changed(term, command, 'account.enable', state, { ...state.account, enabled: true });
}
