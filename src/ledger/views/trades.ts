import { type Fill, Prisma } from '../generated/client.ts';
import type { Page, PageRequest, TradeFilter, TradeSummary, TradeView } from '../readModel.ts';
import { isUuid, PAGED, pageOf, pageQuery } from './cursor.ts';
import { accountIdsOf, accountNames, type Database, plain } from './database.ts';
import { fundingSums } from './funding.ts';
import type { Hidden } from './sight.ts';

export async function readTrades(database: Database, hidden: Hidden, page: PageRequest, filter: TradeFilter): Promise<Page<TradeView>> {
  const { where, take } = pageQuery(PAGED.trades, page);
  const rows = await database.fill.findMany({
    where: { AND: [where, whereOf(await resolve(database, hidden, filter))] },
    orderBy: [{ executedAt: 'desc' }, { id: 'desc' }],
    take,
  });
  return pageOf(PAGED.trades, rows, page, (shown) => tradeViews(database, shown));
}

export async function readTrade(database: Database, hidden: Hidden, id: string): Promise<TradeView | null> {
  if (!isUuid(id)) return null;
  const [view = null] = await tradeViews(
    database,
    await database.fill.findMany({ where: { id, accountId: { notIn: hidden.accountIds } } }),
  );
  return view;
}

async function tradeViews(database: Database, fills: readonly Fill[]): Promise<TradeView[]> {
  const [names, entries] = await Promise.all([
    accountNames(database),
    database.positionEntry.findMany({ where: { fillId: { in: fills.map(({ id }) => id) } }, select: { fillId: true, realizedPnl: true } }),
  ]);
  const realized = new Map(entries.map(({ fillId, realizedPnl }) => [fillId, plain(realizedPnl)]));
  return fills.map((fill) => ({
    id: fill.id,
    orderId: fill.orderId,
    signalId: fill.signalId,
    account: names.get(fill.accountId) ?? fill.accountId,
    symbol: fill.symbol,
    side: fill.side,
    quantity: plain(fill.quantity),
    price: plain(fill.price),
    fee: plain(fill.fee),
    feeAsset: fill.feeAsset,
    liquidity: fill.liquidity,
    realizedPnl: realized.get(fill.id) ?? '0',
    venueTradeId: fill.venueTradeId,
    executedAt: fill.executedAt.toISOString(),
  }));
}

/** A filter in terms of columns. A signal's fills are found by its orders, whose ids are indexed. */
interface Resolved {
  readonly hidden: Hidden;
  readonly accountIds: string[] | null;
  readonly symbol: string | null;
  readonly orderIds: string[] | null;
}

async function resolve(database: Database, hidden: Hidden, { account, symbol, orderId, signalId }: TradeFilter): Promise<Resolved> {
  const ofSignal = signalId === undefined ? null : await database.order.findMany({ where: { signalId }, select: { id: true } });
  const ids = ofSignal?.map(({ id }) => id) ?? null;
  return {
    hidden,
    accountIds: account === undefined ? null : await accountIdsOf(database, account),
    symbol: symbol ?? null,
    orderIds: orderId === undefined ? ids : [orderId].filter((id) => isUuid(id) && (ids === null || ids.includes(id))),
  };
}

function whereOf({ hidden, accountIds, symbol, orderIds }: Resolved): Prisma.FillWhereInput {
  return {
    NOT: { accountId: { in: hidden.accountIds } },
    ...(accountIds === null ? {} : { accountId: { in: accountIds } }),
    ...(symbol === null ? {} : { symbol }),
    ...(orderIds === null ? {} : { orderId: { in: orderIds } }),
  };
}

function sqlOf({ hidden, accountIds, symbol, orderIds }: Resolved): Prisma.Sql {
  const conditions = [Prisma.sql`fills.account_id <> ALL(${hidden.accountIds}::text[])`];
  if (accountIds !== null) conditions.push(Prisma.sql`fills.account_id = ANY(${accountIds}::text[])`);
  if (symbol !== null) conditions.push(Prisma.sql`fills.symbol = ${symbol}`);
  if (orderIds !== null) conditions.push(Prisma.sql`fills.order_id = ANY(${orderIds}::uuid[])`);
  return Prisma.join(conditions, ' AND ');
}

interface Sums {
  accountId: string;
  symbol: string;
  trades: number;
  bought: string;
  sold: string;
  volume: string;
  realizedPnl: string;
}

const NO_TRADES = { trades: 0, bought: '0', sold: '0', volume: '0', realizedPnl: '0' } as const;

/**
 * One line per account and symbol, also where there was nothing but funding. Volume is Σ price × quantity in quote. Funding belongs to
 * a position, so there is none of an order or a signal.
 */
export async function readTradeSummary(database: Database, hidden: Hidden, filter: TradeFilter): Promise<TradeSummary[]> {
  const resolved = await resolve(database, hidden, filter);
  const ofPositions = filter.orderId === undefined && filter.signalId === undefined;
  const where = sqlOf(resolved);
  const [names, traded, fees, funding] = await Promise.all([
    accountNames(database),
    database.$queryRaw<Sums[]>`
      SELECT fills.account_id AS "accountId", fills.symbol, count(*)::int AS trades,
        coalesce(sum(quantity) FILTER (WHERE side = 'buy'), 0)::text AS bought,
        coalesce(sum(quantity) FILTER (WHERE side = 'sell'), 0)::text AS sold,
        sum(price * quantity)::text AS volume, sum(realized_pnl)::text AS "realizedPnl"
      FROM fills JOIN position_entries ON fill_id = fills.id
      WHERE ${where} GROUP BY 1, 2`,
    database.$queryRaw<{ accountId: string; symbol: string; asset: string; amount: string }[]>`
      SELECT account_id AS "accountId", symbol, fee_asset AS asset, sum(fee)::text AS amount
      FROM fills WHERE ${where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    ofPositions ? fundingSums(database, hidden, resolved) : null,
  ]);
  return withFunded(traded, funding).map(({ accountId, symbol, trades, ...amounts }) => ({
    account: names.get(accountId) ?? accountId,
    symbol,
    trades,
    bought: plain(amounts.bought),
    sold: plain(amounts.sold),
    volume: plain(amounts.volume),
    realizedPnl: plain(amounts.realizedPnl),
    funding: funding && (funding.get(`${accountId}\0${symbol}`) ?? '0'),
    fees: fees
      .filter((fee) => fee.accountId === accountId && fee.symbol === symbol)
      .map(({ asset, amount }) => ({ asset, amount: plain(amount) })),
  }));
}

/** By account and symbol, with what was paid for and not traded in between. */
function withFunded(traded: readonly Sums[], funding: ReadonlyMap<string, string> | null): Sums[] {
  const lines = new Map(traded.map((sums) => [`${sums.accountId}\0${sums.symbol}`, sums]));
  for (const key of funding?.keys() ?? []) {
    const [accountId = '', symbol = ''] = key.split('\0');
    if (!lines.has(key)) lines.set(key, { accountId, symbol, ...NO_TRADES });
  }
  return [...lines].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sums]) => sums);
}
