import type pg from 'pg';
import type { CommandId, FillId, FundingId, SignalId } from '../domain/ids.ts';
import { FUNDING_OVERLAP_MS } from '../domain/portfolio/bookFunding.ts';
import type { TradingMode } from '../domain/risk/risk.ts';
import type { Approval } from '../domain/signal/approval.ts';
import { type HedgeProgressRecord, type HedgeRecord, toHedge, toHedgeProgress } from './hedgeRows.ts';
import type { HandledCommand, LedgerSnapshot } from './ledger.ts';
import { loadTelegram } from './loadTelegram.ts';
import { type OrderRecord, type PartRecord, type SignalRecord, toOrder, toPart, toSignal } from './orderRecords.ts';
import {
  PROPOSALS_SINCE_MS,
  type ProposalRecord,
  type SessionRecord,
  type TokenRecord,
  toProposal,
  toSession,
  toToken,
  toUser,
  type UserRecord,
} from './peopleRecords.ts';
import { type ClaimRecord, type DriftRecord, toClaim, toDrift } from './reconciliationRecords.ts';
import {
  type AccountRecord,
  type ApprovalRecord,
  accountOfScope,
  type HookRecord,
  type LimitsRecord,
  type RulingRecord,
  type StoredDecimal,
  toAccount,
  toApproval,
  toDecimal,
  toHook,
  toLimits,
  toRuling,
  toWhitelistEntry,
  type WhitelistRecord,
} from './records.ts';
import { rowsOf } from './rowsOf.ts';
import { OPEN_ORDER_STATUSES, UNFINISHED_SIGNAL_STATUSES } from './statuses.ts';

/** In the text, not as a parameter, so that the partial indexes serve these queries. */
const isOpen = `status IN (${OPEN_ORDER_STATUSES.map((status) => `'${status}'`).join(', ')})`;
const isUnfinished = `status IN (${UNFINISHED_SIGNAL_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** A long history may take its time to load. */
const LOAD_MS_MAX = 30_000;

/** Everything at one moment: a repeatable-read transaction. */
export async function loadSnapshot(pool: pg.Pool, dayStart: number): Promise<LedgerSnapshot> {
  return inSnapshot(pool, async (client) => {
    const [settings, people, telegram, proposals, holdings, found, orders, parts] = await Promise.all([
      loadSettings(client),
      loadPeople(client),
      loadTelegram(client),
      loadProposals(client, dayStart),
      loadHoldings(client, dayStart),
      loadFound(client),
      rowsOf<OrderRecord>(client, ORDERS_TO_RESUME),
      rowsOf<PartRecord>(client, `SELECT signal_id FROM signal_parts WHERE ${isUnfinished}`),
    ]);
    const signalIds = [...new Set([...orders, ...parts].map(({ signalId }) => signalId))];
    const [fills, allParts, signals, approvals] = await Promise.all([
      rowsOf<{ id: FillId }>(client, 'SELECT id FROM fills WHERE order_id = ANY($1::uuid[])', [orders.map(({ id }) => id)]),
      rowsOf<PartRecord>(client, 'SELECT * FROM signal_parts WHERE signal_id = ANY($1) ORDER BY signal_id, account_id', [signalIds]),
      rowsOf<SignalRecord>(client, 'SELECT * FROM signals WHERE id = ANY($1) ORDER BY seq, id', [signalIds]),
      rowsOf<ApprovalRecord>(client, 'SELECT * FROM approvals WHERE signal_id = ANY($1) ORDER BY signal_id', [signalIds]),
    ]);
    return {
      ...settings,
      people,
      telegram,
      proposals,
      ...holdings,
      ...found,
      orders: orders.map(toOrder),
      fillIds: fills.map(({ id }) => id),
      parts: allParts.map(toPart),
      signals: signals.map(toSignal),
      approvals: approvals.map(toApproval),
    };
  });
}

/** Whole families: a stop that is open is understood only together with the take profit it is tied to and the entry it protects. */
const ORDERS_TO_RESUME = `
  SELECT orders.* FROM (
    SELECT signal_id, account_id FROM orders WHERE ${isOpen}
    UNION
    SELECT signal_id, account_id FROM signal_parts WHERE ${isUnfinished}
  ) AS part
  JOIN orders ON orders.signal_id = part.signal_id AND orders.account_id = part.account_id
  ORDER BY created_at, signal_id, leg, id`;

const HEDGE_PROGRESS = `
  SELECT * FROM hedge_progress WHERE hedge_id IN (SELECT id FROM hedges WHERE removed_at IS NULL) ORDER BY hedge_id`;

type Settings = Pick<LedgerSnapshot, 'accounts' | 'hooks' | 'hedges' | 'hedgeProgress' | 'whitelist' | 'rulings' | 'modes' | 'limits'>;

async function loadSettings(client: pg.ClientBase): Promise<Settings> {
  const [accounts, hooks, hedges, progress, whitelist, rulings, modes, limits] = await Promise.all([
    rowsOf<AccountRecord>(client, 'SELECT * FROM accounts WHERE removed_at IS NULL ORDER BY created_at, id'),
    rowsOf<HookRecord>(client, 'SELECT * FROM hooks WHERE removed_at IS NULL ORDER BY created_at, id'),
    rowsOf<HedgeRecord>(client, 'SELECT * FROM hedges WHERE removed_at IS NULL ORDER BY created_at, id'),
    rowsOf<HedgeProgressRecord>(client, HEDGE_PROGRESS),
    rowsOf<WhitelistRecord>(client, 'SELECT * FROM whitelist WHERE removed_at IS NULL ORDER BY created_at, id'),
    rowsOf<RulingRecord>(client, 'SELECT * FROM ban_rulings ORDER BY at, network'),
    rowsOf<ModeRecord>(client, 'SELECT * FROM trading_modes ORDER BY scope'),
    rowsOf<LimitsRecord>(client, 'SELECT * FROM risk_limits ORDER BY scope'),
  ]);
  return {
    accounts: accounts.map(toAccount),
    hooks: hooks.map(toHook),
    hedges: hedges.map(toHedge),
    hedgeProgress: progress.map(toHedgeProgress),
    whitelist: whitelist.map(toWhitelistEntry),
    rulings: rulings.map(toRuling),
    modes: modes.map(toMode),
    limits: limits.map((record) => ({ accountId: accountOfScope(record.scope), limits: toLimits(record) })),
  };
}

interface ModeRecord {
  scope: string;
  mode: TradingMode;
  reason: string | null;
  at: Date;
  commandSeq: string | null;
}

function toMode({ scope, mode, reason, at, commandSeq }: ModeRecord): LedgerSnapshot['modes'][number] {
  return { accountId: accountOfScope(scope), mode, reason, at: at.getTime(), seq: commandSeq === null ? null : Number(commandSeq) };
}

async function loadPeople(client: pg.ClientBase): Promise<LedgerSnapshot['people']> {
  const [users, sessions, tokens] = await Promise.all([
    rowsOf<UserRecord>(client, 'SELECT * FROM users ORDER BY created_at, id'),
    rowsOf<SessionRecord>(client, 'SELECT * FROM sessions ORDER BY created_at, id'),
    rowsOf<TokenRecord>(client, 'SELECT * FROM api_tokens ORDER BY created_at, id'),
  ]);
  return { users: users.map(toUser), sessions: sessions.map(toSession), tokens: tokens.map(toToken) };
}

async function loadProposals(client: pg.ClientBase, dayStart: number): Promise<LedgerSnapshot['proposals']> {
  const query = 'SELECT * FROM proposals WHERE proposed_at >= $1 ORDER BY proposed_at, id';
  const proposals = await rowsOf<ProposalRecord>(client, query, [new Date(dayStart - PROPOSALS_SINCE_MS)]);
  return proposals.map(toProposal);
}

interface PositionRecord {
  accountId: string;
  symbol: string;
  quantity: StoredDecimal;
  cost: StoredDecimal;
  realizedPnl: StoredDecimal;
}

interface BalanceRecord {
  accountId: string;
  asset: string;
  total: StoredDecimal;
  setAt: Date | null;
}

const REALIZED_SINCE = `
  SELECT account_id, sum(realized_pnl) AS realized_pnl FROM (
    SELECT account_id, realized_pnl FROM position_entries WHERE at >= $1
    UNION ALL
    SELECT account_id, realized_pnl FROM funding_payments WHERE at >= $1
  ) AS realized GROUP BY account_id ORDER BY account_id`;

const FUNDING = `
  SELECT account_id, until, ARRAY(
    SELECT id FROM funding_payments WHERE account_id = cursors.account_id AND at >= cursors.until - make_interval(secs => $1::float8) ORDER BY id
  ) AS ids
  FROM funding_cursors AS cursors ORDER BY account_id`;

async function loadHoldings(
  client: pg.ClientBase,
  dayStart: number,
): Promise<Pick<LedgerSnapshot, 'positions' | 'balances' | 'funding' | 'realizedSince'>> {
  const [positions, balances, realized, funding] = await Promise.all([
    rowsOf<PositionRecord>(client, 'SELECT * FROM positions ORDER BY account_id, symbol'),
    rowsOf<BalanceRecord>(client, 'SELECT * FROM balances ORDER BY account_id, asset'),
    rowsOf<{ accountId: string; realizedPnl: StoredDecimal }>(client, REALIZED_SINCE, [new Date(dayStart)]),
    rowsOf<{ accountId: string; until: Date; ids: FundingId[] }>(client, FUNDING, [FUNDING_OVERLAP_MS / 1000]),
  ]);
  return {
    positions: positions.map(({ accountId, symbol, quantity, cost, realizedPnl }) => {
      return { accountId, symbol, quantity: toDecimal(quantity), cost: toDecimal(cost), realizedPnl: toDecimal(realizedPnl) };
    }),
    balances: balances.map(({ accountId, asset, total, setAt }) => {
      return { accountId, asset, total: toDecimal(total), setAt: setAt?.getTime() ?? null };
    }),
    funding: funding.map(({ accountId, until, ids }) => ({ accountId, until: until.getTime(), ids })),
    realizedSince: realized.map(({ accountId, realizedPnl }) => ({ accountId, realizedPnl: toDecimal(realizedPnl) })),
  };
}

async function loadFound(client: pg.ClientBase): Promise<Pick<LedgerSnapshot, 'drifts' | 'claims'>> {
  const [drifts, claims] = await Promise.all([
    rowsOf<DriftRecord>(client, 'SELECT * FROM drifts ORDER BY account_id, symbol'),
    rowsOf<ClaimRecord>(client, 'SELECT * FROM claims ORDER BY hook_id, strategy, symbol, account_id'),
  ]);
  return { drifts: drifts.map(toDrift), claims: claims.map(toClaim) };
}

/**
 * Finished: answered, or a signal that ended without reaching any account. A signal with parts is told account by account,
 * because the leader may have died between two of them.
 */
const HANDLED = `
  SELECT
    given.id,
    ARRAY(SELECT account_id FROM signal_parts WHERE signal_id = given.id ORDER BY account_id) AS account_ids,
    EXISTS (SELECT FROM command_replies WHERE command_id = given.id)
      OR EXISTS (SELECT FROM signals WHERE id = given.id AND NOT ${isUnfinished}
                 AND NOT EXISTS (SELECT FROM signal_parts WHERE signal_id = given.id)) AS finished
  FROM unnest($1::text[]) WITH ORDINALITY AS given (id, place)
  ORDER BY given.place`;

export async function loadApproval(pool: pg.Pool, signalId: SignalId): Promise<Approval | null> {
  const [record] = await rowsOf<ApprovalRecord>(pool, 'SELECT * FROM approvals WHERE signal_id = $1', [signalId]);
  return record ? toApproval(record) : null;
}

/** One answer for each id, in the order asked. */
export async function loadHandled(pool: pg.Pool, ids: readonly CommandId[]): Promise<HandledCommand[]> {
  return rowsOf<HandledCommand>(pool, HANDLED, [ids]);
}

async function inSnapshot<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${LOAD_MS_MAX}`);
    const result = await work(client);
    await client.query('COMMIT');
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}
