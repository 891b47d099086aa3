import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Hedge, HedgeProgress } from '../domain/hedge/hedge.ts';
import type { AccountId, FillId, HookId, OrderId, SignalId } from '../domain/ids.ts';
import { type Decimal, ZERO } from '../domain/money.ts';
import type { Order } from '../domain/order/order.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { Account } from '../domain/portfolio/account.ts';
import { flatPosition } from '../domain/portfolio/bookFill.ts';
import type { Drift } from '../domain/portfolio/drift.ts';
import type { Position } from '../domain/portfolio/position.ts';
import { mergeLimits, strictestMode } from '../domain/risk/assessRisk.ts';
import { NO_LIMITS, type RiskLimits, type TradingMode } from '../domain/risk/risk.ts';
import type { Approval } from '../domain/signal/approval.ts';
import type { Claim } from '../domain/signal/claim.ts';
import type { Hook } from '../domain/signal/hook.ts';
import { foldSignalStatus, type Signal, type SignalPart, type SignalStatus } from '../domain/signal/signal.ts';
import type { TelegramBook } from '../domain/telegram.ts';
import type { PeopleState } from './people/people.ts';
import type { FundingState } from './watch/fundingState.ts';

const DAY_MS = 86_400_000;

export interface AccountState {
  account: Account;
  readonly positions: Map<string, Position>;
  readonly balances: Map<string, Decimal>;
  /** When the venue's own figure last took the place of ours, by asset, epoch ms. */
  readonly balancesSetAt: Map<string, number>;
  readonly funding: FundingState;
  /** Orders whose signal part, or whose own life, is not over. */
  readonly orders: Map<OrderId, Order>;
  realizedToday: Decimal;
  /** Start of the UTC day `realizedToday` belongs to, epoch ms. */
  day: number;
}

export interface SignalState {
  readonly signal: Signal;
  readonly parts: Map<AccountId, SignalPart>;
  status: SignalStatus;
}

/** The mode of one scope, why it was set, and by which command (its seq; null: unknown). */
export interface ModeState {
  readonly mode: TradingMode;
  readonly reason: string | null;
  readonly seq: number | null;
}

/**
 * The leader's picture of the truth: the ledger's snapshot plus every change since, applied the moment it is decided, so
 * that lanes running side by side count each other's exposure. Thrown away with the leader's term.
 */
export interface EngineState {
  readonly accounts: Map<AccountId, AccountState>;
  readonly hooks: Map<HookId, Hook>;
  readonly hedges: Map<string, Hedge>;
  /** By rule. */
  readonly hedgeProgress: Map<string, HedgeProgress>;
  readonly whitelist: Map<string, WhitelistEntry>;
  /** The latest of each network. */
  readonly rulings: Map<string, BanRuling>;
  readonly people: PeopleState;
  readonly modes: Map<AccountId | null, ModeState>;
  readonly limits: Map<AccountId | null, RiskLimits>;
  readonly signals: Map<SignalId, SignalState>;
  readonly telegram: TelegramBook;
  /** What people are asked, or were, about `signals`. */
  readonly approvals: Map<SignalId, Approval>;
  /** The latest of each account and symbol, by `driftKey`. */
  readonly drifts: Map<string, Drift>;
  /** By `claimKey`. */
  readonly claims: Map<string, Claim>;
  readonly fillIds: Set<FillId>;
  /** This term's part of them by order, so that they go with it. */
  readonly fillsOf: Map<OrderId, FillId[]>;
}

export function dayStartOf(nowMs: number): number {
  return nowMs - (nowMs % DAY_MS);
}

export function driftKey({ accountId, symbol }: Pick<Drift, 'accountId' | 'symbol'>): string {
  return `${accountId}|${symbol}`;
}

/** Begins a new day where one has begun. */
export function rollDay(account: AccountState, nowMs: number): void {
  const day = dayStartOf(nowMs);
  if (day === account.day) return;
  account.day = day;
  account.realizedToday = ZERO;
}

export function realizedToday(account: AccountState, nowMs: number): Decimal {
  rollDay(account, nowMs);
  return account.realizedToday;
}

export function positionOf(account: AccountState, symbol: string): Position {
  return account.positions.get(symbol) ?? flatPosition(account.account.id, symbol);
}

export function openOrdersOf(account: AccountState, symbol?: string): Order[] {
  const open: Order[] = [];
  for (const order of account.orders.values())
    if (!isFinal(order.status) && (symbol === undefined || order.symbol === symbol)) open.push(order);
  return open;
}

export function childrenOf(account: AccountState, parent: Order): Order[] {
  const children: Order[] = [];
  for (const order of account.orders.values()) if (order.parentId === parent.id) children.push(order);
  return children;
}

export function ordersOfSignal(account: AccountState, signalId: SignalId): Order[] {
  const orders: Order[] = [];
  for (const order of account.orders.values()) if (order.signalId === signalId) orders.push(order);
  return orders;
}

export function findOrder(state: EngineState, orderId: OrderId): { account: AccountState; order: Order } | null {
  for (const account of state.accounts.values()) {
    const order = account.orders.get(orderId);
    if (order) return { account, order };
  }
  return null;
}

export function findDrift(state: EngineState, driftId: string): Drift | null {
  for (const drift of state.drifts.values()) if (drift.id === driftId) return drift;
  return null;
}

export function findAccountByName(state: EngineState, name: string): AccountState | undefined {
  for (const account of state.accounts.values()) if (account.account.name === name) return account;
  return undefined;
}

export function modeOf(state: EngineState, accountId: AccountId): TradingMode {
  return strictestMode(state.modes.get(null)?.mode, state.modes.get(accountId)?.mode);
}

/** Whose mode forbids, and why, in words; null while nothing is forbidden. */
export function modeWords(state: EngineState, accountId: AccountId): string | null {
  const mode = modeOf(state, accountId);
  if (mode === 'active') return null;
  const scope = state.modes.get(null)?.mode === mode ? null : accountId;
  const { reason } = state.modes.get(scope) ?? { reason: null };
  const whose = scope === null ? 'all accounts' : `the account ${state.accounts.get(accountId)?.account.name ?? accountId}`;
  return `${mode === 'halted' ? 'Trading is halted' : 'Only exits are allowed'} for ${whose}${reason === null ? '' : ` (${reason})`}.`;
}

export function limitsOf(state: EngineState, accountId: AccountId): RiskLimits {
  return mergeLimits(state.limits.get(null) ?? NO_LIMITS, state.limits.get(accountId));
}

/** The folded status; an account in `underWay` that has no part yet counts as accepted. */
export function statusOfSignal(signal: SignalState, underWay?: ReadonlySet<AccountId>): SignalStatus {
  const statuses = [...signal.parts.values()].map((part) => part.status);
  for (const accountId of underWay ?? []) if (!signal.parts.has(accountId)) statuses.push('accepted');
  return foldSignalStatus(statuses);
}
