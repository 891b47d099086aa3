import type { Change } from '../../ledger/ledger.ts';
import type { AccountState } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

/** Sets our balances to the venue's where they differ. `stillQuiet` is asked again after the reply. */
export async function takeBalances(term: Term, account: AccountState, venue: Venue, stillQuiet: () => boolean): Promise<void> {
  const before = new Map(account.balances);
  const reported = await venue.session.orders.balances();
  if (!reported || term.signal.aborted || !stillQuiet()) return;
  const unchanged = [...before].every(([asset, total]) => account.balances.get(asset)?.eq(total) ?? false);
  if (!unchanged) return;
  const changes = reported
    .filter(({ asset, total }) => !(before.get(asset)?.eq(total) ?? total.isZero()))
    .map(({ asset, total }): Change => ({ kind: 'balance.set', accountId: account.account.id, asset, total, at: term.now }));
  if (changes.length > 0 && before.size > 0) noteChanged(term, account, changes);
  if (changes.length > 0) await term.commit(changes);
}

function noteChanged({ changedAssets }: Term, { account }: AccountState, changes: readonly Change[]): void {
  const assets = changedAssets.get(account.id) ?? new Set();
  for (const change of changes) if (change.kind === 'balance.set') assets.add(change.asset);
  changedAssets.set(account.id, assets);
}
