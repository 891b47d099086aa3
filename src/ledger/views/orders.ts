import type { OrderType } from '../../domain/alert/alert.ts';
import { writePrice } from '../../domain/alert/canonicalAlert.ts';
import { decimal } from '../../domain/money.ts';
import type { Order as DomainOrder, WorkTerms } from '../../domain/order/order.ts';
import { describeWork } from '../../domain/order/work/describeWork.ts';
import { averagePrice } from '../../domain/portfolio/bookFill.ts';
import type { Order, Prisma } from '../generated/client.ts';
import { toTerms } from '../orderRecords.ts';
import type { OrderFilter, OrderView, Page, PageRequest } from '../readModel.ts';
import { OPEN_ORDER_STATUSES } from '../statuses.ts';
import { isUuid, PAGED, pageOf, pageQuery } from './cursor.ts';
import { accountIdsOf, accountNames, type Database, plain, plainOrNull } from './database.ts';
import type { Hidden } from './sight.ts';

type Progress = DomainOrder['progress'];

export async function readOrders(database: Database, hidden: Hidden, page: PageRequest, filter: OrderFilter): Promise<Page<OrderView>> {
  const { where, take } = pageQuery(PAGED.orders, page);
  const rows = await database.order.findMany({
    where: { AND: [where, { accountId: { notIn: hidden.accountIds } }, await conditionOf(database, filter)] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take,
  });
  return pageOf(PAGED.orders, rows, page, (shown) => orderViews(database, shown));
}

export async function readOrder(database: Database, hidden: Hidden, id: string): Promise<OrderView | null> {
  if (!isUuid(id)) return null;
  const [view = null] = await orderViews(
    database,
    await database.order.findMany({ where: { id, accountId: { notIn: hidden.accountIds } } }),
  );
  return view;
}

export async function orderViews(database: Database, orders: readonly Order[]): Promise<OrderView[]> {
  const names = await accountNames(database);
  return orders.map((order) => orderView(order, names));
}

async function conditionOf(database: Database, filter: OrderFilter): Promise<Prisma.OrderWhereInput> {
  const { account, symbol, status, signalId, role, open } = filter;
  return {
    ...(account === undefined ? {} : { accountId: { in: await accountIdsOf(database, account) } }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(signalId === undefined ? {} : { signalId }),
    ...(role === undefined ? {} : { role }),
    AND: [status === undefined ? {} : { status }, open ? { status: { in: [...OPEN_ORDER_STATUSES] } } : {}],
  };
}

function orderView(order: Order, names: ReadonlyMap<string, string>): OrderView {
  const filled = { quantity: decimal(order.filledQuantity.toString()), cost: decimal(order.filledNotional.toString()) };
  return {
    id: order.id,
    signalId: order.signalId,
    clientOrderId: order.clientOrderId,
    venueOrderId: order.venueOrderId,
    account: names.get(order.accountId) ?? order.accountId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    role: order.role,
    quantity: plain(order.quantity),
    price: plainOrNull(order.price),
    stopPrice: plainOrNull(order.stopPrice),
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
    filledQuantity: plain(order.filledQuantity),
    averagePrice: averagePrice(filled)?.toFixed() ?? null,
    status: order.status,
    code: order.code,
    message: order.message,
    parentId: order.parentId,
    sliceOf: order.sliceOf,
    terms: termsView(toTerms(order.terms)),
    progress: describeWork({ type: order.type as OrderType, terms: toTerms(order.terms), progress: order.progress as Progress }),
    strategy: order.strategy,
    tag: order.tag,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

function termsView(terms: WorkTerms | null): OrderView['terms'] {
  if (terms === null) return null;
  const { trail, display, durationMs } = terms;
  return {
    trail: trail && writePrice(trail),
    display: display?.toFixed() ?? null,
    durationSec: durationMs === null ? null : durationMs / 1000,
  };
}
