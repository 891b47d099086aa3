import type { BanRuling } from '../../src/domain/access/ban.ts';
import type { WhitelistEntry } from '../../src/domain/access/whitelist.ts';
import { clientOrderIdFor, type Epoch, fillIdFor, fundingIdFor, orderIdFor } from '../../src/domain/ids.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { ApiToken, Session } from '../../src/domain/people/access.ts';
import type { Proposal } from '../../src/domain/people/proposal.ts';
import { newUser, type User } from '../../src/domain/people/user.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import { type Drift, newDrift } from '../../src/domain/portfolio/drift.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import type { Approval } from '../../src/domain/signal/approval.ts';
import type { Claim } from '../../src/domain/signal/claim.ts';
import type { Hook } from '../../src/domain/signal/hook.ts';
import type { Signal, SignalStatus } from '../../src/domain/signal/signal.ts';
import type { Change, Ledger, Notice, Outbox } from '../../src/ledger/ledger.ts';

/** A ledger whose leadership the test decides. */
export interface LedgerUnderTest {
  readonly ledger: Ledger & Outbox;
  /** Another leader takes over; returns the new epoch, which only `successor` may use. */
  depose(): Promise<Epoch>;
  /** A second ledger on the same data, as the next leader has it. */
  successor(): Ledger & Outbox;
  close(): Promise<void>;
}

export const EPOCH: Epoch = 7;
/** 2026-03-01T12:00:00Z and the midnight before. */
export const NOON = Date.UTC(2026, 2, 1, 12);
export const MIDNIGHT = Date.UTC(2026, 2, 1);

export const account: Account = {
  id: 'acc-1',
  name: 'main',
  venue: 'binance',
  market: 'spot',
  sandbox: false,
  sealedCredentials: 'v1:sealed',
  settings: { feed: { source: 'synthetic' }, balances: { USDT: '10000.000000000000000001' } },
  ownerId: 'u1',
  enabled: false,
  createdAt: NOON,
};

export const hook: Hook = {
  id: 'hook-1',
  name: 'strategy',
  keyHash: 'a'.repeat(64),
  layers: ['ip', 'path', 'secret'],
  secretHash: 'b'.repeat(64),
  sealedHmacKey: 'sm1.key.sealed.new',
  oldKey: { value: 'c'.repeat(64), until: NOON + 3_600_000 },
  oldSecret: null,
  oldHmacKey: { value: 'sm1.key.sealed.old', until: NOON + 7_200_000 },
  accountIds: ['acc-1'],
  allowlist: ['10.0.0.0/8'],
  maxAgeSec: 60,
  dedupeWindowSec: 60,
  ratePoints: null,
  enabled: true,
  approval: { expiresSec: 120, maxDriftPercent: '0.5' },
  onGap: 'ask',
  ownerId: 'u1',
  createdAt: NOON,
};

export const approval: Approval = {
  ...{ signalId: 's1', askedAt: NOON, expiresAt: NOON + 60_000, maxDriftPercent: '0.5' },
  prices: [{ accountId: 'acc-1', symbol: 'BTC/USDT', price: '50000.5' }],
  ...{ decision: 'approved', decidedBy: 'user:ann@example.com', decidedAt: NOON + 1 },
};

export const drift: Drift = {
  ...newDrift(account.id, { symbol: 'BTC/USDT', held: decimal('1.5'), venue: decimal('-0.25'), entryPrice: null }, 'manual_change', NOON),
  ...{ status: 'aligned', updatedAt: NOON + 1, decidedBy: 'user:ann@example.com', decisionId: 'command-1' },
};

export const claim: Claim = {
  ...{ hookId: hook.id, strategy: 'trend', symbol: 'BTCUSDT', accountId: account.id, signalId: 's1', seq: 7, at: NOON },
  ...{ position: decimal('1.5'), prevPosition: null, gapFrom: decimal('-2'), time: NOON - 1 },
};

export const entry: WhitelistEntry = {
  ...{ id: 'e1', cidr: '192.0.2.0/24', label: 'office', scope: 'hook:hook-1', source: 'admin' },
  ...{ expiresAt: NOON + 60_000, createdBy: 'token:admin', createdAt: NOON },
};

export const ruling: BanRuling = {
  ...{ id: 'r1', network: '2001:db8:0:0::/64', address: '2001:db8::1', until: NOON + 60_000 },
  ...{ reason: 'guesses keys', by: 'token:admin', at: NOON },
};

export const user: User = {
  ...newUser({ id: 'u1', email: 'ann@example.com', name: 'Ann', role: 'admin', passwordHash: '$argon2id$x', createdAt: NOON }),
  sealedTotp: 'sm1.sealed',
  totpLastStep: 58_000_000,
  recoveryHashes: ['c'.repeat(64), 'd'.repeat(64)],
};

export const session: Session = {
  id: 'session-1',
  userId: user.id,
  tokenHash: 'e'.repeat(64),
  address: '192.0.2.1',
  agent: 'Firefox',
  createdAt: NOON,
  lastSeenAt: NOON + 1,
  expiresAt: NOON + 2,
};

export const token: ApiToken = {
  id: 'token-1',
  userId: user.id,
  name: 'ci',
  tokenHash: 'f'.repeat(64),
  scopes: ['read', 'trade'],
  createdAt: NOON,
  expiresAt: NOON + 3,
  lastUsedAt: null,
};

export const proposal: Proposal = {
  id: 'proposal-1',
  topic: 'whitelist',
  command: { kind: 'account.enable', accountId: account.id },
  summary: 'account.enable',
  proposedBy: 'user:ann@example.com',
  proposerId: user.id,
  proposedAt: NOON,
  expiresAt: NOON + 1,
  status: 'confirmed',
  decidedBy: 'user:bob@example.com',
  decidedAt: NOON + 2,
  decisionId: 'command-1',
};

export const limits = { ...NO_LIMITS, maxOrderNotional: decimal('1000.5'), maxOpenOrders: 3, allowedSymbols: ['BTC/USDT'] };

export const actor = { name: 'hook:strategy', address: '52.89.214.238' };

export function signal(id: string, fields: Partial<Signal> = {}): Signal {
  const payload = '{"action":"buy","symbol":"BTCUSDT"}';
  return {
    id,
    seq: 1,
    hookId: hook.id,
    ownerId: hook.ownerId,
    source: 'alert',
    actor,
    payload,
    correlationId: `c-${id}`,
    receivedAt: NOON,
    strategy: 'trend',
    tag: null,
    ...fields,
  };
}

export function received(id: string, fields: Partial<Signal> = {}): Change {
  return { kind: 'signal.received', signal: signal(id, fields) };
}

export function part(signalId: string, status: SignalStatus, accountId = account.id): Change {
  return { kind: 'signal.part', part: { signalId, accountId, status, code: null, message: null }, at: NOON };
}

export function order(signalId: string, fields: Partial<Order> = {}): Order {
  const leg = fields.leg ?? 0;
  const id = orderIdFor(signalId, fields.accountId ?? account.id, leg);
  return {
    id,
    signalId,
    leg,
    clientOrderId: clientOrderIdFor(id),
    accountId: account.id,
    symbol: 'BTC/USDT',
    side: 'buy',
    type: 'limit',
    quantity: decimal('0.123456789012345678'),
    price: decimal('61234.56'),
    stopPrice: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: true,
    reduceOnly: false,
    role: 'entry',
    parentId: null,
    ocoGroup: null,
    parentShare: null,
    strategy: 'trend',
    tag: 'a',
    terms: null,
    sliceOf: null,
    progress: null,
    venueOrderId: null,
    status: 'intent',
    filledQuantity: ZERO,
    filledNotional: ZERO,
    code: null,
    message: null,
    createdAt: NOON,
    updatedAt: NOON,
    sentAt: null,
    ...fields,
  };
}

export function updated(from: Order, fields: Partial<Order>): Change & { readonly order: Order } {
  return { kind: 'order.updated', order: { ...from, ...fields }, from: from.status, at: NOON + 1, detail: null };
}

/** A buy of `quantity` for `cost` in all, which realises `pnl`. Its position is not looked at: the ledger adds up the entries. */
export function booked(of: Order, tradeId: string, fields: { quantity?: string; cost?: string; pnl?: string; at?: number } = {}): Change {
  const { quantity = '1', cost = '100', pnl = '0', at = NOON } = fields;
  const entry = { quantityDelta: decimal(quantity), costDelta: decimal(cost), realizedPnl: decimal(pnl) };
  return {
    kind: 'fill.booked',
    id: fillIdFor(of.accountId, of.symbol, tradeId),
    order: of,
    fill: {
      venueTradeId: tradeId,
      quantity: decimal(quantity),
      price: decimal('100'),
      fee: decimal('0.1'),
      feeAsset: 'USDT',
      liquidity: 'taker',
      executedAt: at,
    },
    entry,
    position: {
      accountId: of.accountId,
      symbol: of.symbol,
      quantity: entry.quantityDelta,
      cost: entry.costDelta,
      realizedPnl: entry.realizedPnl,
    },
    balances: [
      { asset: 'BTC', delta: decimal(quantity) },
      { asset: 'USDT', delta: decimal(cost).neg() },
    ],
  };
}

/** A payment in USDT; `balanceDelta`: what it changes, where that is not its amount. */
export function funding(venueId: string, amount: string, at = NOON, balanceDelta = amount): Change {
  const amounts = { amount: decimal(amount), realizedPnl: decimal(amount), balanceDelta: decimal(balanceDelta) };
  const id = fundingIdFor(account.id, venueId);
  return {
    kind: 'funding.booked',
    funding: { id, accountId: account.id, venueId, symbol: 'BTC/USDT:USDT', asset: 'USDT', ...amounts, at },
  };
}

export function notice(id: string, severity: Notice['severity'] = 'info', about: Partial<Notice> = {}): Change {
  return {
    kind: 'notice',
    notice: { id, audience: 'trading', severity, text: `notice ${id}`, signalId: null, correlationId: null, at: NOON, ...about },
  };
}

/** Decimals and all else as comparable plain data. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
