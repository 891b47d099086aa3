import { decimal } from '../../domain/money.ts';
import { averagePrice } from '../../domain/portfolio/bookFill.ts';
import type { BalanceView, PerformancePoint, StoredPosition } from '../readModel.ts';
import { accountNames, type Database, plain } from './database.ts';
import { fundingSums } from './funding.ts';
import type { Hidden } from './sight.ts';

export async function readPositions(database: Database, hidden: Hidden): Promise<StoredPosition[]> {
  const [names, funding, positions] = await Promise.all([
    accountNames(database),
    fundingSums(database, hidden),
    database.position.findMany({ where: { accountId: { notIn: hidden.accountIds } }, orderBy: [{ accountId: 'asc' }, { symbol: 'asc' }] }),
  ]);
  return positions.map(({ accountId, symbol, quantity, cost, realizedPnl }) => ({
    account: names.get(accountId) ?? accountId,
    accountId,
    symbol,
    quantity: plain(quantity),
    averagePrice: averagePrice({ quantity: decimal(quantity.toString()), cost: decimal(cost.toString()) })?.toFixed() ?? null,
    realizedPnl: plain(realizedPnl),
    funding: funding.get(`${accountId}\0${symbol}`) ?? '0',
  }));
}

export async function readBalances(database: Database, hidden: Hidden): Promise<BalanceView[]> {
  const [names, balances] = await Promise.all([
    accountNames(database),
    database.balance.findMany({ where: { accountId: { notIn: hidden.accountIds } }, orderBy: [{ accountId: 'asc' }, { asset: 'asc' }] }),
  ]);
  return balances.map(({ accountId, asset, total }) => ({ account: names.get(accountId) ?? accountId, asset, total: plain(total) }));
}

/** The last `days` UTC days by the database's clock, today included; days without a fill or funding are left out. */
export async function readPerformance(database: Database, hidden: Hidden, days: number): Promise<PerformancePoint[]> {
  const names = await accountNames(database);
  const rows = await database.$queryRaw<{ day: string; accountId: string; realizedPnl: string; funding: string; trades: number }[]>`
    SELECT (at AT TIME ZONE 'UTC')::date::text AS day, account_id AS "accountId", sum(realized_pnl)::text AS "realizedPnl",
      coalesce(sum(realized_pnl) FILTER (WHERE paid), 0)::text AS funding, (count(*) FILTER (WHERE traded))::int AS trades
    FROM (
      SELECT at, account_id, realized_pnl, false AS paid, reason IS NULL AS traded FROM position_entries
      UNION ALL
      SELECT at, account_id, realized_pnl, true, false FROM funding_payments
    ) AS realized
    WHERE at >= (date_trunc('day', now() AT TIME ZONE 'UTC') - make_interval(days => ${days - 1}::int)) AT TIME ZONE 'UTC'
      AND account_id <> ALL(${hidden.accountIds}::text[])
    GROUP BY 1, 2 ORDER BY 1 DESC, 2`;
  return rows.map(({ day, accountId, realizedPnl, funding, trades }) => {
    return { day, account: names.get(accountId) ?? accountId, realizedPnl: plain(realizedPnl), funding: plain(funding), trades };
  });
}
