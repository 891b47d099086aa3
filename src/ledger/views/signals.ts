import type { Prisma, Signal } from '../generated/client.ts';
import type { Page, PageRequest, SignalStory, SignalView } from '../readModel.ts';
import { PAGED, pageOf, pageQuery } from './cursor.ts';
import { accountNames, type Database, plainOrNull } from './database.ts';
import { orderViews } from './orders.ts';
import type { Hidden } from './sight.ts';
import { tellStory } from './story.ts';
import { readWaitingSignal } from './waiting.ts';

export async function readSignals(
  database: Database,
  hidden: Hidden,
  page: PageRequest,
  { status, hookId }: { status?: string; hookId?: string },
): Promise<Page<SignalView>> {
  const { where, take } = pageQuery(PAGED.signals, page);
  const rows = await database.signal.findMany({
    where: { AND: [where, visibleTo(hidden), status === undefined ? {} : { status }, hookId === undefined ? {} : { hookId }] },
    orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
    take,
  });
  return pageOf(PAGED.signals, rows, page, (shown) => signalViews(database, shown));
}

export async function readSignal(database: Database, hidden: Hidden, id: string): Promise<SignalStory | null> {
  const signal = await database.signal.findUnique({ where: { id } });
  if (!signal) return readWaitingSignal(database, hidden, id);
  if (signal.ownerId !== null && hidden.userId !== null && signal.ownerId !== hidden.userId) return null;
  const [orders, parts, names, [view]] = await Promise.all([
    database.order.findMany({ where: { signalId: id }, orderBy: [{ createdAt: 'asc' }, { accountId: 'asc' }, { leg: 'asc' }] }),
    database.signalPart.findMany({ where: { signalId: id }, orderBy: { accountId: 'asc' } }),
    accountNames(database),
    signalViews(database, [signal]),
  ]);
  if (!view) return null;
  return {
    ...view,
    accounts: parts.map(({ accountId, status, code, message, share }) => ({
      ...{ account: names.get(accountId) ?? accountId, status, code, message },
      share: plainOrNull(share),
    })),
    orders: await orderViews(database, orders),
    events: await tellStory(database, signal, orders, names),
  };
}

function visibleTo({ userId }: Hidden): Prisma.SignalWhereInput {
  return userId === null ? {} : { OR: [{ ownerId: null }, { ownerId: userId }] };
}

async function signalViews(database: Database, signals: readonly Signal[]): Promise<SignalView[]> {
  const hookIds = [...new Set(signals.map(({ hookId }) => hookId).filter((id) => id !== null))];
  const hooks = await database.hook.findMany({ where: { id: { in: hookIds } }, select: { id: true, name: true } });
  const names = new Map(hooks.map(({ id, name }) => [id, name]));
  return signals.map((signal) => ({
    id: signal.id,
    hookId: signal.hookId,
    hook: signal.hookId === null ? null : (names.get(signal.hookId) ?? null),
    source: signal.source,
    status: signal.status,
    code: signal.code,
    message: signal.message,
    receivedAt: signal.receivedAt.toISOString(),
    payload: parsePayload(signal.payload),
    correlationId: signal.correlationId,
    repeats: signal.repeats,
    strategy: signal.strategy,
    tag: signal.tag,
  }));
}

/** Stored as the canonical JSON text of the alert; shown as the text it is, should it ever be anything else. */
function parsePayload(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
