import { mayAct } from '../../domain/people/user.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { Asker } from './asker.ts';

/** The accounts a person may change. The leader checks again. */
export function ownAccounts({ user, inConfiguredChat }: Asker, accounts: readonly Account[]): readonly Account[] {
  if (!user) return inConfiguredChat ? accounts : [];
  return mayAct(user.role, 'trader') || inConfiguredChat ? accounts : [];
}
