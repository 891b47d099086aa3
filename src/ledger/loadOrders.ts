import type pg from 'pg';
import type { AccountId, FillId, SignalId } from '../domain/ids.ts';
import type { Order } from '../domain/order/order.ts';
import type { RecalledSignal, VenueOrderName } from './ledger.ts';
import { type OrderRecord, type PartRecord, type SignalRecord, toOrder, toPart, toSignal } from './orderRecords.ts';
import { rowsOf } from './rowsOf.ts';

export async function loadBooked(pool: pg.Pool, ids: readonly FillId[]): Promise<ReadonlySet<FillId>> {
  const rows = await rowsOf<{ id: FillId }>(pool, 'SELECT id FROM fills WHERE id = ANY($1::uuid[])', [ids]);
  return new Set(rows.map(({ id }) => id));
}

/** What we send as a client order id is the order's id without its dashes. */
const OURS = /^[0-9a-f]{32}$/;

export async function loadOrdersNamed(pool: pg.Pool, accountId: AccountId, names: readonly VenueOrderName[]): Promise<Order[]> {
  const ids = names.flatMap(({ clientOrderId }) => (clientOrderId !== null && OURS.test(clientOrderId) ? [clientOrderId] : []));
  const records = await rowsOf<OrderRecord>(
    pool,
    'SELECT * FROM orders WHERE account_id = $1 AND (venue_order_id = ANY($2::text[]) OR id = ANY($3::uuid[])) ORDER BY created_at, id',
    [accountId, names.map(({ venueOrderId }) => venueOrderId), ids],
  );
  return records.map(toOrder);
}

export async function loadRecalled(pool: pg.Pool, signalId: SignalId): Promise<RecalledSignal | null> {
  const [signals, parts, orders] = await Promise.all([
    rowsOf<SignalRecord>(pool, 'SELECT * FROM signals WHERE id = $1', [signalId]),
    rowsOf<PartRecord>(pool, 'SELECT * FROM signal_parts WHERE signal_id = $1 ORDER BY account_id', [signalId]),
    rowsOf<OrderRecord>(pool, 'SELECT * FROM orders WHERE signal_id = $1 ORDER BY created_at, leg, id', [signalId]),
  ]);
  const fills = await rowsOf<{ id: FillId }>(pool, 'SELECT id FROM fills WHERE order_id = ANY($1::uuid[])', [orders.map(({ id }) => id)]);
  const [signal] = signals;
  return signal
    ? { signal: toSignal(signal), parts: parts.map(toPart), orders: orders.map(toOrder), fillIds: fills.map(({ id }) => id) }
    : null;
}
