import { type Batch, SLOTS, type Slot } from './batch.ts';
import { asParameter, type Row } from './rows.ts';
import { rewrapStatement } from './sealedColumns.ts';

/** A statement that the server prepares once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

type Rule = { readonly table: string; readonly sql: (table: string, columns: readonly string[]) => string };

/** Slots with statements of their own. */
type Special = 'fills' | 'adjustments' | 'rewrapped';

/** How the rows of each slot are written; all take them as one JSON parameter, so the row functions alone name the columns. */
const RULES: Readonly<Record<Exclude<Slot, Special>, Rule>> = {
  accounts: { table: 'accounts', sql: upsert('id') },
  accountsRemoved: { table: 'accounts', sql: update('id') },
  hooks: { table: 'hooks', sql: upsert('id') },
  hooksRemoved: { table: 'hooks', sql: update('id') },
  hedges: { table: 'hedges', sql: upsert('id') },
  hedgesRemoved: { table: 'hedges', sql: update('id') },
  hedgeProgress: { table: 'hedge_progress', sql: upsert('hedge_id') },
  users: { table: 'users', sql: upsert('id') },
  whitelist: { table: 'whitelist', sql: upsert('id') },
  whitelistRemoved: { table: 'whitelist', sql: update('id') },
  rulings: { table: 'ban_rulings', sql: upsert('network') },
  sessions: { table: 'sessions', sql: upsert('id') },
  sessionsRemoved: { table: 'sessions', sql: remove('id') },
  tokens: { table: 'api_tokens', sql: upsert('id') },
  tokensRemoved: { table: 'api_tokens', sql: remove('id') },
  telegramCodesRemoved: { table: 'telegram_codes', sql: remove('user_id') },
  telegramCodes: { table: 'telegram_codes', sql: upsert('user_id') },
  telegramLinksRemoved: { table: 'telegram_links', sql: remove('user_id') },
  telegramLinks: { table: 'telegram_links', sql: upsert('telegram_id') },
  telegramCursors: { table: 'telegram_cursors', sql: upsert('bot') },
  proposals: { table: 'proposals', sql: upsert('id') },
  limits: { table: 'risk_limits', sql: upsert('scope') },
  modes: { table: 'trading_modes', sql: upsert('scope') },
  signals: { table: 'signals', sql: insertSignals },
  signalRepeats: { table: 'signals', sql: update('id', 'repeats') },
  signalStatuses: { table: 'signals', sql: update('id') },
  parts: { table: 'signal_parts', sql: upsert('signal_id', 'account_id') },
  approvals: { table: 'approvals', sql: upsert('signal_id') },
  signalEvents: { table: 'signal_events', sql: insert },
  orders: { table: 'orders', sql: upsert('id') },
  orderEvents: { table: 'order_events', sql: insert },
  balances: { table: 'balances', sql: upsert('account_id', 'asset') },
  drifts: { table: 'drifts', sql: upsert('account_id', 'symbol') },
  claims: { table: 'claims', sql: upsert('hook_id', 'strategy', 'symbol', 'account_id') },
  funding: { table: 'funding_payments', sql: bookFunding },
  fundingCursors: { table: 'funding_cursors', sql: upsert('account_id') },
  audit: { table: 'audit', sql: insertNew },
  notices: { table: 'outbox', sql: insertNew },
  sent: { table: 'outbox', sql: update('seq') },
  failed: { table: 'outbox', sql: update('seq', 'attempts') },
  pressed: { table: 'outbox', sql: update('origin_id') },
  closed: { table: 'outbox', sql: update('seq') },
  replies: { table: 'command_replies', sql: insertNew },
};

function insert(table: string, columns: readonly string[]): string {
  const list = columns.join(', ');
  return `INSERT INTO ${table} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${table}, $1)`;
}

/** A row that is already there stays as it is. */
function insertNew(table: string, columns: readonly string[]): string {
  return `${insert(table, columns)} ON CONFLICT DO NOTHING`;
}

/** A payment that is already booked changes nothing; a new one changes the balance with it. */
function bookFunding(table: string, columns: readonly string[]): string {
  return `WITH booked AS (${insert(table, columns)} ON CONFLICT (id) DO NOTHING RETURNING account_id, asset, balance_delta, at)
    INSERT INTO balances (account_id, asset, total, updated_at)
    SELECT account_id, asset, sum(balance_delta), max(at) FROM booked GROUP BY account_id, asset HAVING sum(balance_delta) <> 0
    ON CONFLICT (account_id, asset) DO UPDATE SET
      total = balances.total + excluded.total,
      updated_at = greatest(balances.updated_at, excluded.updated_at)`;
}

/** Of a signal that is already there, only a status that came with it counts. */
function insertSignals(table: string, columns: readonly string[]): string {
  const changes = ['status', 'code', 'message', 'updated_at'].map((column) => `${column} = excluded.${column}`).join(', ');
  return `${insert(table, columns)} ON CONFLICT (id) DO UPDATE SET ${changes} WHERE excluded.status <> 'accepted'`;
}

function upsert(...key: readonly string[]): Rule['sql'] {
  return (table, columns) => {
    const changes = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    return `${insert(table, columns)} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
  };
}

function remove(key: string): Rule['sql'] {
  return (table) => `DELETE FROM ${table} USING json_populate_recordset(NULL::${table}, $1) AS given WHERE ${table}.${key} = given.${key}`;
}

/** Sets the columns given; the one named by `counter` is added to. */
function update(key: string, counter?: string): Rule['sql'] {
  return (table, columns) => {
    const changes = columns
      .filter((column) => column !== key)
      .map((column) => `${column} = ${column === counter ? `${table}.${column} + ` : ''}given.${column}`);
    const given = `json_populate_recordset(NULL::${table}, $1) AS given`;
    return `UPDATE ${table} SET ${changes.join(', ')} FROM ${given} WHERE ${table}.${key} = given.${key}`;
  };
}

/** Positions are sums of entries: adds those of `entered`. */
const ADD_TO_POSITIONS = `
    INSERT INTO positions (account_id, symbol, quantity, cost, realized_pnl, updated_at)
    SELECT account_id, symbol, sum(quantity_delta), sum(cost_delta), sum(realized_pnl), max(at) FROM entered GROUP BY account_id, symbol
    ON CONFLICT (account_id, symbol) DO UPDATE SET
      quantity = positions.quantity + excluded.quantity,
      cost = positions.cost + excluded.cost,
      realized_pnl = positions.realized_pnl + excluded.realized_pnl,
      updated_at = greatest(positions.updated_at, excluded.updated_at)`;

/** Entries without a fill; one that is already there changes nothing. */
const ADJUST_POSITIONS = `
  WITH entered AS (
    INSERT INTO position_entries SELECT * FROM json_populate_recordset(NULL::position_entries, $1) ON CONFLICT (fill_id) DO NOTHING
    RETURNING account_id, symbol, quantity_delta, cost_delta, realized_pnl, at
  )${ADD_TO_POSITIONS}`;

/**
 * Fills, their entries, and the sums of them: positions and balances. Everything behind the first step follows from the rows
 * that step really inserted, so a fill that is already booked changes nothing, and a position is always the sum of its entries.
 */
const BOOK_FILLS = `
  WITH booked AS (
    INSERT INTO fills SELECT * FROM json_populate_recordset(NULL::fills, $1) ON CONFLICT (id) DO NOTHING RETURNING id
  ), entered AS (
    INSERT INTO position_entries
    SELECT entry.* FROM json_populate_recordset(NULL::position_entries, $2) AS entry JOIN booked ON booked.id = entry.fill_id
    RETURNING account_id, symbol, quantity_delta, cost_delta, realized_pnl, at
  ), held AS (${ADD_TO_POSITIONS}
  )
  INSERT INTO balances (account_id, asset, total, updated_at)
  SELECT change.account_id, change.asset, sum(change.delta), max(change.at)
  FROM json_to_recordset($3) AS change (fill_id uuid, account_id text, asset text, delta numeric(65,30), at timestamptz)
  JOIN booked ON booked.id = change.fill_id
  GROUP BY change.account_id, change.asset
  ON CONFLICT (account_id, asset) DO UPDATE SET
    total = balances.total + excluded.total,
    updated_at = greatest(balances.updated_at, excluded.updated_at)`;

/** What instances keep in memory and must hear of. */
const PEOPLE: readonly Slot[] = ['users', 'sessions', 'sessionsRemoved', 'tokens', 'tokensRemoved'];
const CONFIGURATION: readonly Slot[] = [
  'accounts',
  'accountsRemoved',
  'hooks',
  'hooksRemoved',
  ...PEOPLE,
  'rewrapped',
  'whitelist',
  'whitelistRemoved',
  'rulings',
  'limits',
  'modes',
];

const RAISE_CONFIG_VERSION: Statement = {
  name: 'ledger_config_version',
  text: `WITH raised AS (UPDATE config_version SET version = version + 1 WHERE id = 1 RETURNING version)
    SELECT pg_notify('signalman_config', version::text) FROM raised`,
  values: [],
};

function announceReplies(commandIds: readonly (string | number)[]): Statement {
  const text = `SELECT pg_notify('signalman_reply', command_id) FROM unnest($1::text[]) AS command_id`;
  return { name: 'ledger_announce_replies', text, values: [commandIds] };
}

const texts = new Map<Slot, string>();

function writeSlot(slot: Exclude<Slot, Special>, rows: readonly Row[]): Statement {
  const { table, sql } = RULES[slot];
  const text = texts.get(slot) ?? sql(table, Object.keys(rows[0] ?? {}));
  texts.set(slot, text);
  return { name: `ledger_${slot}`, text, values: [asParameter(rows)] };
}

/** One statement for each place whose secrets got another key. */
function rewrap(rows: readonly Row[]): Statement[] {
  const places = new Set(rows.map(({ place }) => String(place)));
  return [...places].map((place) => ({
    name: `ledger_rewrap_${place}`,
    text: rewrapStatement(place),
    values: [asParameter(rows.filter((row) => row.place === place))],
  }));
}

/** The statements of one transaction, in an order in which each finds what it needs. */
export function statementsOf(batch: Batch): Statement[] {
  const statements: Statement[] = [];
  for (const slot of SLOTS) {
    const rows = [...batch.rows[slot].values()];
    if (rows.length === 0) continue;
    if (slot === 'rewrapped') statements.push(...rewrap(rows));
    else if (slot === 'adjustments') statements.push({ name: 'ledger_adjustments', text: ADJUST_POSITIONS, values: [asParameter(rows)] });
    else if (slot !== 'fills') statements.push(writeSlot(slot, rows));
    else {
      const companions = [asParameter([...batch.entries.values()]), asParameter([...batch.balanceDeltas.values()])];
      statements.push({ name: 'ledger_fills', text: BOOK_FILLS, values: [asParameter(rows), ...companions] });
    }
  }
  if (CONFIGURATION.some((slot) => batch.rows[slot].size > 0)) statements.push(RAISE_CONFIG_VERSION);
  if (batch.rows.replies.size > 0) statements.push(announceReplies([...batch.rows.replies.keys()]));
  return statements;
}
