import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry, WhitelistScope, WhitelistSource } from '../domain/access/whitelist.ts';
import type { MarketType } from '../domain/market/market.ts';
import { type Decimal, decimal } from '../domain/money.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { RiskLimits } from '../domain/risk/risk.ts';
import type { Approval, HookApproval } from '../domain/signal/approval.ts';
import type { GapPolicy } from '../domain/signal/claim.ts';
import type { Hook, HookLayer, HookProofs, Retiring } from '../domain/signal/hook.ts';
import { ALL_ACCOUNTS } from './rows.ts';

/** A stored decimal: text from `pg`, Prisma's own decimal from Prisma. */
export type StoredDecimal = string | { toString(): string };

export interface AccountRecord {
  id: string;
  name: string;
  venue: string;
  market: string | null;
  sandbox: boolean;
  sealedCredentials: string | null;
  settings: unknown;
  ownerId: string | null;
  enabled: boolean;
  createdAt: Date;
}

export interface HookRecord {
  id: string;
  name: string;
  keyHash: string;
  layers: string[];
  secretHash: string | null;
  sealedHmacKey: string | null;
  oldKeyHash: string | null;
  oldKeyUntil: Date | null;
  oldSecretHash: string | null;
  oldSecretUntil: Date | null;
  sealedOldHmacKey: string | null;
  oldHmacKeyUntil: Date | null;
  accountIds: string[];
  allowlist: string[];
  maxAgeSec: number;
  dedupeWindowSec: number;
  ratePoints: number | null;
  enabled: boolean;
  approval: unknown;
  onGap: string;
  ownerId: string | null;
  createdAt: Date;
}

export interface ApprovalRecord {
  signalId: string;
  askedAt: Date;
  expiresAt: Date;
  maxDriftPercent: string | null;
  prices: unknown;
  decision: string | null;
  decidedBy: string | null;
  decidedAt: Date | null;
}

export interface LimitsRecord {
  scope: string;
  maxOrderNotional: StoredDecimal | null;
  maxPositionNotional: StoredDecimal | null;
  maxOpenOrders: number | null;
  maxDailyLoss: StoredDecimal | null;
  allowedSymbols: unknown;
}

export interface WhitelistRecord {
  id: string;
  cidr: string;
  label: string;
  scope: string;
  expiresAt: Date | null;
  createdBy: string;
  createdAt: Date;
  source: string;
}

export interface RulingRecord {
  network: string;
  id: string;
  address: string;
  until: Date | null;
  reason: string | null;
  by: string;
  at: Date;
}

export function toAccount(record: AccountRecord): Account {
  const { id, name, venue, sandbox, sealedCredentials, ownerId, enabled } = record;
  const settings = record.settings as Readonly<Record<string, unknown>>;
  return {
    id,
    name,
    venue,
    market: record.market as MarketType | null,
    sandbox,
    sealedCredentials,
    settings,
    ownerId,
    enabled,
    createdAt: record.createdAt.getTime(),
  };
}

export function toHook(record: HookRecord): Hook {
  const { id, name, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, ownerId } = record;
  const layers = record.layers as HookLayer[];
  const createdAt = record.createdAt.getTime();
  const approval = record.approval === null ? {} : { approval: record.approval as HookApproval };
  const onGap = record.onGap as GapPolicy;
  const settings = {
    id,
    name,
    layers,
    accountIds,
    allowlist,
    maxAgeSec,
    dedupeWindowSec,
    ratePoints,
    enabled,
    ownerId,
    ...approval,
    onGap,
    createdAt,
  };
  return { ...settings, ...proofsOf(record) };
}

function proofsOf(record: HookRecord): HookProofs {
  const { keyHash, secretHash, sealedHmacKey } = record;
  const oldKey = toRetiring(record.oldKeyHash, record.oldKeyUntil);
  const oldSecret = toRetiring(record.oldSecretHash, record.oldSecretUntil);
  const oldHmacKey = toRetiring(record.sealedOldHmacKey, record.oldHmacKeyUntil);
  return { keyHash, secretHash, sealedHmacKey, oldKey, oldSecret, oldHmacKey };
}

function toRetiring(value: string | null, until: Date | null): Retiring | null {
  return value === null || until === null ? null : { value, until: until.getTime() };
}

export function toApproval({ signalId, maxDriftPercent, decidedBy, ...record }: ApprovalRecord): Approval {
  const prices = record.prices as Approval['prices'];
  const decision = record.decision as Approval['decision'];
  const [askedAt, expiresAt] = [record.askedAt.getTime(), record.expiresAt.getTime()];
  return { signalId, askedAt, expiresAt, maxDriftPercent, prices, decision, decidedBy, decidedAt: record.decidedAt?.getTime() ?? null };
}

export function toLimits(record: LimitsRecord): RiskLimits {
  return {
    maxOrderNotional: toDecimalOrNull(record.maxOrderNotional),
    maxPositionNotional: toDecimalOrNull(record.maxPositionNotional),
    maxOpenOrders: record.maxOpenOrders,
    maxDailyLoss: toDecimalOrNull(record.maxDailyLoss),
    allowedSymbols: record.allowedSymbols as readonly string[] | null,
  };
}

export function toWhitelistEntry(record: WhitelistRecord): WhitelistEntry {
  const { id, cidr, label, expiresAt, createdBy, createdAt } = record;
  const [scope, source] = [record.scope as WhitelistScope, record.source as WhitelistSource];
  return { id, cidr, label, scope, expiresAt: expiresAt?.getTime() ?? null, createdBy, createdAt: createdAt.getTime(), source };
}

export function toRuling({ id, network, address, until, reason, by, at }: RulingRecord): BanRuling {
  return { id, network, address, until: until?.getTime() ?? null, reason, by, at: at.getTime() };
}

/** Null stands for all accounts. */
export function accountOfScope(scope: string): string | null {
  return scope === ALL_ACCOUNTS ? null : scope;
}

export function toDecimal(value: StoredDecimal): Decimal {
  return decimal(value.toString());
}

export function toDecimalOrNull(value: StoredDecimal | null): Decimal | null {
  return value === null ? null : toDecimal(value);
}
