import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, FencedError, LedgerUnavailableError } from '../../src/ledger/ledger.ts';
import {
  account,
  actor,
  booked,
  EPOCH,
  entry,
  hook,
  limits,
  MIDNIGHT,
  NOON,
  notice,
  order,
  received,
  ruling,
  session,
  token,
  updated,
  user,
} from '../contract/ledgerFixture.ts';
import { openPostgresLedger, type PostgresLedgerUnderTest } from '../contract/ledgerPostgres.ts';
import { until } from '../helpers/until.ts';

/** What only a real database can show: sharing of transactions, locks, lost connections, notifications. */
describe('the ledger in Postgres', () => {
  let given: PostgresLedgerUnderTest;
  beforeEach(async () => {
    given = await openPostgresLedger();
  });
  afterEach(() => given.close());

  const append = (...changes: Change[]): Promise<void> => given.ledger.append(EPOCH, changes);
  const count = async (sql: string): Promise<number> => Number((await given.pool.query<{ count: string }>(sql)).rows[0]?.count);

  /** Holds the lease row as a candidate does who takes over, so that the ledger has to wait in the middle of a transaction. */
  async function holdLease(): Promise<{ release(): Promise<void>; takeOver(): Promise<void> }> {
    const client = await given.pool.connect();
    await client.query('BEGIN; SELECT FROM leader_lease WHERE id = 1 FOR UPDATE');
    const end = async (how: string): Promise<void> => {
      await client.query(how);
      client.release();
    };
    return {
      release: () => end('ROLLBACK'),
      takeOver: () => end("UPDATE leader_lease SET holder = 'second', epoch = epoch + 1; COMMIT"),
    };
  }

  async function waitingWriter(): Promise<number> {
    const sql =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'signalman test writer' AND wait_event_type = 'Lock'";
    const find = async (): Promise<number | undefined> => (await given.pool.query<{ pid: number }>(sql)).rows[0]?.pid;
    return until(find, { what: 'the ledger to wait for the lease' });
  }

  it('stores what many append at once in few transactions, and all of it', async () => {
    const appends = Array.from({ length: 300 }, (_, i) => append(received(`s${i}`), { kind: 'order.created', order: order(`s${i}`) }));
    await Promise.all(appends);
    expect(await count('SELECT count(*) FROM orders')).toBe(300);
    expect(await count('SELECT count(DISTINCT xmin::text) FROM orders')).toBeLessThan(30);
  });

  it('keeps every step of an order in its events, in order, whatever shared a transaction', async () => {
    const created = order('s1');
    const moves = Array.from({ length: 20 }, (_, i) => updated(created, { status: 'open', venueOrderId: String(i) }));
    await Promise.all([
      append({ kind: 'order.created', order: created }),
      ...moves.map((move, i) => append({ ...move, detail: String(i) } as Change)),
    ]);
    const { rows } = await given.pool.query<{ to_status: string; detail: string | null }>(
      'SELECT to_status, detail FROM order_events ORDER BY seq',
    );
    expect(rows.map(({ detail }) => detail)).toEqual([null, ...moves.map((_, i) => String(i))]);
    expect(rows[0]?.to_status).toBe('intent');
  });

  it('writes nothing at all of a transaction whose fence fails, though it was sent whole', async () => {
    await given.depose();
    const appends = Array.from({ length: 5 }, (_, i) => append(received(`s${i}`), notice(`n${i}`), booked(order(`s${i}`), `t${i}`)));
    for (const outcome of await Promise.allSettled(appends)) expect(outcome).toMatchObject({ reason: expect.any(FencedError) });
    for (const table of ['signals', 'outbox', 'fills', 'positions', 'balances'])
      expect(await count(`SELECT count(*) FROM ${table}`)).toBe(0);
  });

  it('holds off whoever takes over until a transaction that passed the fence is over', async () => {
    const writer = await given.pools.writer.connect();
    await writer.query(`BEGIN; SELECT assert_leader(${EPOCH}, 'first')`);
    const takeOver = 'SELECT FROM leader_lease WHERE id = 1 FOR UPDATE NOWAIT';
    await expect(given.pool.query(takeOver)).rejects.toThrow('could not obtain lock');
    await writer.query('COMMIT');
    writer.release();
    await expect(given.pool.query(takeOver)).resolves.toBeDefined();
  });

  it('is fenced when the takeover wins while its check waits', async () => {
    const lease = await holdLease();
    const late = append(notice('n1')).catch((error: unknown) => error);
    await waitingWriter();
    await lease.takeOver();
    expect(await late).toBeInstanceOf(FencedError);
    expect(await count('SELECT count(*) FROM outbox')).toBe(0);
  });

  it('reports a lost connection, stores nothing after it, and serves the next epoch', async () => {
    const lease = await holdLease();
    const outcomes = Promise.allSettled([append(notice('n1')), append(notice('n2'))]);
    const pid = await waitingWriter();
    await given.pool.query('SELECT pg_terminate_backend($1)', [pid]);
    await lease.release();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: expect.any(LedgerUnavailableError) });
    await expect(append(notice('n3'))).rejects.toThrow(LedgerUnavailableError);
    const successor = given.successor();
    const epoch = await given.depose();
    await successor.append(epoch, [notice('n4')]);
    expect((await successor.pending(10)).map(({ id }) => id)).toEqual(['n4']);
  });

  it('is unavailable while its database cannot be reached, also for reading', async () => {
    await given.pool.query('ALTER TABLE outbox RENAME TO gone');
    await expect(append(notice('n1'))).rejects.toThrow(LedgerUnavailableError);
    await expect(given.ledger.pending(10)).rejects.toThrow(LedgerUnavailableError);
  });

  it('does not keep the lease from being renewed while it writes without pause', async () => {
    let writing = true;
    const writers = Array.from({ length: 20 }, async (_, lane) => {
      for (let i = 0; writing; i += 1) await append(notice(`n${lane}-${i}`));
    });
    const renewals: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const startedAt = performance.now();
      await given.pool.query("UPDATE leader_lease SET expires_at = now() + interval '1 minute' WHERE epoch = $1", [EPOCH]);
      renewals.push(performance.now() - startedAt);
    }
    writing = false;
    await Promise.all(writers);
    expect(Math.max(...renewals)).toBeLessThan(1_000);
  });

  it('announces changes of the configuration and answers to commands after their commit', async () => {
    const heard: string[] = [];
    const listener = await given.pool.connect();
    listener.on('notification', ({ channel, payload }: pg.Notification) => heard.push(`${channel} ${payload}`));
    await listener.query('LISTEN signalman_config; LISTEN signalman_reply');
    await append({ kind: 'hook.put', hook });
    await append({ kind: 'reply', commandId: 'c1', status: 200, body: null, at: NOON, userId: null });
    await append(notice('n1'));
    await until(() => heard.length === 2, { what: 'both notifications' });
    listener.release(true);
    expect(heard).toEqual(['signalman_config 1', 'signalman_reply c1']);
  });

  it.each<[string, Change]>([
    ['an account', { kind: 'account.put', account }],
    ['a removed account', { kind: 'account.removed', accountId: account.id, at: NOON }],
    ['a hook', { kind: 'hook.put', hook }],
    ['a removed hook', { kind: 'hook.removed', hookId: hook.id, at: NOON }],
    ['a whitelist entry', { kind: 'whitelist.put', entry }],
    ['a removed whitelist entry', { kind: 'whitelist.removed', entryId: entry.id, at: NOON }],
    ['a ruling on an address', { kind: 'ban.ruled', ruling }],
    ['limits', { kind: 'risk.set', accountId: null, limits, at: NOON }],
    ['the trading state', { kind: 'trading.set', accountId: null, mode: 'halted', reason: null, actor, at: NOON, seq: 1 }],
    ['a user', { kind: 'user.put', user }],
    ['a session', { kind: 'session.put', session }],
    ['an ended session', { kind: 'session.removed', sessionId: session.id }],
    ['a token', { kind: 'token.put', token }],
    ['a revoked token', { kind: 'token.removed', tokenId: token.id }],
  ])('raises the configuration version with %s, and with nothing else', async (_, change) => {
    const version = 'SELECT version AS count FROM config_version';
    await append(notice('n1'), received('s1'));
    expect(await count(version)).toBe(0);
    await append(change);
    expect(await count(version)).toBe(1);
  });

  it('forgets the credentials of an account that is removed, and keeps its history', async () => {
    await append({ kind: 'account.put', account }, booked(order('s1'), 't1'));
    await append({ kind: 'account.removed', accountId: account.id, at: NOON });
    const { rows } = await given.pool.query('SELECT name, sealed_credentials FROM accounts');
    expect(rows).toEqual([{ name: 'main', sealed_credentials: null }]);
    expect((await given.ledger.load(MIDNIGHT)).positions).toHaveLength(1);
  });
});
