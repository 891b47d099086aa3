import type { HedgeView } from '../readModel.ts';
import { accountNames, type Database } from './database.ts';
import type { Hidden } from './sight.ts';

/** Rules whose two accounts may both be seen. */
export async function readHedges(database: Database, hidden: Hidden): Promise<HedgeView[]> {
  const visible = { notIn: hidden.accountIds };
  const where = { removedAt: null, parentAccountId: visible, hedgeAccountId: visible };
  const [names, rules] = await Promise.all([
    accountNames(database),
    database.hedge.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
  ]);
  const progress = await database.hedgeProgress.findMany({ where: { hedgeId: { in: rules.map(({ id }) => id) } } });
  return rules.map((rule) => {
    const { id, name, ratio, by, band, minIntervalSec, enabled, createdAt } = rule;
    const last = progress.find(({ hedgeId }) => hedgeId === id);
    return {
      ...{ id, name, ratio, by, band, minIntervalSec, enabled, createdAt: createdAt.toISOString() },
      parent: { account: names.get(rule.parentAccountId) ?? rule.parentAccountId, symbol: rule.parentSymbol },
      hedge: { account: names.get(rule.hedgeAccountId) ?? rule.hedgeAccountId, symbol: rule.hedgeSymbol },
      last: last
        ? {
            ...{ signalId: last.commandId, target: last.target, state: last.state, code: last.code, message: last.message },
            ...{ failures: last.failures, at: last.at.toISOString() },
          }
        : null,
    };
  });
}
