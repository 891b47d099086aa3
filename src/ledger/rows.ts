import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { FillId } from '../domain/ids.ts';
import type { Order } from '../domain/order/order.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { RiskLimits } from '../domain/risk/risk.ts';
import type { Approval } from '../domain/signal/approval.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { Signal, SignalPart } from '../domain/signal/signal.ts';
import type { LinkCode, TelegramLink } from '../domain/telegram.ts';
import type { BookedFill, Change, Notice } from './ledger.ts';

/** One row as JSON for `json_populate_recordset`: keys are column names, decimals become text by `Decimal.toJSON`, times are ISO 8601. */
export type Row = Readonly<Record<string, unknown>>;

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

/** The scope of limits and modes that hold for all accounts; account ids are never this. */
export const ALL_ACCOUNTS = '*';

// What neither text nor `json` → text takes: NUL, and halves of surrogate pairs; both survive JSON.stringify as escapes.
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** The rows as one parameter. Characters that Postgres cannot store become U+FFFD: a venue's words may hold them, and must not stop the ledger. */
export function asParameter(rows: readonly Row[]): string {
  const text = JSON.stringify(rows);
  return text.includes('\\u') ? text.replace(UNSTORABLE, '$1\ufffd') : text;
}

let lastIso = { at: Number.NaN, text: '' };

/** ISO 8601. The rows of one transaction share a few times, so the last text is kept. */
export function iso(at: number): string {
  if (at !== lastIso.at) lastIso = { at, text: new Date(at).toISOString() };
  return lastIso.text;
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

export function signalRow(signal: Signal): Row {
  return {
    id: signal.id,
    seq: signal.seq,
    hook_id: signal.hookId,
    owner_id: signal.ownerId,
    source: signal.source,
    actor: signal.actor.name,
    actor_address: signal.actor.address,
    payload: signal.payload,
    correlation_id: signal.correlationId,
    received_at: iso(signal.receivedAt),
    strategy: signal.strategy,
    tag: signal.tag,
    status: 'accepted',
    code: null,
    message: null,
    updated_at: iso(signal.receivedAt),
  };
}

export function statusRow({ signalId, status, code, message, at }: Of<'signal.status'>): Row {
  return { id: signalId, status, code, message, updated_at: iso(at) };
}

export function partRow(part: SignalPart, at: number): Row {
  const { signalId, accountId, status, code, message, share } = part;
  return { signal_id: signalId, account_id: accountId, status, code, message, share: share?.toFixed() ?? null, updated_at: iso(at) };
}

export function signalEventRow({ signalId, stage, detail, at }: Of<'signal.event'>): Row {
  return { signal_id: signalId, stage, detail, at: iso(at) };
}

export function orderRow(order: Order): Row {
  return {
    id: order.id,
    signal_id: order.signalId,
    leg: order.leg,
    client_order_id: order.clientOrderId,
    account_id: order.accountId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    quantity: order.quantity,
    price: order.price,
    stop_price: order.stopPrice,
    time_in_force: order.timeInForce,
    expires_at: isoOrNull(order.expiresAt),
    post_only: order.postOnly,
    reduce_only: order.reduceOnly,
    role: order.role,
    parent_id: order.parentId,
    oco_group: order.ocoGroup,
    parent_share: order.parentShare,
    strategy: order.strategy,
    tag: order.tag,
    terms: order.terms,
    slice_of: order.sliceOf,
    progress: order.progress,
    venue_order_id: order.venueOrderId,
    status: order.status,
    filled_quantity: order.filledQuantity,
    filled_notional: order.filledNotional,
    code: order.code,
    message: order.message,
    created_at: iso(order.createdAt),
    updated_at: iso(order.updatedAt),
    sent_at: isoOrNull(order.sentAt),
  };
}

export function orderEventRow(order: Order, from: string | null, detail: string | null, at: number): Row {
  return { order_id: order.id, from_status: from, to_status: order.status, detail, at: iso(at) };
}

export function fillRow({ id, order, fill }: BookedFill): Row {
  return {
    id,
    order_id: order.id,
    signal_id: order.signalId,
    account_id: order.accountId,
    symbol: order.symbol,
    side: order.side,
    venue_trade_id: fill.venueTradeId,
    quantity: fill.quantity,
    price: fill.price,
    fee: fill.fee,
    fee_asset: fill.feeAsset,
    liquidity: fill.liquidity,
    executed_at: iso(fill.executedAt),
  };
}

export function entryRow({ id, order, fill, entry }: BookedFill): Row {
  return {
    fill_id: id,
    account_id: order.accountId,
    symbol: order.symbol,
    quantity_delta: entry.quantityDelta,
    cost_delta: entry.costDelta,
    realized_pnl: entry.realizedPnl,
    at: iso(fill.executedAt),
  };
}

export interface BalanceDeltaRow extends Row {
  readonly fill_id: FillId;
  readonly account_id: string;
  readonly asset: string;
}

export function balanceDeltaRows({ id, order, fill, balances }: BookedFill): BalanceDeltaRow[] {
  return balances.map(({ asset, delta }) => ({ fill_id: id, account_id: order.accountId, asset, delta, at: iso(fill.executedAt) }));
}

export function balanceRow({ accountId, asset, total, at }: Of<'balance.set'>): Row {
  return { account_id: accountId, asset, total, updated_at: iso(at), set_at: iso(at) };
}

export function fundingRow({
  funding: { id, accountId, venueId, symbol, asset, amount, realizedPnl, balanceDelta, at },
}: Of<'funding.booked'>): Row {
  const amounts = { amount, realized_pnl: realizedPnl, balance_delta: balanceDelta };
  return { id, account_id: accountId, venue_id: venueId, symbol, asset, ...amounts, at: iso(at) };
}

export function modeRow({ accountId, mode, reason, actor, at, seq }: Of<'trading.set'>): Row {
  return { scope: accountId ?? ALL_ACCOUNTS, mode, reason, actor: actor.name, at: iso(at), command_seq: seq };
}

export function limitsRow(accountId: string | null, limits: RiskLimits, at: number): Row {
  return {
    scope: accountId ?? ALL_ACCOUNTS,
    max_order_notional: limits.maxOrderNotional,
    max_position_notional: limits.maxPositionNotional,
    max_open_orders: limits.maxOpenOrders,
    max_daily_loss: limits.maxDailyLoss,
    allowed_symbols: limits.allowedSymbols,
    at: iso(at),
  };
}

export function accountRow(account: Account): Row {
  return {
    id: account.id,
    name: account.name,
    venue: account.venue,
    market: account.market,
    sandbox: account.sandbox,
    sealed_credentials: account.sealedCredentials,
    settings: account.settings,
    owner_id: account.ownerId,
    enabled: account.enabled,
    created_at: iso(account.createdAt),
    removed_at: null,
  };
}

export function hookRow(hook: Hook): Row {
  return {
    id: hook.id,
    name: hook.name,
    key_hash: hook.keyHash,
    layers: hook.layers,
    secret_hash: hook.secretHash,
    sealed_hmac_key: hook.sealedHmacKey,
    old_key_hash: hook.oldKey?.value ?? null,
    old_key_until: isoOrNull(hook.oldKey?.until ?? null),
    old_secret_hash: hook.oldSecret?.value ?? null,
    old_secret_until: isoOrNull(hook.oldSecret?.until ?? null),
    sealed_old_hmac_key: hook.oldHmacKey?.value ?? null,
    old_hmac_key_until: isoOrNull(hook.oldHmacKey?.until ?? null),
    account_ids: hook.accountIds,
    allowlist: hook.allowlist,
    max_age_sec: hook.maxAgeSec,
    dedupe_window_sec: hook.dedupeWindowSec,
    rate_points: hook.ratePoints,
    enabled: hook.enabled,
    approval: hook.approval ?? null,
    on_gap: hook.onGap ?? 'tell',
    owner_id: hook.ownerId,
    created_at: iso(hook.createdAt),
    removed_at: null,
  };
}

export function approvalRow(approval: Approval): Row {
  const { signalId, askedAt, expiresAt, maxDriftPercent, prices, decision, decidedBy, decidedAt } = approval;
  return {
    signal_id: signalId,
    asked_at: iso(askedAt),
    expires_at: iso(expiresAt),
    max_drift_percent: maxDriftPercent,
    prices,
    decision,
    decided_by: decidedBy,
    decided_at: isoOrNull(decidedAt),
  };
}

export function whitelistRow({ id, cidr, label, scope, expiresAt, createdBy, createdAt, source }: WhitelistEntry): Row {
  return {
    id,
    cidr,
    label,
    scope,
    expires_at: isoOrNull(expiresAt),
    created_by: createdBy,
    created_at: iso(createdAt),
    source,
    removed_at: null,
  };
}

export function rulingRow({ id, network, address, until, reason, by, at }: BanRuling): Row {
  return { network, id, address, until: isoOrNull(until), reason, by, at: iso(at) };
}

export function auditRow({ id, at, actor, action, subject, before, after }: Of<'audit'>): Row {
  return { id, at: iso(at), actor: actor.name, address: actor.address, action, subject, before, after };
}

export function noticeRow(notice: Notice): Row {
  const { id, audience, severity, text, signalId, correlationId, at, buttons = null, expiresAt = null, recipientId = null } = notice;
  return {
    ...{ id, audience, severity, text, signal_id: signalId, correlation_id: correlationId, at: iso(at) },
    ...{ buttons, expires_at: isoOrNull(expiresAt), recipient_id: recipientId },
    origin_id: notice.copyOf ?? id,
  };
}

export function linkCodeRow({ userId, codeHash, expiresAt }: LinkCode): Row {
  return { user_id: userId, code_hash: codeHash, expires_at: iso(expiresAt) };
}

export function telegramLinkRow({ telegramId, userId, linkedAt }: TelegramLink): Row {
  return { telegram_id: telegramId, user_id: userId, linked_at: iso(linkedAt) };
}

export function replyRow({ commandId, status, body, at, userId }: Of<'reply'>): Row {
  return { command_id: commandId, status, body, at: iso(at), user_id: userId };
}
