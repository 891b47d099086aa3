import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { AUDIT_START, type AuditLink, auditHash, checkAudit, readAuditHead } from '../../src/ledger/auditChain.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import type { AuditCheck } from '../../src/ledger/readModel.ts';
import { migrationsDirectory } from '../../src/ops/migrate.ts';
import { actor, EPOCH, NOON } from '../contract/ledgerFixture.ts';
import { openPostgresLedger, type PostgresLedgerUnderTest } from '../contract/ledgerPostgres.ts';
import { administer, databaseUrl } from '../helpers/postgresServer.ts';

const MIGRATION = '20261120150000_audit_chain';

function entry(id: string, fields: Partial<Extract<Change, { kind: 'audit' }>> = {}): Change {
  return { kind: 'audit', id, at: NOON, actor, action: 'risk.set', subject: 'all', before: null, after: { limit: '1.50' }, ...fields };
}

const check = (pool: pg.Pool, fields: Partial<Parameters<typeof checkAudit>[1]> = {}): Promise<AuditCheck> =>
  checkAudit(pool, { from: AUDIT_START, limit: 1_000, expect: null, ...fields });

describe('the chain of audit entries', () => {
  let given: PostgresLedgerUnderTest;
  const append = (...changes: Change[]): Promise<void> => given.ledger.append(EPOCH, changes);
  /** What only the owner of the database can do. */
  const tamper = (sql: string) =>
    given.pool.query(`BEGIN; ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE audit_head DISABLE TRIGGER USER; ${sql};
      ALTER TABLE audit ENABLE TRIGGER USER; ALTER TABLE audit_head ENABLE TRIGGER USER; COMMIT`);

  beforeEach(async () => {
    given = await openPostgresLedger();
  });
  afterEach(() => given.close());

  it('is the same to the database and to us, whatever the entries say', async () => {
    const words = 'quotes \' " \\ , : 5:hello\n- \u{1F682} ü \u0000 \ud800';
    await append(entry('a1'), entry('a2', { subject: words, before: words, after: { [words]: [1.5, null, true, words] } }));
    await append(entry('a3', { actor: { name: '', address: null }, at: NOON + 7, before: 0, after: '' }), entry('a4', { after: null }));
    expect(await check(given.pool)).toMatchObject({ checked: 4, done: true, broken: null, head: { seq: 4 } });
    const { rows } = await given.pool.query<AuditLink>(
      'SELECT seq::int, prev_hash AS "prevHash", hash, id, at, actor, address, action, subject, before::text, after::text FROM audit ORDER BY seq',
    );
    expect(rows.map(auditHash)).toEqual(rows.map(({ hash }) => hash));
    expect(auditHash({ ...(rows[0] as AuditLink), address: null })).not.toBe(rows[0]?.hash);
  });

  it('takes an entry once, however often it is written', async () => {
    await append(entry('a1'), entry('a2'));
    await append(entry('a2', { subject: 'other' }), entry('a3'), entry('a1'));
    expect(await check(given.pool)).toMatchObject({ checked: 3, broken: null });
  });

  it('stays one chain when many write at once, from several connections', async () => {
    const insert = (id: string) =>
      given.pool.query(`INSERT INTO audit (id, at, actor, action, subject) VALUES ($1, now(), 'x', 'y', 'z') ON CONFLICT DO NOTHING`, [id]);
    await Promise.all([
      ...Array.from({ length: 200 }, (_, i) => insert(`direct-${i % 150}`)),
      ...Array.from({ length: 200 }, (_, i) => append(entry(`ledger-${i}`))),
    ]);
    expect(await check(given.pool)).toMatchObject({ checked: 350, broken: null, head: { seq: 350 } });
  });

  it('leaves no gap when a transaction fails', async () => {
    await append(entry('a1'));
    await expect(
      given.pool.query("BEGIN; INSERT INTO audit (id, at, actor, action, subject) VALUES ('x', now(), 'x', 'y', 'z'); SELECT 1/0; COMMIT"),
    ).rejects.toThrow();
    await given.pool.query('ROLLBACK');
    await append(entry('a2'));
    expect(await check(given.pool)).toMatchObject({ checked: 2, broken: null });
  });

  it('is checked in stretches, from any point on', async () => {
    await append(...Array.from({ length: 25 }, (_, i) => entry(`a${i}`)));
    let from = AUDIT_START;
    const stretches: number[] = [];
    for (let done = false; !done; ) {
      const found = await check(given.pool, { from, limit: 10 });
      expect(found.broken).toBeNull();
      stretches.push(found.checked);
      ({ last: from, done } = found);
    }
    expect(stretches).toEqual([10, 10, 5]);
  });

  it.each([
    'UPDATE audit SET actor = actor',
    "DELETE FROM audit WHERE id = 'none'",
    'TRUNCATE audit',
    'TRUNCATE audit_head',
    'UPDATE audit_head SET seq = 0',
    'DELETE FROM audit_head',
    "INSERT INTO audit_head VALUES (2, 0, '')",
  ])('cannot be changed: %s', async (sql) => {
    await append(entry('a1'));
    await expect(given.pool.query(sql)).rejects.toThrow(/append-only/);
  });

  it.each([
    ['changed', "UPDATE audit SET actor = 'nobody' WHERE id = 'a2'", { seq: 2, id: 'a2', reason: 'it is not what was written' }],
    [
      'changed before',
      "UPDATE audit SET before = '{\"a\": 1}' WHERE id = 'a2'",
      { seq: 2, id: 'a2', reason: 'it is not what was written' },
    ],
    [
      'changed, with its hash put right',
      "UPDATE audit SET actor = 'nobody' WHERE id = 'a2'; UPDATE audit SET hash = audit_hash(audit) WHERE id = 'a2'",
      { seq: 3, id: 'a3', reason: 'it does not follow the entry before it' },
    ],
    ['removed in the middle', "DELETE FROM audit WHERE id IN ('a2', 'a3')", { seq: 2, id: null, reason: 'entries 2 to 3 are missing' }],
    ['removed at the end', "DELETE FROM audit WHERE id = 'a4'", { seq: 4, id: null, reason: 'it is missing' }],
    ['removed at the start', "DELETE FROM audit WHERE id = 'a1'", { seq: 1, id: null, reason: 'it is missing' }],
    ['removed altogether', 'DELETE FROM audit', { seq: 1, id: null, reason: 'entries 1 to 4 are missing' }],
    [
      'rewritten at the end',
      "UPDATE audit SET actor = 'nobody' WHERE id = 'a4'; UPDATE audit SET hash = audit_hash(audit) WHERE id = 'a4'",
      { seq: 4, id: null, reason: 'the head of the chain is not this entry' },
    ],
  ])('shows which entry was %s', async (_name, sql, broken) => {
    await append(entry('a1'), entry('a2'), entry('a3'), entry('a4'));
    await tamper(sql);
    expect((await check(given.pool)).broken).toEqual(broken);
  });

  it('cut off at its end with the head put right looks whole, and is found out by a hash noted before', async () => {
    await append(entry('a1'), entry('a2'));
    const noted = await readAuditHead(given.pool);
    await append(entry('a3'));
    expect(await check(given.pool, { expect: noted.hash })).toMatchObject({ broken: null, expectedAt: 2 });
    await tamper("DELETE FROM audit WHERE id <> 'a1'; UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit)");
    expect(await check(given.pool, { expect: noted.hash })).toMatchObject({ broken: null, expectedAt: null });
  });
});

describe('the migration to the chain', () => {
  const server = inject('postgres').url;
  const name = `test_audit_${process.hrtime.bigint()}`;
  let pool: pg.Pool;
  beforeAll(async () => {
    await administer(server, `CREATE DATABASE ${name}`);
    pool = new pg.Pool({ connectionString: databaseUrl(server, name), max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await administer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  const run = (migration: string) => pool.query(readFileSync(join(migrationsDirectory, migration, 'migration.sql'), 'utf8'));

  it('chains what is there, oldest first', async () => {
    const earlier = readdirSync(migrationsDirectory).filter((folder) => /^\d+_/.test(folder) && folder < MIGRATION);
    for (const migration of earlier.sort()) await run(migration);
    await pool.query(`INSERT INTO audit (id, at, actor, action, subject, before, after)
      SELECT 'old-' || i, timestamptz '2026-03-01' - i * interval '1 hour', 'ann', 'risk.set', 'all', NULL, '{"i" : 1.0}' FROM generate_series(1, 300) AS i`);
    await run(MIGRATION);
    expect(await check(pool)).toMatchObject({ checked: 300, broken: null, head: { seq: 300 } });
    const { rows } = await pool.query('SELECT id FROM audit ORDER BY seq LIMIT 1');
    expect(rows).toEqual([{ id: 'old-300' }]);
  });
});
