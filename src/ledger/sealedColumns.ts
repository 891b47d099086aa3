import type pg from 'pg';
import { hmacKeyPlace } from '../domain/signal/hook.ts';
import type { SealedCount, SealedRecord } from './ledger.ts';

/** A column whose values are sealed by ops/secrets.ts; `aad` is the place they are bound to. */
interface SealedColumn {
  readonly table: string;
  readonly id: string;
  readonly column: string;
  readonly aad: (id: string) => string;
}

/**
 * Every column that holds sealed secrets, by the name it has for people: the check at start, `secrets status` and the
 * rotation go through this list. A column named `sealed_…` that is missing here fails a test.
 */
export const SEALED_COLUMNS: Readonly<Record<string, SealedColumn>> = {
  'account credentials': { table: 'accounts', id: 'id', column: 'sealed_credentials', aad: (id) => id },
  'HMAC keys of hooks': { table: 'hooks', id: 'id', column: 'sealed_hmac_key', aad: hmacKeyPlace },
  'HMAC keys of hooks that a rotation replaced': { table: 'hooks', id: 'id', column: 'sealed_old_hmac_key', aad: hmacKeyPlace },
  'one-time codes': { table: 'users', id: 'id', column: 'sealed_totp', aad: (id) => `totp:${id}` },
  'one-time codes not confirmed yet': { table: 'users', id: 'id', column: 'sealed_totp_pending', aad: (id) => `totp:${id}` },
};

/** What the record of this place and id is bound to. */
export function aadOf({ place, id }: Pick<SealedRecord, 'place' | 'id'>): string {
  const column = SEALED_COLUMNS[place];
  if (!column) throw new TypeError(`There is no place for secrets called ${JSON.stringify(place)}`);
  return column.aad(id);
}

/** `sm1.<key id>.…` */
const KEY_ID = "split_part(sealed, '.', 2)";

const ALL_SEALED = Object.entries(SEALED_COLUMNS)
  .map(([place, { table, id, column }]) => `SELECT '${place}' AS place, ${id}::text AS id, ${column} AS sealed FROM ${table}`)
  .join(' UNION ALL ');

const COUNTS = `
  SELECT place, ${KEY_ID} AS "keyId", count(*)::int AS count FROM (${ALL_SEALED}) AS record
  WHERE sealed IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`;

const NOT_SEALED_BY = `
  SELECT place, id, sealed FROM (${ALL_SEALED}) AS record
  WHERE sealed IS NOT NULL AND ${KEY_ID} <> $1 AND ($2::text IS NULL OR (place || '/' || id) COLLATE "C" > $2)
  ORDER BY (place || '/' || id) COLLATE "C" LIMIT $3`;

/** How many records each key has sealed, by place. */
export async function readSealedCounts(pool: pg.Pool): Promise<SealedCount[]> {
  const { rows } = await pool.query<SealedCount>(COUNTS);
  return rows;
}

/** Records that another key than `keyId` has sealed, behind `after` (`place/id`) in a fixed order. */
export async function readSealedByOthers(pool: pg.Pool, keyId: string, after: string | null, limit: number): Promise<SealedRecord[]> {
  const { rows } = await pool.query<SealedRecord>(NOT_SEALED_BY, [keyId, after, limit]);
  return rows;
}

/** Replaces the values of one place, each only where it is still the one that was read. */
export function rewrapStatement(place: string): string {
  const column = SEALED_COLUMNS[place];
  if (!column) throw new TypeError(`There is no place for secrets called ${JSON.stringify(place)}`);
  return `UPDATE ${column.table} SET ${column.column} = given.after
    FROM json_to_recordset($1) AS given (id text, before text, after text)
    WHERE ${column.table}.${column.id}::text = given.id AND ${column.table}.${column.column} = given.before`;
}
