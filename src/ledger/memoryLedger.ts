import type { AccountId, CommandId, Epoch, SignalId } from '../domain/ids.ts';
import { type Decimal, ZERO } from '../domain/money.ts';
import type { Order, OrderStatus } from '../domain/order/order.ts';
import type { LedgerEntry } from '../domain/portfolio/position.ts';
import { claimKey } from '../domain/signal/claim.ts';
import { evolveTelegram } from '../domain/telegram.ts';
import { replaceInMap } from '../lib/replaceValue.ts';
import {
  type Change,
  FencedError,
  type HandledCommand,
  type Ledger,
  type Outbox,
  type RecalledSignal,
  type VenueOrderName,
} from './ledger.ts';
import { emptyContent, type LedgerContent } from './memoryContent.ts';
import { createMemoryOutbox, putNotice } from './memoryOutbox.ts';
import { memorySnapshot } from './memorySnapshot.ts';
import { isUnfinished } from './statuses.ts';

export interface MemoryLedger extends Ledger, Outbox {
  readonly content: LedgerContent;
}

/**
 * The ledger without a database: same contract, nothing waits, nothing depends on time or chance. An append takes effect at
 * once and whole. `currentEpoch` says whose writes are taken; any other epoch is fenced.
 */
export function createMemoryLedger(currentEpoch: () => Epoch): MemoryLedger {
  const content = emptyContent();
  const assertLeader = (epoch: Epoch): void => {
    if (epoch !== currentEpoch()) throw new FencedError(`epoch ${epoch} is over`);
  };
  return {
    content,
    append: async (epoch, changes) => {
      if (changes.length === 0) return;
      assertLeader(epoch);
      for (const change of changes) apply(content, change);
    },
    load: async (dayStart) => memorySnapshot(content, dayStart),
    booked: async (ids) => new Set(ids.filter((id) => content.fills.has(id))),
    ordersNamed: async (accountId, names) => ordersNamed(content, accountId, names),
    recall: async (signalId) => recallFrom(content, signalId),
    approval: async (signalId) => content.approvals.get(signalId) ?? null,
    handled: async (ids) => ids.map((id) => handledOf(content, id)),
    ...createMemoryOutbox(content, assertLeader),
  };
}

function ordersNamed({ orders }: LedgerContent, accountId: AccountId, names: readonly VenueOrderName[]): Order[] {
  const [venueIds, clientIds] = [new Set(names.map(({ venueOrderId }) => venueOrderId)), new Set(names.map((name) => name.clientOrderId))];
  return [...orders.values()].filter(
    (order) =>
      order.accountId === accountId &&
      ((order.venueOrderId !== null && venueIds.has(order.venueOrderId)) || clientIds.has(order.clientOrderId)),
  );
}

function recallFrom({ signals, parts, orders, fills }: LedgerContent, signalId: SignalId): RecalledSignal | null {
  const stored = signals.get(signalId);
  if (!stored) return null;
  const own = [...orders.values()].filter((order) => order.signalId === signalId);
  const ids = new Set(own.map(({ id }) => id));
  return {
    signal: stored.signal,
    parts: [...parts.values()].filter((part) => part.signalId === signalId),
    orders: own,
    fillIds: [...fills.values()].filter(({ orderId }) => ids.has(orderId)).map(({ id }) => id),
  };
}

function handledOf(content: LedgerContent, id: CommandId): HandledCommand {
  const accountIds = [...content.parts.values()].filter(({ signalId }) => signalId === id).map(({ accountId }) => accountId);
  const status = content.signals.get(id)?.status;
  const ended = status !== undefined && !isUnfinished(status) && accountIds.length === 0;
  return { id, accountIds: accountIds.sort(), finished: content.replies.has(id) || ended };
}

/** Puts a value where none is yet: what is idempotent by id. */
function putNew<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

type Appliers = { readonly [K in Change['kind']]: (content: LedgerContent, change: Extract<Change, { kind: K }>) => void };

function apply(content: LedgerContent, change: Change): void {
  const applier = appliers[change.kind] as (content: LedgerContent, change: Change) => void;
  applier(content, change);
}

const appliers: Appliers = {
  'signal.received': ({ signals }, { signal }) => {
    putNew(signals, signal.id, { signal, status: 'accepted', code: null, message: null, repeats: 0 });
  },
  'signal.part': ({ parts }, { part }) => {
    parts.set(`${part.signalId}\0${part.accountId}`, part);
  },
  'signal.status': ({ signals }, { signalId, status, code, message }) => {
    Object.assign(signals.get(signalId) ?? {}, { status, code, message });
  },
  'signal.event': ({ signalEvents }, change) => {
    signalEvents.push(change);
  },
  'signal.repeated': ({ signals }, { signalId }) => {
    const stored = signals.get(signalId);
    if (stored) stored.repeats += 1;
  },
  'approval.put': ({ approvals }, { approval }) => {
    approvals.set(approval.signalId, approval);
  },
  'order.created': (content, { order }) => putOrder(content, order, null, null, order.createdAt),
  'order.updated': (content, { order, from, detail, at }) => putOrder(content, order, from, detail, at),
  'fill.booked': book,
  'position.adjusted': (content, change) => {
    if (content.adjustments.has(change.id)) return;
    content.adjustments.set(change.id, change);
    enter(content, change);
  },
  'drift.put': ({ drifts }, { drift }) => {
    drifts.set(`${drift.accountId}\0${drift.symbol}`, drift);
  },
  'claim.put': ({ claims }, { claim }) => {
    claims.set(claimKey(claim), claim);
  },
  'balance.set': ({ balances }, { accountId, asset, total, at }) => {
    balances.set(`${accountId}\0${asset}`, { accountId, asset, total, setAt: at });
  },
  'funding.booked': (content, { funding }) => {
    if (content.funding.has(funding.id)) return;
    content.funding.set(funding.id, funding);
    if (!funding.balanceDelta.isZero()) addToBalance(content, funding.accountId, funding.asset, funding.balanceDelta);
  },
  'funding.asked': ({ fundingCursors }, { accountId, until }) => {
    fundingCursors.set(accountId, until);
  },
  'trading.set': ({ modes }, { accountId, mode, reason, at, seq }) => {
    modes.set(accountId, { mode, reason, at, seq });
  },
  'risk.set': ({ limits }, change) => {
    limits.set(change.accountId, change.limits);
  },
  'account.put': ({ accounts }, { account }) => {
    accounts.set(account.id, account);
  },
  'account.removed': ({ accounts }, { accountId }) => {
    accounts.delete(accountId);
  },
  'hook.put': ({ hooks }, { hook }) => {
    hooks.set(hook.id, hook);
  },
  'hook.removed': ({ hooks }, { hookId }) => {
    hooks.delete(hookId);
  },
  'hedge.put': ({ hedges }, { hedge }) => {
    hedges.set(hedge.id, hedge);
  },
  'hedge.removed': ({ hedges }, { hedgeId }) => {
    hedges.delete(hedgeId);
  },
  'hedge.progress': ({ hedgeProgress }, { progress }) => {
    hedgeProgress.set(progress.hedgeId, progress);
  },
  'user.put': ({ users }, { user }) => {
    users.set(user.id, user);
  },
  'whitelist.put': ({ whitelist }, { entry }) => {
    whitelist.set(entry.id, entry);
  },
  'whitelist.removed': ({ whitelist }, { entryId }) => {
    whitelist.delete(entryId);
  },
  'ban.ruled': ({ rulings }, { ruling }) => {
    rulings.set(ruling.network, ruling);
  },
  'secret.rewrapped': ({ accounts, hooks, users }, { before, after }) => {
    for (const map of [accounts, hooks, users]) replaceInMap<string, object>(map as Map<string, object>, before, after);
  },
  'session.put': ({ sessions }, { session }) => {
    sessions.set(session.id, session);
  },
  'session.removed': ({ sessions }, { sessionId }) => {
    sessions.delete(sessionId);
  },
  'token.put': ({ tokens }, { token }) => {
    tokens.set(token.id, token);
  },
  'token.removed': ({ tokens }, { tokenId }) => {
    tokens.delete(tokenId);
  },
  'proposal.put': ({ proposals }, { proposal }) => {
    proposals.set(proposal.id, proposal);
  },
  audit: ({ audit }, change) => putNew(audit, change.id, change),
  'telegram.code': ({ telegram }, change) => evolveTelegram(telegram, change),
  'telegram.linked': ({ telegram }, change) => evolveTelegram(telegram, change),
  'telegram.unlinked': ({ telegram }, change) => evolveTelegram(telegram, change),
  notice: ({ notices }, { notice }) => putNotice(notices, notice),
  reply: ({ replies }, { commandId, status, body }) => putNew(replies, commandId, { status, body }),
};

function putOrder(content: LedgerContent, order: Order, from: OrderStatus | null, detail: string | null, at: number): void {
  content.orders.set(order.id, order);
  content.orderEvents.push({ orderId: order.id, from, to: order.status, detail, at });
}

/** Adds what the fill does to the sums it belongs to; a fill that is already booked does nothing. */
function book(content: LedgerContent, change: Extract<Change, { kind: 'fill.booked' }>): void {
  if (content.fills.has(change.id)) return;
  const { order, entry } = change;
  const { accountId, symbol } = order;
  content.fills.set(change.id, { id: change.id, orderId: order.id, accountId, symbol, fill: change.fill, entry });
  enter(content, { accountId, symbol, entry });
  for (const { asset, delta } of change.balances) addToBalance(content, accountId, asset, delta);
}

interface Entered {
  readonly accountId: AccountId;
  readonly symbol: string;
  readonly entry: LedgerEntry;
}

function enter({ positions }: LedgerContent, { accountId, symbol, entry }: Entered): void {
  const key = `${accountId}\0${symbol}`;
  const held = positions.get(key) ?? { accountId, symbol, quantity: ZERO, cost: ZERO, realizedPnl: ZERO };
  positions.set(key, {
    ...held,
    quantity: held.quantity.plus(entry.quantityDelta),
    cost: held.cost.plus(entry.costDelta),
    realizedPnl: held.realizedPnl.plus(entry.realizedPnl),
  });
}

function addToBalance({ balances }: LedgerContent, accountId: AccountId, asset: string, delta: Decimal): void {
  const held = balances.get(`${accountId}\0${asset}`) ?? { accountId, asset, total: ZERO, setAt: null };
  balances.set(`${accountId}\0${asset}`, { ...held, total: held.total.plus(delta) });
}
