import type { AccountId } from '../domain/ids.ts';
import { type Decimal, ZERO } from '../domain/money.ts';
import type { Order } from '../domain/order/order.ts';
import { isFinal } from '../domain/order/transition.ts';
import { FUNDING_OVERLAP_MS } from '../domain/portfolio/bookFunding.ts';
import type { LedgerSnapshot } from './ledger.ts';
import type { LedgerContent } from './memoryContent.ts';
import { PROPOSALS_SINCE_MS } from './peopleRecords.ts';
import { isUnfinished } from './statuses.ts';

/** What loadSnapshot.ts asks Postgres for, in the same order. */
export function memorySnapshot(content: LedgerContent, dayStart: number): LedgerSnapshot {
  const orders = ordersToResume(content);
  const allParts = [...content.parts.values()];
  const signalIds = new Set([...orders, ...allParts.filter(({ status }) => isUnfinished(status))].map(({ signalId }) => signalId));
  const orderIds = new Set(orders.map(({ id }) => id));
  const signals = [...content.signals.values()].map(({ signal }) => signal).filter(({ id }) => signalIds.has(id));
  return {
    accounts: sortedBy([...content.accounts.values()], ({ createdAt, id }) => [createdAt, id]),
    hooks: sortedBy([...content.hooks.values()], ({ createdAt, id }) => [createdAt, id]),
    hedges: sortedBy([...content.hedges.values()], ({ createdAt, id }) => [createdAt, id]),
    hedgeProgress: sortedBy(
      [...content.hedgeProgress.values()].filter(({ hedgeId }) => content.hedges.has(hedgeId)),
      ({ hedgeId }) => [hedgeId],
    ),
    whitelist: sortedBy([...content.whitelist.values()], ({ createdAt, id }) => [createdAt, id]),
    rulings: sortedBy([...content.rulings.values()], ({ at, network }) => [at, network]),
    people: {
      users: sortedBy([...content.users.values()], ({ createdAt, id }) => [createdAt, id]),
      sessions: sortedBy([...content.sessions.values()], ({ createdAt, id }) => [createdAt, id]),
      tokens: sortedBy([...content.tokens.values()], ({ createdAt, id }) => [createdAt, id]),
    },
    proposals: sortedBy(
      [...content.proposals.values()].filter(({ proposedAt }) => proposedAt >= dayStart - PROPOSALS_SINCE_MS),
      ({ proposedAt, id }) => [proposedAt, id],
    ),
    modes: [...content.modes].map(([accountId, mode]) => ({ accountId, ...mode })),
    limits: [...content.limits].map(([accountId, limits]) => ({ accountId, limits })),
    positions: sortedBy([...content.positions.values()], ({ accountId, symbol }) => [accountId, symbol]),
    balances: sortedBy([...content.balances.values()], ({ accountId, asset }) => [accountId, asset]),
    funding: fundingOf(content),
    orders,
    fillIds: [...content.fills.values()].filter(({ orderId }) => orderIds.has(orderId)).map(({ id }) => id),
    parts: sortedBy(
      allParts.filter(({ signalId }) => signalIds.has(signalId)),
      ({ signalId, accountId }) => [signalId, accountId],
    ),
    telegram: { codes: [...content.telegram.codes.values()], links: [...content.telegram.links.values()] },
    approvals: sortedBy(
      [...content.approvals.values()].filter(({ signalId }) => signalIds.has(signalId)),
      ({ signalId }) => [signalId],
    ),
    signals: sortedBy(signals, ({ seq, id }) => [seq, id]),
    drifts: sortedBy([...content.drifts.values()], ({ accountId, symbol }) => [accountId, symbol]),
    claims: sortedBy([...content.claims.values()], ({ hookId, strategy, symbol, accountId }) => [hookId, strategy, symbol, accountId]),
    realizedSince: realizedSince(content, dayStart),
  };
}

function ordersToResume(content: LedgerContent): Order[] {
  const orders = [...content.orders.values()];
  const partOf = ({ signalId, accountId }: Pick<Order, 'signalId' | 'accountId'>): string => `${signalId}\0${accountId}`;
  const resumed = new Set([
    ...orders.filter(({ status }) => !isFinal(status)).map(partOf),
    ...[...content.parts.values()].filter(({ status }) => isUnfinished(status)).map(partOf),
  ]);
  return sortedBy(
    orders.filter((order) => resumed.has(partOf(order))),
    ({ createdAt, signalId, leg, id }) => [createdAt, signalId, leg, id],
  );
}

function fundingOf({ funding, fundingCursors }: LedgerContent): LedgerSnapshot['funding'] {
  const cursors = [...fundingCursors].map(([accountId, until]) => {
    const again = [...funding.values()].filter((payment) => payment.accountId === accountId && payment.at >= until - FUNDING_OVERLAP_MS);
    return { accountId, until, ids: again.map(({ id }) => id).sort() };
  });
  return sortedBy(cursors, ({ accountId }) => [accountId]);
}

function realizedSince(content: LedgerContent, dayStart: number): LedgerSnapshot['realizedSince'] {
  const sums = new Map<AccountId, Decimal>();
  for (const { accountId, fill, entry } of content.fills.values()) {
    if (fill.executedAt >= dayStart) sums.set(accountId, (sums.get(accountId) ?? ZERO).plus(entry.realizedPnl));
  }
  for (const { accountId, at, realizedPnl } of content.funding.values())
    if (at >= dayStart) sums.set(accountId, (sums.get(accountId) ?? ZERO).plus(realizedPnl));
  return sortedBy(
    [...sums].map(([accountId, realizedPnl]) => ({ accountId, realizedPnl })),
    ({ accountId }) => [accountId],
  );
}

type SortKey = readonly (string | number)[];

function sortedBy<T>(items: readonly T[], keyOf: (item: T) => SortKey): T[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ item }) => item);
}

function compare(a: SortKey, b: SortKey): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  const [left, right] = [a[at] ?? '', b[at] ?? ''];
  return at === -1 ? 0 : left < right ? -1 : 1;
}
