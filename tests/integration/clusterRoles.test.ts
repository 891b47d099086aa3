import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { alert, type Cluster, LEASE_TTL_MS, leader, leaseOf, openCluster, sessionsOf } from '../helpers/cluster.ts';
import { type Instance, startInstance } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';

const FOLLOWER_KINDS = ['lease', 'log', 'reader'];
const LEADER_KINDS = [...FOLLOWER_KINDS, 'writer'];

async function expectSessions(cluster: Cluster, name: string, kinds: readonly string[]): Promise<void> {
  const same = async () => [...(await sessionsOf(cluster, name))].sort().join() === kinds.join();
  await until(same, { what: `${name} to have the sessions ${kinds}`, timeoutMs: 5_000 });
}

/** Everything an instance does for people, so that every pool it has is open. */
async function use(cluster: Cluster, instance: Instance): Promise<void> {
  expect((await alert(cluster, instance, `used-${instance.pid}`)).status).toBe(202);
  for (const path of ['orders', 'signals', 'portfolio/positions', 'cluster', 'trading/state'])
    expect((await instance.call('GET', `/api/v1/${path}`)).status).toBe(200);
}

it('only the leader has connections for the ledger: they come with promotion and go with demotion', async () => {
  const cluster = await openCluster({ names: ['a', 'b'] });
  for (const instance of cluster.instances) await use(cluster, instance);
  const first = await leader(cluster);
  const second = first === 'a' ? 'b' : 'a';
  await expectSessions(cluster, first, LEADER_KINDS);
  await expectSessions(cluster, second, FOLLOWER_KINDS);

  process.kill(cluster.named(first).pid, 'SIGSTOP');
  expect(await leader(cluster, first)).toBe(second);
  await expectSessions(cluster, second, LEADER_KINDS);
  process.kill(cluster.named(first).pid, 'SIGCONT');
  await expectSessions(cluster, first, FOLLOWER_KINDS);
  await use(cluster, cluster.named(first));

  // Deposed is not dismissed: it leads again when it is its turn.
  const { epoch } = await leaseOf(cluster);
  const startedAt = performance.now();
  const ended = cluster.named(second).kill('SIGTERM');
  expect(await leader(cluster, second)).toBe(first);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(await ended).toEqual({ code: 0, signal: null });
  expect((await leaseOf(cluster)).epoch).toBe(epoch + 1);
  await expectSessions(cluster, first, LEADER_KINDS);
});

it('Postgres refuses what the readers of a running follower, and of a leader, try to write', async () => {
  const cluster = await openCluster({ names: ['a', 'b'] });
  const listener = new pg.Client({ connectionString: cluster.database.url });
  await listener.connect();
  onTestFinished(() => listener.end());
  const heard: string[] = [];
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.query('LISTEN attempt');
  // Whoever reads the audit now tries to write on the way, and says what came of it.
  await cluster.database.pool.query(`
    CREATE FUNCTION try_to_write() RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE outcome TEXT := 'wrote';
    BEGIN
      BEGIN
        UPDATE leader_lease SET epoch = epoch + 1000;
      EXCEPTION WHEN read_only_sql_transaction THEN outcome := 'was refused';
      END;
      PERFORM pg_notify('attempt', current_setting('application_name') || ' ' || outcome);
      RETURN true;
    END $$;
    ALTER TABLE audit RENAME TO audit_rows;
    CREATE VIEW audit AS SELECT audit_rows.* FROM try_to_write() AS tried JOIN audit_rows ON tried`);
  for (const name of ['a', 'b']) expect((await cluster.named(name).call('GET', '/api/v1/audit')).status).toBe(200);
  await until(() => heard.length >= 2, { what: 'both attempts' });
  expect(heard.sort()).toEqual(['signalman a reader was refused', 'signalman b reader was refused']);
  expect((await leaseOf(cluster)).epoch).toBeLessThan(1_000);
});

it('a follower does all its work as a role that can write nothing but commands and heartbeats', async () => {
  const cluster = await openCluster({ names: ['leads'] });
  const { pool, url } = cluster.database;
  const role = `follower_${process.pid}`;
  await pool.query(`
    CREATE ROLE ${role} LOGIN PASSWORD 'secret';
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT INSERT, UPDATE ON command_log, command_dedupe TO ${role};
    GRANT USAGE ON SEQUENCE command_log_seq_seq TO ${role};
    GRANT INSERT, UPDATE, DELETE ON instances TO ${role}`);
  onTestFinished(async () => void (await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
  const limited = new URL(url);
  [limited.username, limited.password] = [role, 'secret'];
  const follower = await openFollower(cluster, limited.href);
  await use(cluster, follower);
  const halt = await follower.call('POST', '/api/v1/trading/halt', {});
  expect([halt.status, halt.body]).toMatchObject([200, { mode: 'halted' }]);
  const roles = async () => {
    const { body } = await follower.call('GET', '/api/v1/cluster');
    return body as { leader: string; lag: number; instances: { id: string; role: string }[] };
  };
  await until(async () => (await roles()).instances.length === 2, { what: 'both to be listed' });
  expect(await roles()).toMatchObject({ leader: 'leads', lag: 0 });
  expect(follower.output()).not.toMatch(/permission denied/);
});

async function openFollower(cluster: Cluster, url: string): Promise<Instance> {
  const follower = await startInstance({ ...cluster.environment, DATABASE_URL: url, INSTANCE_ID: 'follows', ROLE: 'follower' });
  onTestFinished(() => follower.close());
  return follower;
}

it('an instance that may only follow never leads: what it accepts waits, and is carried out by the first who may', async () => {
  const cluster = await openCluster({ names: ['a', 'b'], environments: [{}, { ROLE: 'follower' }] });
  await cluster.named('a').kill();
  const { epoch } = await leaseOf(cluster);
  const accepted = await alert(cluster, cluster.named('b'), 'while nobody leads');
  expect(accepted.status).toBe(202);
  await until(async () => !(await leaseOf(cluster)).held, { what: 'the lease to run out', timeoutMs: 2 * LEASE_TTL_MS });
  const pending = await cluster.named('b').call('GET', `/api/v1/signals/${String(accepted.body.signalId)}`);
  expect(pending.body.status ?? 'not there yet').not.toBe('done');
  await new Promise((resolve) => setTimeout(resolve, LEASE_TTL_MS)); // Not a wait for something: for a whole lease nothing may change.
  expect((await leaseOf(cluster)).epoch).toBe(epoch);
  await cluster.named('a').restart();
  const done = async () =>
    (await cluster.named('b').call('GET', `/api/v1/signals/${String(accepted.body.signalId)}`)).body.status === 'done';
  await until(done, { what: 'the alert to be carried out', timeoutMs: 10_000 });
});
