import { claimKey } from '../domain/signal/claim.ts';
import { hedgeProgressRow, hedgeRow } from './hedgeRows.ts';
import type { Change, MessagePlace, Press } from './ledger.ts';
import { proposalRow, sessionRow, tokenRow, userRow } from './peopleRows.ts';
import { adjustmentRow, claimRow, driftRow } from './reconciliationRows.ts';
import {
  ALL_ACCOUNTS,
  accountRow,
  approvalRow,
  auditRow,
  type BalanceDeltaRow,
  balanceDeltaRows,
  balanceRow,
  entryRow,
  fillRow,
  fundingRow,
  hookRow,
  iso,
  limitsRow,
  linkCodeRow,
  modeRow,
  noticeRow,
  orderEventRow,
  orderRow,
  partRow,
  type Row,
  replyRow,
  rulingRow,
  signalEventRow,
  signalRow,
  statusRow,
  telegramLinkRow,
  whitelistRow,
} from './rows.ts';

/** What the outbox adds to the ledger's own changes: marks share its transactions and its fence. */
export type OutboxMark =
  | { readonly kind: 'outbox.sent'; readonly seqs: readonly number[]; readonly at: number; readonly place: MessagePlace | null }
  | { readonly kind: 'outbox.failed'; readonly seq: number; readonly error: string; readonly dead: boolean; readonly at: number }
  | { readonly kind: 'outbox.pressed'; readonly choiceId: string; readonly press: Press }
  | { readonly kind: 'outbox.closed'; readonly seqs: readonly number[]; readonly at: number }
  | { readonly kind: 'outbox.cursor'; readonly bot: string; readonly updateId: number; readonly at: number };

/** One kind of write, in the order in which a transaction makes them. */
export const SLOTS = [
  'accounts',
  'accountsRemoved',
  'hooks',
  'hooksRemoved',
  'hedges',
  'hedgesRemoved',
  'hedgeProgress',
  'users',
  'whitelist',
  'whitelistRemoved',
  'rulings',
  'rewrapped',
  'sessions',
  'sessionsRemoved',
  'tokens',
  'tokensRemoved',
  'telegramCodesRemoved',
  'telegramCodes',
  'telegramLinksRemoved',
  'telegramLinks',
  'telegramCursors',
  'proposals',
  'limits',
  'modes',
  'signals',
  'signalRepeats',
  'signalStatuses',
  'parts',
  'approvals',
  'signalEvents',
  'orders',
  'orderEvents',
  'balances',
  'fills',
  'adjustments',
  'drifts',
  'claims',
  'funding',
  'fundingCursors',
  'audit',
  'notices',
  'sent',
  'failed',
  'pressed',
  'closed',
  'replies',
] as const;
export type Slot = (typeof SLOTS)[number];

/**
 * Many changes as few statements: rows of one kind together, and of several rows with the same key the last. `fills` has two
 * companions, because what a fill does may be written only if the fill itself was new.
 */
export interface Batch {
  readonly rows: Readonly<Record<Slot, Map<string | number, Row>>>;
  readonly entries: Map<string, Row>;
  readonly balanceDeltas: Map<string, BalanceDeltaRow>;
}

export function batchOf(changes: Iterable<Change | OutboxMark>): Batch {
  const slots = SLOTS.map((slot) => [slot, new Map<string | number, Row>()] as const);
  const batch: Batch = { rows: Object.fromEntries(slots) as Batch['rows'], entries: new Map(), balanceDeltas: new Map() };
  for (const change of changes) add(batch, change);
  return batch;
}

/** Rows that are only ever added get the next number as their key. */
function append(rows: Map<string | number, Row>, row: Row): void {
  rows.set(rows.size, row);
}

type Recorded = Change | OutboxMark;
type Recorder = { readonly [K in Recorded['kind']]: (batch: Batch, change: Extract<Recorded, { kind: K }>) => void };

function add(batch: Batch, change: Recorded): void {
  const record = recorder[change.kind] as (batch: Batch, change: Recorded) => void;
  record(batch, change);
}

/** Links are written after they were removed, one for each side. */
function unlink({ telegramLinks, telegramLinksRemoved }: Batch['rows'], userId: string): void {
  for (const [telegramId, row] of telegramLinks) if (row.user_id === userId) telegramLinks.delete(telegramId);
  telegramLinksRemoved.set(userId, { user_id: userId });
}

const recorder: Recorder = {
  'signal.received': ({ rows: { signals } }, { signal }) => {
    if (!signals.has(signal.id)) signals.set(signal.id, signalRow(signal));
  },
  'signal.part': ({ rows }, { part, at }) => {
    rows.parts.set(`${part.signalId}\0${part.accountId}`, partRow(part, at));
  },
  'signal.status': ({ rows: { signals, signalStatuses } }, change) => {
    const received = signals.get(change.signalId);
    if (received === undefined || change.status === 'accepted') {
      signalStatuses.set(change.signalId, statusRow(change));
    } else {
      // Received in this very transaction: one row written instead of written and rewritten.
      signals.set(change.signalId, { ...received, ...statusRow(change) });
      signalStatuses.delete(change.signalId);
    }
  },
  'signal.event': ({ rows }, change) => {
    append(rows.signalEvents, signalEventRow(change));
  },
  'signal.repeated': ({ rows: { signalRepeats } }, { signalId, at }) => {
    const repeats = Number(signalRepeats.get(signalId)?.repeats ?? 0) + 1;
    signalRepeats.set(signalId, { id: signalId, repeats, updated_at: iso(at) });
  },
  'approval.put': ({ rows }, { approval }) => {
    rows.approvals.set(approval.signalId, approvalRow(approval));
  },
  'order.created': ({ rows }, { order }) => {
    rows.orders.set(order.id, orderRow(order));
    append(rows.orderEvents, orderEventRow(order, null, null, order.createdAt));
  },
  'order.updated': ({ rows }, { order, from, detail, at }) => {
    rows.orders.set(order.id, orderRow(order));
    append(rows.orderEvents, orderEventRow(order, from, detail, at));
  },
  'fill.booked': ({ rows: { fills }, entries, balanceDeltas }, change) => {
    if (fills.has(change.id)) return;
    fills.set(change.id, fillRow(change));
    entries.set(change.id, entryRow(change));
    balanceDeltaRows(change).forEach((delta, i) => {
      balanceDeltas.set(`${change.id}\0${i}`, delta);
    });
  },
  'position.adjusted': ({ rows: { adjustments } }, change) => {
    if (!adjustments.has(change.id)) adjustments.set(change.id, adjustmentRow(change));
  },
  'drift.put': ({ rows }, { drift }) => {
    rows.drifts.set(`${drift.accountId}\0${drift.symbol}`, driftRow(drift));
  },
  'claim.put': ({ rows }, { claim }) => {
    rows.claims.set(claimKey(claim), claimRow(claim));
  },
  'balance.set': ({ rows, balanceDeltas }, change) => {
    rows.balances.set(`${change.accountId}\0${change.asset}`, balanceRow(change));
    // What was booked before it in this batch is contained in it; what comes later is added to it.
    for (const [key, { account_id: accountId, asset }] of balanceDeltas)
      if (accountId === change.accountId && asset === change.asset) balanceDeltas.delete(key);
    for (const [key, row] of rows.funding)
      if (row.account_id === change.accountId && row.asset === change.asset) rows.funding.set(key, { ...row, balance_delta: '0' });
  },
  'funding.booked': ({ rows: { funding } }, change) => {
    if (!funding.has(change.funding.id)) funding.set(change.funding.id, fundingRow(change));
  },
  'funding.asked': ({ rows }, { accountId, until }) => {
    rows.fundingCursors.set(accountId, { account_id: accountId, until: iso(until) });
  },
  'trading.set': ({ rows }, change) => {
    rows.modes.set(change.accountId ?? ALL_ACCOUNTS, modeRow(change));
  },
  'risk.set': ({ rows }, { accountId, limits, at }) => {
    rows.limits.set(accountId ?? ALL_ACCOUNTS, limitsRow(accountId, limits, at));
  },
  'account.put': ({ rows }, { account }) => {
    rows.accounts.set(account.id, accountRow(account));
    rows.accountsRemoved.delete(account.id);
  },
  'account.removed': ({ rows }, { accountId, at }) => {
    rows.accountsRemoved.set(accountId, { id: accountId, removed_at: iso(at), sealed_credentials: null });
  },
  'hook.put': ({ rows }, { hook }) => {
    rows.hooks.set(hook.id, hookRow(hook));
    rows.hooksRemoved.delete(hook.id);
  },
  'hook.removed': ({ rows }, { hookId, at }) => {
    rows.hooksRemoved.set(hookId, { id: hookId, removed_at: iso(at) });
  },
  'hedge.put': ({ rows }, { hedge }) => {
    rows.hedges.set(hedge.id, hedgeRow(hedge));
    rows.hedgesRemoved.delete(hedge.id);
  },
  'hedge.removed': ({ rows }, { hedgeId, at }) => {
    rows.hedgesRemoved.set(hedgeId, { id: hedgeId, removed_at: iso(at) });
  },
  'hedge.progress': ({ rows }, { progress }) => {
    rows.hedgeProgress.set(progress.hedgeId, hedgeProgressRow(progress));
  },
  'user.put': ({ rows }, { user }) => {
    rows.users.set(user.id, userRow(user));
  },
  'whitelist.put': ({ rows }, { entry }) => {
    rows.whitelist.set(entry.id, whitelistRow(entry));
    rows.whitelistRemoved.delete(entry.id);
  },
  'whitelist.removed': ({ rows }, { entryId, at }) => {
    rows.whitelistRemoved.set(entryId, { id: entryId, removed_at: iso(at) });
  },
  'ban.ruled': ({ rows }, { ruling }) => {
    rows.rulings.set(ruling.network, rulingRow(ruling));
  },
  'secret.rewrapped': ({ rows }, { place, id, before, after }) => {
    append(rows.rewrapped, { place, id, before, after });
  },
  'session.put': ({ rows }, { session }) => {
    rows.sessions.set(session.id, sessionRow(session));
  },
  'session.removed': ({ rows }, { sessionId }) => {
    rows.sessions.delete(sessionId);
    rows.sessionsRemoved.set(sessionId, { id: sessionId });
  },
  'token.put': ({ rows }, { token }) => {
    rows.tokens.set(token.id, tokenRow(token));
  },
  'token.removed': ({ rows }, { tokenId }) => {
    rows.tokens.delete(tokenId);
    rows.tokensRemoved.set(tokenId, { id: tokenId });
  },
  'telegram.code': ({ rows }, { code }) => {
    rows.telegramCodesRemoved.delete(code.userId);
    rows.telegramCodes.set(code.userId, linkCodeRow(code));
  },
  'telegram.linked': ({ rows }, { link: { userId }, link }) => {
    rows.telegramCodes.delete(userId);
    rows.telegramCodesRemoved.set(userId, { user_id: userId });
    unlink(rows, userId);
    rows.telegramLinks.set(link.telegramId, telegramLinkRow(link));
  },
  'telegram.unlinked': ({ rows }, { userId }) => unlink(rows, userId),
  'proposal.put': ({ rows }, { proposal }) => {
    rows.proposals.set(proposal.id, proposalRow(proposal));
  },
  audit: ({ rows }, change) => {
    if (!rows.audit.has(change.id)) rows.audit.set(change.id, auditRow(change));
  },
  notice: ({ rows }, { notice }) => {
    if (!rows.notices.has(notice.id)) rows.notices.set(notice.id, noticeRow(notice));
  },
  reply: ({ rows }, change) => {
    if (!rows.replies.has(change.commandId)) rows.replies.set(change.commandId, replyRow(change));
  },
  'outbox.sent': ({ rows }, { seqs, at, place }) => {
    const found = { chat: place?.chat ?? null, message_id: place?.messageId ?? null };
    for (const seq of seqs) rows.sent.set(seq, { seq, sent_at: iso(at), error: null, ...found });
  },
  'outbox.pressed': ({ rows }, { choiceId, press }) => {
    const { label, by, at, result } = press;
    const row = { origin_id: choiceId, pressed_label: label, pressed_by: by, pressed_at: iso(at), pressed_result: result };
    if (!rows.pressed.has(choiceId)) rows.pressed.set(choiceId, row);
  },
  'outbox.cursor': ({ rows }, { bot, updateId, at }) => {
    rows.telegramCursors.set(bot, { bot, update_id: updateId, at: iso(at) });
  },
  'outbox.closed': ({ rows }, { seqs, at }) => {
    for (const seq of seqs) rows.closed.set(seq, { seq, closed_at: iso(at) });
  },
  'outbox.failed': ({ rows: { failed } }, { seq, error, dead, at }) => {
    const attempts = Number(failed.get(seq)?.attempts ?? 0) + 1;
    failed.set(seq, { seq, attempts, error, dead_at: dead ? iso(at) : null });
  },
};
