import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Hedge, HedgeProgress } from '../domain/hedge/hedge.ts';
import type { AccountId, CommandId, FillId, FundingId, HookId, OrderId, SignalId } from '../domain/ids.ts';
import type { Decimal } from '../domain/money.ts';
import type { Fill, Order, OrderStatus } from '../domain/order/order.ts';
import type { ApiToken, Session } from '../domain/people/access.ts';
import type { Proposal } from '../domain/people/proposal.ts';
import type { User } from '../domain/people/user.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { BookedFunding } from '../domain/portfolio/bookFunding.ts';
import type { Drift } from '../domain/portfolio/drift.ts';
import type { LedgerEntry, Position } from '../domain/portfolio/position.ts';
import type { RiskLimits, TradingMode } from '../domain/risk/risk.ts';
import type { Approval } from '../domain/signal/approval.ts';
import type { Claim } from '../domain/signal/claim.ts';
import type { CommandReply } from '../domain/signal/command.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { Signal, SignalPart, SignalStatus } from '../domain/signal/signal.ts';
import { type TelegramBook, telegramBook } from '../domain/telegram.ts';
import type { Change, MessagePlace, Notice, Press, UpdateCursor } from './ledger.ts';

export interface StoredSignal {
  readonly signal: Signal;
  status: SignalStatus;
  code: string | null;
  message: string | null;
  repeats: number;
}

export interface StoredFill {
  readonly id: FillId;
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly symbol: string;
  readonly fill: Fill;
  readonly entry: LedgerEntry;
}

export interface StoredNotice {
  readonly seq: number;
  readonly notice: Notice;
  attempts: number;
  sentAt: number | null;
  deadAt: number | null;
  error: string | null;
  place: MessagePlace | null;
  press: Press | null;
  closedAt: number | null;
}

/** The tables of the ledger as maps, for simulation, backtest and assertions. Keys of two parts are joined by `\0`. */
export interface LedgerContent {
  readonly accounts: Map<AccountId, Account>;
  readonly hooks: Map<HookId, Hook>;
  readonly hedges: Map<string, Hedge>;
  readonly hedgeProgress: Map<string, HedgeProgress>;
  readonly users: Map<string, User>;
  readonly whitelist: Map<string, WhitelistEntry>;
  /** By network. */
  readonly rulings: Map<string, BanRuling>;
  readonly sessions: Map<string, Session>;
  readonly tokens: Map<string, ApiToken>;
  readonly proposals: Map<string, Proposal>;
  readonly modes: Map<
    AccountId | null,
    { readonly mode: TradingMode; readonly reason: string | null; readonly at: number; readonly seq: number }
  >;
  readonly limits: Map<AccountId | null, RiskLimits>;
  readonly signals: Map<SignalId, StoredSignal>;
  readonly parts: Map<string, SignalPart>;
  readonly approvals: Map<SignalId, Approval>;
  readonly signalEvents: Extract<Change, { kind: 'signal.event' }>[];
  readonly orders: Map<OrderId, Order>;
  readonly orderEvents: { orderId: OrderId; from: OrderStatus | null; to: OrderStatus; detail: string | null; at: number }[];
  readonly fills: Map<FillId, StoredFill>;
  readonly positions: Map<string, Position>;
  readonly adjustments: Map<FillId, Extract<Change, { kind: 'position.adjusted' }>>;
  readonly drifts: Map<string, Drift>;
  readonly claims: Map<string, Claim>;
  readonly balances: Map<
    string,
    { readonly accountId: AccountId; readonly asset: string; readonly total: Decimal; readonly setAt: number | null }
  >;
  readonly funding: Map<FundingId, BookedFunding>;
  readonly fundingCursors: Map<AccountId, number>;
  readonly audit: Map<string, Extract<Change, { kind: 'audit' }>>;
  readonly notices: Map<string, StoredNotice>;
  readonly telegram: TelegramBook;
  readonly cursors: Map<string, UpdateCursor>;
  readonly replies: Map<CommandId, CommandReply>;
}

export function emptyContent(): LedgerContent {
  return {
    accounts: new Map(),
    hooks: new Map(),
    hedges: new Map(),
    hedgeProgress: new Map(),
    users: new Map(),
    whitelist: new Map(),
    rulings: new Map(),
    sessions: new Map(),
    tokens: new Map(),
    proposals: new Map(),
    modes: new Map(),
    limits: new Map(),
    signals: new Map(),
    parts: new Map(),
    approvals: new Map(),
    signalEvents: [],
    orders: new Map(),
    orderEvents: [],
    fills: new Map(),
    positions: new Map(),
    adjustments: new Map(),
    drifts: new Map(),
    claims: new Map(),
    balances: new Map(),
    funding: new Map(),
    fundingCursors: new Map(),
    audit: new Map(),
    notices: new Map(),
    telegram: telegramBook(),
    cursors: new Map(),
    replies: new Map(),
  };
}
