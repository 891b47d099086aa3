import type { SignalId } from '../domain/ids.ts';
import { type Decimal, ZERO } from '../domain/money.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { BookedFunding } from '../domain/portfolio/bookFunding.ts';
import { claimKey } from '../domain/signal/claim.ts';
import type { SignalPart } from '../domain/signal/signal.ts';
import { evolveTelegram, telegramBook } from '../domain/telegram.ts';
import type { Change, LedgerSnapshot, RecalledSignal } from '../ledger/ledger.ts';
import { replaceInMap, replaceValue } from '../lib/replaceValue.ts';
import { evolvePeople, foldPeople } from './people/people.ts';
import { type AccountState, dayStartOf, driftKey, type EngineState, ordersOfSignal, rollDay } from './state.ts';
import { newFunding, rememberAsked, restoreFunding, takeFunding } from './watch/fundingState.ts';

/** The picture a leader starts from. */
export function foldSnapshot(snapshot: LedgerSnapshot, nowMs: number): EngineState {
  const state: EngineState = {
    telegram: telegramBook(snapshot.telegram.codes, snapshot.telegram.links),
    accounts: new Map(),
    hooks: new Map(),
    hedges: new Map(snapshot.hedges.map((hedge) => [hedge.id, hedge])),
    hedgeProgress: new Map(snapshot.hedgeProgress.map((progress) => [progress.hedgeId, progress])),
    whitelist: new Map(snapshot.whitelist.map((entry) => [entry.id, entry])),
    rulings: new Map(snapshot.rulings.map((ruling) => [ruling.network, ruling])),
    people: foldPeople(snapshot.people, snapshot.proposals),
    modes: new Map(),
    limits: new Map(),
    signals: new Map(),
    approvals: new Map(snapshot.approvals.map((approval) => [approval.signalId, approval])),
    drifts: new Map(snapshot.drifts.map((drift) => [driftKey(drift), drift])),
    claims: new Map(snapshot.claims.map((claim) => [claimKey(claim), claim])),
    fillIds: new Set(snapshot.fillIds),
    fillsOf: new Map(),
  };
  for (const account of snapshot.accounts) state.accounts.set(account.id, newAccountState(account, nowMs));
  for (const hook of snapshot.hooks) state.hooks.set(hook.id, hook);
  for (const { accountId, ...mode } of snapshot.modes) state.modes.set(accountId, mode);
  for (const { accountId, limits } of snapshot.limits) state.limits.set(accountId, limits);
  for (const position of snapshot.positions) state.accounts.get(position.accountId)?.positions.set(position.symbol, position);
  for (const { accountId, asset, total, setAt } of snapshot.balances) {
    state.accounts.get(accountId)?.balances.set(asset, total);
    if (setAt !== null) state.accounts.get(accountId)?.balancesSetAt.set(asset, setAt);
  }
  for (const told of snapshot.funding) restoreFunding(state.accounts.get(told.accountId)?.funding, told);
  for (const order of snapshot.orders) state.accounts.get(order.accountId)?.orders.set(order.id, order);
  for (const { accountId, realizedPnl } of snapshot.realizedSince) {
    const account = state.accounts.get(accountId);
    if (account) account.realizedToday = realizedPnl;
  }
  for (const signal of snapshot.signals) state.signals.set(signal.id, { signal, parts: new Map(), status: 'accepted' });
  for (const part of snapshot.parts) setPart(state, part);
  return state;
}

function newAccountState(account: Account, nowMs: number): AccountState {
  return {
    account,
    positions: new Map(),
    balances: new Map(),
    balancesSetAt: new Map(),
    funding: newFunding(),
    orders: new Map(),
    realizedToday: ZERO,
    day: dayStartOf(nowMs),
  };
}

/** Applies one change. Total: every kind of change is named, those the picture does not hold do nothing. */
export function evolve(state: EngineState, change: Change, nowMs: number): void {
  switch (change.kind) {
    case 'signal.received':
      if (!state.signals.has(change.signal.id))
        state.signals.set(change.signal.id, { signal: change.signal, parts: new Map(), status: 'accepted' });
      return;
    case 'signal.part':
      setPart(state, change.part);
      return;
    case 'signal.status': {
      const signal = state.signals.get(change.signalId);
      if (signal) signal.status = change.status;
      return;
    }
    case 'approval.put':
      state.approvals.set(change.approval.signalId, change.approval);
      return;
    case 'order.created':
    case 'order.updated':
      state.accounts.get(change.order.accountId)?.orders.set(change.order.id, change.order);
      return;
    case 'fill.booked':
      bookInto(state, change, nowMs);
      return;
    case 'position.adjusted':
      state.accounts.get(change.accountId)?.positions.set(change.symbol, change.position);
      return;
    case 'drift.put':
      state.drifts.set(driftKey(change.drift), change.drift);
      return;
    case 'claim.put':
      state.claims.set(claimKey(change.claim), change.claim);
      return;
    case 'balance.set':
      state.accounts.get(change.accountId)?.balances.set(change.asset, change.total);
      state.accounts.get(change.accountId)?.balancesSetAt.set(change.asset, change.at);
      return;
    case 'funding.booked':
      fundInto(state.accounts.get(change.funding.accountId), change.funding, nowMs);
      return;
    case 'funding.asked':
      rememberAsked(state.accounts.get(change.accountId)?.funding, change.until);
      return;
    case 'trading.set':
      state.modes.set(change.accountId, { mode: change.mode, reason: change.reason, seq: change.seq });
      return;
    case 'risk.set':
      state.limits.set(change.accountId, change.limits);
      return;
    case 'account.put':
      putAccount(state, change.account, nowMs);
      return;
    case 'account.removed':
      state.accounts.delete(change.accountId);
      return;
    case 'hook.put':
      state.hooks.set(change.hook.id, change.hook);
      return;
    case 'hook.removed':
      state.hooks.delete(change.hookId);
      return;
    case 'signal.event':
    case 'signal.repeated':
    case 'audit':
    case 'notice':
    case 'reply':
      return;
    default:
      evolveAccess(state, change);
  }
}

type AccessChange = Extract<
  Change,
  { kind: `${'hedge' | 'whitelist' | 'ban' | 'secret' | 'user' | 'session' | 'token' | 'proposal' | 'telegram'}.${string}` }
>;

/** Rules, and who and what may come in. */
function evolveAccess(state: EngineState, change: AccessChange): void {
  switch (change.kind) {
    case 'hedge.put':
      state.hedges.set(change.hedge.id, change.hedge);
      return;
    case 'hedge.removed':
      state.hedges.delete(change.hedgeId);
      state.hedgeProgress.delete(change.hedgeId);
      return;
    case 'hedge.progress':
      state.hedgeProgress.set(change.progress.hedgeId, change.progress);
      return;
    case 'whitelist.put':
      state.whitelist.set(change.entry.id, change.entry);
      return;
    case 'whitelist.removed':
      state.whitelist.delete(change.entryId);
      return;
    case 'ban.ruled':
      state.rulings.set(change.ruling.network, change.ruling);
      return;
    case 'secret.rewrapped':
      for (const known of state.accounts.values()) known.account = replaceValue(known.account, change.before, change.after);
      replaceInMap(state.hooks, change.before, change.after);
      replaceInMap(state.people.users, change.before, change.after);
      return;
    case 'user.put':
    case 'session.put':
    case 'session.removed':
    case 'token.put':
    case 'token.removed':
    case 'proposal.put':
      evolvePeople(state.people, change);
      return;
    case 'telegram.code':
    case 'telegram.linked':
    case 'telegram.unlinked':
      evolveTelegram(state.telegram, change);
      return;
  }
}

function putAccount({ accounts }: EngineState, account: Account, nowMs: number): void {
  const known = accounts.get(account.id);
  if (known) known.account = account;
  else accounts.set(account.id, newAccountState(account, nowMs));
}

function setPart(state: EngineState, part: SignalPart): void {
  state.signals.get(part.signalId)?.parts.set(part.accountId, part);
}

function bookInto(state: EngineState, change: Extract<Change, { kind: 'fill.booked' }>, nowMs: number): void {
  const account = state.accounts.get(change.order.accountId);
  if (!account || state.fillIds.has(change.id)) return;
  state.fillIds.add(change.id);
  const ids = state.fillsOf.get(change.order.id);
  if (ids) ids.push(change.id);
  else state.fillsOf.set(change.order.id, [change.id]);
  account.positions.set(change.position.symbol, change.position);
  for (const { asset, delta } of change.balances) account.balances.set(asset, (account.balances.get(asset) ?? ZERO).plus(delta));
  realize(account, change.entry.realizedPnl, change.fill.executedAt, nowMs);
}

function fundInto(account: AccountState | undefined, funding: BookedFunding, nowMs: number): void {
  if (account && takeFunding(account, funding)) realize(account, funding.realizedPnl, funding.at, nowMs);
}

function realize(account: AccountState, realized: Decimal, at: number, nowMs: number): void {
  rollDay(account, nowMs);
  if (at >= account.day) account.realizedToday = account.realizedToday.plus(realized);
}

/** Takes up again a signal that was over: the venue speaks of an order of it. */
export function recallSignal(state: EngineState, { signal, parts, orders, fillIds }: RecalledSignal): void {
  state.signals.set(signal.id, { signal, parts: new Map(parts.map((part) => [part.accountId, part])), status: 'done' });
  for (const order of orders) state.accounts.get(order.accountId)?.orders.set(order.id, order);
  for (const id of fillIds) state.fillIds.add(id);
  const [first] = orders;
  if (first) state.fillsOf.set(first.id, [...(state.fillsOf.get(first.id) ?? []), ...fillIds]);
}

/** Forgets what can no longer matter: final orders of signals that are over. Keeps memory flat however long a term lasts. */
export function forgetSignal(state: EngineState, signalId: SignalId): void {
  const signal = state.signals.get(signalId);
  if (!signal) return;
  for (const accountId of signal.parts.keys()) {
    const account = state.accounts.get(accountId);
    if (account && ordersOfSignal(account, signalId).some((order) => !isFinal(order.status))) return;
  }
  for (const accountId of signal.parts.keys()) {
    const account = state.accounts.get(accountId);
    if (!account) continue;
    for (const { id } of ordersOfSignal(account, signalId)) {
      account.orders.delete(id);
      for (const fillId of state.fillsOf.get(id) ?? []) state.fillIds.delete(fillId);
      state.fillsOf.delete(id);
    }
  }
  state.signals.delete(signalId);
  state.approvals.delete(signalId);
}
