import type pg from 'pg';
import type { World } from './world.ts';
import { type ProvenWrite, withClient } from './writeProof.ts';

interface OrderRow {
  readonly id: string;
  readonly signal_id: string;
  readonly account_id: string;
  readonly leg: number;
  readonly client_order_id: string;
  readonly symbol: string;
  readonly status: string;
  readonly filled_quantity: string;
}

interface FillRow {
  readonly client_order_id: string;
  readonly venue_trade_id: string;
  readonly side: string;
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
  readonly fee_asset: string;
}

/** What the database says happened, read past all of our own code. Decimals are text. */
export interface Evidence {
  readonly signals: readonly {
    readonly id: string;
    readonly source: string;
    readonly payload: string;
    readonly status: string;
    readonly code: string | null;
  }[];
  readonly orders: readonly OrderRow[];
  /** In the order in which they were stored. */
  readonly orderMoves: readonly { readonly order_id: string; readonly from_status: string | null; readonly to_status: string }[];
  readonly partMoves: readonly { readonly part: string; readonly from_status: string | null; readonly to_status: string }[];
  readonly fills: readonly FillRow[];
  readonly notices: readonly {
    readonly id: string;
    readonly signal_id: string | null;
    readonly severity: string;
    readonly sent: boolean;
    readonly text: string;
  }[];
  readonly writes: readonly ProvenWrite[];
  /** Every row of every table as text. */
  readonly dump: string;
}

export function readEvidence({ databaseUrl }: Pick<World, 'databaseUrl'>): Promise<Evidence> {
  return withClient(databaseUrl, async (client) => {
    const rows = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows;
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return {
      signals: await rows('SELECT id, source, payload, status, code FROM signals'),
      orders: await rows(
        'SELECT id, signal_id, account_id, leg, client_order_id, symbol, status, trim_scale(filled_quantity)::text AS filled_quantity FROM orders',
      ),
      orderMoves: await rows('SELECT order_id, from_status, to_status FROM order_events ORDER BY seq'),
      partMoves: await rows("SELECT signal_id || ' on ' || account_id AS part, from_status, to_status FROM proof.part_moves ORDER BY seq"),
      fills: await rows(
        `SELECT client_order_id, venue_trade_id, f.side, trim_scale(f.quantity)::text AS quantity, trim_scale(f.price)::text AS price,
           trim_scale(fee)::text AS fee, fee_asset FROM fills f JOIN orders o ON o.id = f.order_id`,
      ),
      notices: await rows('SELECT id, signal_id, severity, sent_at IS NOT NULL AS sent, text FROM outbox'),
      writes: await rows('SELECT claimed::int, highest::int, session, written FROM proof.writes'),
      dump: await dumpTables(client),
    };
  });
}

async function dumpTables(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const all = await client.query<{ text: string | null }>(`SELECT string_agg(t::text, E'\\n') AS text FROM public.${name} t`);
    texts.push(all.rows[0]?.text ?? '');
  }
  return texts.join('\n');
}

/** Waits for nothing: how many notices are neither delivered nor given up. */
export function noticesWaiting({ databaseUrl }: Pick<World, 'databaseUrl'>): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL');
    return rows[0]?.n ?? 0;
  });
}
