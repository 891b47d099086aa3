import type { FundingFilter, FundingView, Page, PageRequest } from '../readModel.ts';
import { PAGED, pageOf, pageQuery } from './cursor.ts';
import { accountIdsOf, accountNames, type Database, plain } from './database.ts';
import type { Hidden } from './sight.ts';

export async function readFunding(
  database: Database,
  hidden: Hidden,
  page: PageRequest,
  filter: FundingFilter,
): Promise<Page<FundingView>> {
  const { where, take } = pageQuery(PAGED.funding, page);
  const { account, symbol } = filter;
  const ofAccount = account === undefined ? {} : { accountId: { in: await accountIdsOf(database, account) } };
  const rows = await database.fundingPayment.findMany({
    where: { AND: [where, { NOT: { accountId: { in: hidden.accountIds } }, ...ofAccount, ...(symbol === undefined ? {} : { symbol }) }] },
    orderBy: [{ paidAt: 'desc' }, { id: 'desc' }],
    take,
  });
  const names = await accountNames(database);
  return pageOf(PAGED.funding, rows, page, (shown) =>
    shown.map(({ id, accountId, symbol: ofSymbol, asset, amount, paidAt, venueId }) => {
      const name = names.get(accountId) ?? accountId;
      return { id, account: name, symbol: ofSymbol, asset, amount: plain(amount), paidAt: paidAt.toISOString(), venueId };
    }),
  );
}

/** What holding has cost or brought in all, in quote, by `account\0symbol`. */
export async function fundingSums(
  database: Database,
  hidden: Hidden,
  { accountIds, symbol }: { readonly accountIds: string[] | null; readonly symbol: string | null } = { accountIds: null, symbol: null },
): Promise<ReadonlyMap<string, string>> {
  const only = [accountIds === null ? {} : { accountId: { in: accountIds } }, symbol === null ? {} : { symbol }];
  const sums = await database.fundingPayment.groupBy({
    by: ['accountId', 'symbol'],
    where: { AND: [{ accountId: { notIn: hidden.accountIds } }, ...only] },
    _sum: { realizedPnl: true },
  });
  return new Map(sums.map(({ accountId, symbol: of, _sum }) => [`${accountId}\0${of}`, plain(_sum.realizedPnl ?? '0')]));
}
