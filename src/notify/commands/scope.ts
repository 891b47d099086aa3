import { mayReach } from '../../domain/people/ownership.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { Asker } from './asker.ts';
import type { Reads } from './reads.ts';

/** The accounts a person may change, if their role lets them: their own and the house's. The leader checks again. */
export function ownAccounts({ user, inConfiguredChat }: Asker, accounts: readonly Account[]): readonly Account[] {
  if (!user) return inConfiguredChat ? accounts : [];
  return accounts.filter(({ ownerId }) => mayReach(user, ownerId));
}

/** What this person sees: in a chat of the settings everything, elsewhere nothing of other people's. */
export function readsFor({ user, inConfiguredChat }: Asker, reads: Reads): Reads {
  const seesAll = inConfiguredChat || user?.role === 'admin';
  return { ...reads, readModel: reads.readModel.forUser(seesAll ? null : (user?.id ?? '')) };
}
