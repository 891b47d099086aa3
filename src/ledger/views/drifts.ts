import { decimal } from '../../domain/money.ts';
import type { DriftView } from '../readModel.ts';
import { accountNames, type Database, plain } from './database.ts';
import type { Hidden } from './sight.ts';

export async function readDrifts(database: Database, hidden: Hidden): Promise<DriftView[]> {
  const [names, drifts] = await Promise.all([
    accountNames(database),
    database.drift.findMany({ where: { accountId: { notIn: hidden.accountIds } }, orderBy: [{ accountId: 'asc' }, { symbol: 'asc' }] }),
  ]);
  return drifts.map(({ id, accountId, symbol, cause, held, venue, status, foundAt, updatedAt, decidedBy }) => ({
    ...{ id, account: names.get(accountId) ?? accountId, symbol, cause, held: plain(held), venue: plain(venue) },
    difference: decimal(venue.toString()).minus(decimal(held.toString())).toFixed(),
    ...{ status, foundAt: foundAt.toISOString(), updatedAt: updatedAt.toISOString(), decidedBy },
  }));
}
