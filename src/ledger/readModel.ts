import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { People } from '../domain/people/peopleChange.ts';
import type { Proposal } from '../domain/people/proposal.ts';
import type { User } from '../domain/people/user.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { RiskLimits, TradingMode } from '../domain/risk/risk.ts';
import type { CommandReply } from '../domain/signal/command.ts';
import type { Hook } from '../domain/signal/hook.ts';

/** Views are what API and CLI show: decimals as plain strings, times as ISO 8601 UTC, null where there is nothing. */
export interface OrderView {
  id: string;
  signalId: string;
  clientOrderId: string;
  venueOrderId: string | null;
  account: string;
  symbol: string;
  side: string;
  type: string;
  role: string;
  quantity: string;
  price: string | null;
  stopPrice: string | null;
  timeInForce: string;
  postOnly: boolean;
  reduceOnly: boolean;
  filledQuantity: string;
  averagePrice: string | null;
  status: string;
  code: string | null;
  message: string | null;
  parentId: string | null;
  /** The order that is worked off and of which this is one slice. */
  sliceOf: string | null;
  /** Of an order that is worked off. */
  terms: { trail: string | null; display: string | null; durationSec: number | null } | null;
  progress: string | null;
  strategy: string | null;
  tag: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface TradeView {
  id: string;
  orderId: string;
  signalId: string;
  account: string;
  symbol: string;
  side: string;
  quantity: string;
  price: string;
  fee: string;
  feeAsset: string;
  liquidity: string;
  realizedPnl: string;
  venueTradeId: string;
  executedAt: string;
}

export interface SignalView {
  id: string;
  hookId: string | null;
  hook: string | null;
  source: string;
  status: string;
  code: string | null;
  message: string | null;
  receivedAt: string;
  payload: unknown;
  correlationId: string;
  repeats: number;
  strategy: string | null;
  tag: string | null;
}

export interface SignalStory extends SignalView {
  /** `share`: base units of an order over several accounts; null: all that was asked. */
  accounts: { account: string; status: string; code: string | null; message: string | null; share: string | null }[];
  orders: OrderView[];
  /** received → admitted → risk → order → fill → notified, oldest first. */
  events: { at: string; stage: string; detail: string }[];
}

export interface StoredPosition {
  account: string;
  accountId: string;
  symbol: string;
  quantity: string;
  averagePrice: string | null;
  /** Of its trades. */
  realizedPnl: string;
  /** What holding it has cost or brought, in quote. */
  funding: string;
}

export interface HedgeView {
  id: string;
  name: string;
  parent: { account: string; symbol: string };
  hedge: { account: string; symbol: string };
  ratio: string;
  by: string;
  band: string;
  minIntervalSec: number;
  enabled: boolean;
  createdAt: string;
  /** The last correction; `target` in signed base units, `code` why it came to nothing. */
  last: {
    signalId: string;
    target: string;
    state: string;
    code: string | null;
    message: string | null;
    failures: number;
    at: string;
  } | null;
}

export interface FundingView {
  id: string;
  account: string;
  symbol: string;
  asset: string;
  amount: string;
  paidAt: string;
  venueId: string;
}

export interface FundingFilter {
  account?: string;
  symbol?: string;
}

/** Where ledger and venue differ, or did. */
export interface DriftView {
  id: string;
  account: string;
  symbol: string;
  cause: string;
  /** The ledger's position, and the venue's. */
  held: string;
  venue: string;
  difference: string;
  status: string;
  foundAt: string;
  updatedAt: string;
  decidedBy: string | null;
}

export interface BalanceView {
  account: string;
  asset: string;
  total: string;
}

export interface AuditView {
  id: string;
  at: string;
  actor: string;
  address: string | null;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
  /** Its place in the chain, the hash of the entry before and its own (SHA-256, hex; docs/adr/0020). */
  seq: number;
  prevHash: string;
  hash: string;
}

/** Texts match exactly, or by their beginning when they end in `*`; `from` inclusive, `to` exclusive, ISO 8601. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** A place in the chain of audit entries; `seq` 0 is before the first. */
export interface AuditPoint {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditProof {
  /** Checked up to here already. */
  readonly from: AuditPoint;
  readonly limit: number;
  /** A hash noted earlier, which the chain must still contain. */
  readonly expect: string | null;
}

export interface AuditCheck {
  readonly checked: number;
  /** The last entry looked at: where the next check begins. */
  readonly last: AuditPoint;
  readonly head: AuditPoint;
  /** There is nothing behind `last`. */
  readonly done: boolean;
  /** The first entry that is not as it was written, or not there. */
  readonly broken: { readonly seq: number; readonly id: string | null; readonly reason: string } | null;
  /** The place of the expected hash; null when the chain does not contain it, or the end is not reached. */
  readonly expectedAt: number | null;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface PageRequest {
  /** 1..200 */
  limit: number;
  cursor: string | null;
}

export interface OrderFilter {
  account?: string;
  symbol?: string;
  status?: string;
  signalId?: string;
  role?: string;
  /** Only orders that are not final. */
  open?: boolean;
}

export interface TradeFilter {
  account?: string;
  symbol?: string;
  orderId?: string;
  signalId?: string;
}

export interface TradeSummary {
  account: string;
  symbol: string;
  trades: number;
  bought: string;
  sold: string;
  volume: string;
  realizedPnl: string;
  /** What holding it has cost (negative) or brought, in quote; null where an order or a signal is asked for. */
  funding: string | null;
  fees: { asset: string; amount: string }[];
}

export interface PerformancePoint {
  day: string;
  account: string;
  /** Of trades and funding. */
  realizedPnl: string;
  /** The part of it that is funding. */
  funding: string;
  trades: number;
}

export interface TelegramLinkView {
  telegramId: string;
  user: string;
  role: string;
  linkedAt: string;
}

export interface TradingStateView {
  mode: TradingMode;
  reason: string | null;
  since: string | null;
  accounts: { account: string; mode: TradingMode; reason: string | null; since: string }[];
}

export interface ClusterView {
  leader: string | null;
  epoch: number;
  instances: { id: string; role: 'leader' | 'follower'; lastSeenAt: string; version: string }[];
}

/** The read side: committed truth only, from a session Postgres itself keeps read-only. Any instance may ask. Cursors that are not ours throw `BadCursorError`. */
export interface ReadModel {
  /** The same for one user: without what belongs to others. Null: everything. People, audit trail and cluster are not narrowed. */
  forUser(userId: string | null): ReadModel;
  signals(page: PageRequest, filter: { status?: string; hookId?: string }): Promise<Page<SignalView>>;
  signal(id: string): Promise<SignalStory | null>;
  orders(page: PageRequest, filter: OrderFilter): Promise<Page<OrderView>>;
  order(id: string): Promise<OrderView | null>;
  trades(page: PageRequest, filter: TradeFilter): Promise<Page<TradeView>>;
  trade(id: string): Promise<TradeView | null>;
  tradeSummary(filter: TradeFilter): Promise<TradeSummary[]>;
  positions(): Promise<StoredPosition[]>;
  balances(): Promise<BalanceView[]>;
  /** The latest of each account and symbol. */
  drifts(): Promise<DriftView[]>;
  funding(page: PageRequest, filter: FundingFilter): Promise<Page<FundingView>>;
  /** Realised P&L per UTC day and account, newest first. */
  performance(days: number): Promise<PerformancePoint[]>;
  accounts(): Promise<Account[]>;
  hooks(): Promise<Hook[]>;
  hedges(): Promise<HedgeView[]>;
  /** Stored entries, expired ones among them until the leader sweeps them. */
  whitelist(): Promise<WhitelistEntry[]>;
  /** The latest ruling of each network, if it may still matter at `now` (epoch ms). */
  banRulings(now: number): Promise<BanRuling[]>;
  tradingState(): Promise<TradingStateView>;
  riskLimits(): Promise<{ account: string | null; limits: RiskLimits }[]>;
  audit(page: PageRequest, filter?: AuditFilter): Promise<Page<AuditView>>;
  auditHead(): Promise<AuditPoint>;
  /** Checks a stretch of the chain of audit entries. */
  checkAudit(proof: AuditProof): Promise<AuditCheck>;
  cluster(): Promise<ClusterView>;
  userByEmail(email: string): Promise<User | null>;
  people(): Promise<People>;
  /** Newest first, at most `limit`. */
  proposals(limit: number): Promise<Proposal[]>;
  /** The user who linked this person of Telegram, by Telegram's number. */
  userByTelegramId(telegramId: string): Promise<User | null>;
  /** Everybody who has linked Telegram, by e-mail. */
  telegramLinks(): Promise<TelegramLinkView[]>;
  reply(commandId: string): Promise<CommandReply | null>;
  /** Rises with every change of hooks, accounts, people, the whitelist, rulings, limits or trading state: lets caches ask cheaply whether they are stale. */
  configVersion(): Promise<number>;
}

export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
}
