import type pg from 'pg';
import { sha256Hex } from '../lib/hash.ts';
import type { AuditCheck, AuditPoint, AuditProof } from './readModel.ts';

/** One entry as stored; `before` and `after` are the stored text, because that is what was hashed. */
export interface AuditLink {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Before the first entry. */
export const AUDIT_START: AuditPoint = { seq: 0, hash: '0'.repeat(64) };

/** Null and text, told apart and delimited by length, so that no two entries share a canonical text. */
function field(value: string | null): string {
  return value === null ? '-\n' : `${Buffer.byteLength(value)}:${value}\n`;
}

/** What the database's `audit_hash` makes of an entry: SHA-256 over the canonical text of everything it says and of the hash before it. */
export function auditHash(entry: AuditLink): string {
  const { seq, prevHash, id, at, actor, address, action, subject, before, after } = entry;
  return sha256Hex([String(seq), prevHash, id, at.toISOString(), actor, address, action, subject, before, after].map(field).join(''));
}

/** The first entry that does not follow from the one before, beginning behind `from`; null when all do. */
export function findBreak(from: AuditPoint, entries: readonly AuditLink[]): AuditCheck['broken'] {
  let last = from;
  for (const entry of entries) {
    const { seq, id } = entry;
    if (seq !== last.seq + 1) return { seq: last.seq + 1, id: null, reason: missing(last.seq + 1, seq - 1) };
    if (entry.prevHash !== last.hash) return { seq, id, reason: 'it does not follow the entry before it' };
    if (entry.hash !== auditHash(entry)) return { seq, id, reason: 'it is not what was written' };
    last = entry;
  }
  return null;
}

function missing(first: number, last: number): string {
  return first === last ? 'it is missing' : `entries ${first} to ${last} are missing`;
}

const HEAD = 'SELECT seq::float8 AS seq, hash FROM audit_head WHERE id = 1';
const ENTRIES = `
  SELECT seq::float8 AS seq, prev_hash AS "prevHash", hash, id, at, actor, address, action, subject, before::text AS before, after::text AS after
  FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`;

/** Where the chain ends now. */
export async function readAuditHead(pool: pg.Pool): Promise<AuditPoint> {
  const { rows } = await pool.query<AuditPoint>(HEAD);
  return rows[0] ?? AUDIT_START;
}

/** Checks the next `limit` entries. What is added meanwhile is left to the next call: the head is read first. */
export async function checkAudit(pool: pg.Pool, { from, limit, expect }: AuditProof): Promise<AuditCheck> {
  const head = await readAuditHead(pool);
  const { rows } = await pool.query<AuditLink>(ENTRIES, [from.seq, head.seq, limit]);
  const tail = rows.at(-1) ?? from;
  const last = { seq: tail.seq, hash: tail.hash };
  const done = rows.length < limit;
  const broken = findBreak(from, rows) ?? (done ? findLoss(last, head) : null);
  return { checked: rows.length, last, head, done, broken, expectedAt: done && expect !== null ? await findHash(pool, expect) : null };
}

/** What the end of the entries and the head say of each other. */
function findLoss(last: AuditPoint, head: AuditPoint): AuditCheck['broken'] {
  if (last.seq < head.seq) return { seq: last.seq + 1, id: null, reason: missing(last.seq + 1, head.seq) };
  if (last.seq > head.seq) return { seq: head.seq, id: null, reason: 'the head of the chain was set back' };
  return last.hash === head.hash ? null : { seq: last.seq, id: null, reason: 'the head of the chain is not this entry' };
}

async function findHash(pool: pg.Pool, hash: string): Promise<number | null> {
  if (hash === AUDIT_START.hash) return 0;
  const { rows } = await pool.query<{ seq: number }>('SELECT seq::float8 AS seq FROM audit WHERE hash = $1', [hash]);
  return rows[0]?.seq ?? null;
}
