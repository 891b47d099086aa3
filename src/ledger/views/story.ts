import type { SignalStage } from '../../domain/signal/signal.ts';
import type { Fill, Order, OrderEvent, Signal } from '../generated/client.ts';
import type { SignalStory } from '../readModel.ts';
import { type Database, plain } from './database.ts';

interface StoryEvent {
  readonly at: Date;
  readonly stage: SignalStage;
  readonly detail: string;
}

/** What happens in the same millisecond is told in the order of its way. */
const STAGE_ORDER: readonly SignalStage[] = ['received', 'repeat', 'approval', 'admitted', 'risk', 'order', 'fill', 'notified'];

/** The way of a signal, oldest first: what the engine noted, what became of its orders, their fills, and who was told. */
export async function tellStory(
  database: Database,
  signal: Signal,
  orders: readonly Order[],
  accounts: ReadonlyMap<string, string>,
): Promise<SignalStory['events']> {
  const orderIds = orders.map(({ id }) => id);
  const [noted, moves, fills, told] = await Promise.all([
    database.signalEvent.findMany({ where: { signalId: signal.id }, orderBy: { seq: 'asc' } }),
    database.orderEvent.findMany({ where: { orderId: { in: orderIds } }, orderBy: { seq: 'asc' } }),
    database.fill.findMany({ where: { orderId: { in: orderIds } }, orderBy: [{ executedAt: 'asc' }, { id: 'asc' }] }),
    database.outboxNotice.findMany({ where: { signalId: signal.id, sentAt: { not: null } }, orderBy: { seq: 'asc' } }),
  ]);
  const byId = new Map(orders.map((order) => [order.id, order]));
  const events: StoryEvent[] = [
    ...noted.map(({ at, stage, detail }) => ({ at, stage: stage as SignalStage, detail })),
    ...moves.map((move) => ({ at: move.at, stage: 'order' as const, detail: tellMove(move, byId.get(move.orderId), accounts) })),
    ...fills.map((fill) => ({ at: fill.executedAt, stage: 'fill' as const, detail: tellFill(fill, accounts) })),
    ...told.map(({ at, sentAt, audience, text }) => ({
      at: sentAt ?? at,
      stage: 'notified' as const,
      detail: `told ${audience}: ${text}`,
    })),
  ];
  if (!noted.some(({ stage }) => stage === 'received'))
    events.push({ at: signal.receivedAt, stage: 'received', detail: `from ${signal.actor}` });
  return events.sort(inOrder).map(({ at, stage, detail }) => ({ at: at.toISOString(), stage, detail }));
}

function inOrder(a: StoryEvent, b: StoryEvent): number {
  return a.at.getTime() - b.at.getTime() || STAGE_ORDER.indexOf(a.stage) - STAGE_ORDER.indexOf(b.stage);
}

/** `entry buy 0.5 BTC/USDT limit on main: intent → submitted (detail)` */
function tellMove({ fromStatus, toStatus, detail }: OrderEvent, order: Order | undefined, accounts: ReadonlyMap<string, string>): string {
  const change = fromStatus === null ? toStatus : `${fromStatus} → ${toStatus}`;
  const what = order ? `${describe(order)} on ${accounts.get(order.accountId) ?? order.accountId}: ` : '';
  return `${what}${change}${detail === null ? '' : ` (${detail})`}`;
}

function describe({ role, side, quantity, symbol, type, price, stopPrice }: Order): string {
  const limit = price === null ? '' : ` at ${plain(price)}`;
  const stop = stopPrice === null ? '' : ` stop ${plain(stopPrice)}`;
  return `${role.replace('_', ' ')} ${side} ${plain(quantity)} ${symbol} ${type.replace('_', ' ')}${limit}${stop}`;
}

/** `bought 0.5 BTC/USDT at 60000 on main, fee 0.1 USDT (taker)` */
function tellFill(fill: Fill, accounts: ReadonlyMap<string, string>): string {
  const verb = fill.side === 'buy' ? 'bought' : 'sold';
  const where = `on ${accounts.get(fill.accountId) ?? fill.accountId}`;
  const liquidity = fill.liquidity === 'unknown' ? '' : ` (${fill.liquidity})`;
  return `${verb} ${plain(fill.quantity)} ${fill.symbol} at ${plain(fill.price)} ${where}, fee ${plain(fill.fee)} ${fill.feeAsset}${liquidity}`;
}
