import { describe, expect, it } from 'vitest';
import { openPool } from '../../src/ledger/pools.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { alert, type Cluster, LEASE_TTL_MS, leader, leaseOf, openCluster } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';

describe('two processes under one name', () => {
  it('do not share a lease: one leads, and a killed one is replaced when its lease has run out, not before', async () => {
    const cluster = await openCluster({ names: ['twin', 'twin'] });
    const [one, two] = cluster.instances;
    if (!one || !two) throw new Error('two were asked for');
    const before = await leaseOf(cluster);
    const leads = await whoLeads(cluster);
    const listed = async () => (await one.call('GET', '/api/v1/cluster')).body;
    await until(async () => ((await listed()).instances as unknown[]).length === 2, { what: 'both to be listed' });
    expect(await listed()).toMatchObject({
      leader: 'twin',
      instances: expect.arrayContaining([
        expect.objectContaining({ id: 'twin', role: 'leader' }),
        expect.objectContaining({ id: 'twin', role: 'follower' }),
      ]),
    });
    await new Promise((resolve) => setTimeout(resolve, LEASE_TTL_MS)); // Not a wait for something: they must not take turns.
    expect(await leaseOf(cluster)).toEqual(before);

    const [killed, left] = leads === 0 ? [one, two] : [two, one];
    await killed.kill();
    const startedAt = performance.now();
    await until(async () => (await leaseOf(cluster)).epoch > before.epoch, { what: 'the other to lead', timeoutMs: 10_000 });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(LEASE_TTL_MS / 2); // The lease had at least two thirds of its life left.
    expect(tookMs).toBeLessThan(2 * LEASE_TTL_MS);
    expect((await alert(cluster, left, 'after all')).status).toBe(202);
  });
});

/** Place of the instance that leads, by its own metrics: its name does not tell. */
async function whoLeads({ instances }: Cluster): Promise<number> {
  const gauges = await Promise.all(instances.map(async (instance) => (await instance.call('GET', '/metrics')).text));
  const leading = gauges.map((text) => /^signalman_leader\{instance="twin"\} 1$/m.test(text));
  expect(leading.filter(Boolean)).toHaveLength(1);
  return leading.indexOf(true);
}

describe('a leader that is frozen', () => {
  it.each([{ ttlMs: 1_000 }, { ttlMs: 3_000 }])(
    'row 7: in a ledger transaction that holds the lease row ($ttlMs ms): replaced within two leases, and the transaction comes to nothing',
    async ({ ttlMs }) => {
      const cluster = await openCluster({ names: ['a', 'b'], environment: { LEASE_TTL_MS: String(ttlMs) } });
      const first = await leader(cluster);
      const { holder, epoch } = await leaseOf(cluster);
      // The leader's own connections cannot be frozen between two statements, because it sends a transaction whole. This is one
      // like them, where that has happened.
      const writer = openPool('writer', { url: cluster.database.url, size: 1, instance: 'frozen', logger: silentLogger });
      const client = await writer.pool.connect();
      try {
        process.kill(cluster.named(first).pid, 'SIGSTOP');
        const startedAt = performance.now();
        await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${Math.min(ttlMs, 2_000)}`);
        await client.query('SELECT assert_leader($1, $2)', [epoch, holder]);
        expect(await leader(cluster, first)).not.toBe(first);
        expect(performance.now() - startedAt).toBeLessThan(2 * ttlMs);
        await expect(client.query('COMMIT')).rejects.toThrow();
      } finally {
        client.release(true);
        await writer.close();
        process.kill(cluster.named(first).pid, 'SIGCONT');
      }
    },
  );

  it('row 6: writes nothing more when it thaws: its epoch is over, in its own eyes and in those of Postgres', async () => {
    const cluster = await openCluster({ names: ['a', 'b'] });
    const first = cluster.named(await leader(cluster));
    const other = cluster.instances.find((instance) => instance !== first);
    const old = await leaseOf(cluster);
    process.kill(first.pid, 'SIGSTOP');
    await until(async () => (await leaseOf(cluster)).epoch > old.epoch, { what: 'a new leader', timeoutMs: 10_000 });
    process.kill(first.pid, 'SIGCONT');
    await until(() => first.output().includes('no longer leading'), { what: 'the old leader to notice' });
    await expect(cluster.database.pool.query('SELECT assert_leader($1, $2)', [old.epoch, old.holder])).rejects.toThrow(/is over/);
    const accepted = await alert(cluster, first, 'after the thaw');
    expect(accepted.status).toBe(202);
    const status = async () => (await other?.call('GET', `/api/v1/signals/${String(accepted.body.signalId)}`))?.body.status === 'done';
    await until(status, { what: 'the alert to be carried out' });
  });
});
