import { expect, it } from 'vitest';
import { type Cluster, openCluster } from '../helpers/cluster.ts';
import { type Instance, send } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';

const NAMES = ['a', 'b', 'c'];
const OFFICE = '203.0.113.5';
/** Requests may come from anywhere: each is as if one trusted proxy had received it. */
const BEHIND_PROXY = { TRUST_PROXY_HOPS: '1' };

let alerts = 0;

async function post(cluster: Cluster, instance: Instance, from: string): Promise<number> {
  alerts += 1;
  const body = { id: `alert-${alerts}`, action: 'close', symbol: 'BTCUSDT' };
  return (await send(instance.url + cluster.hookPath, 'POST', body, { 'x-forwarded-for': from })).status;
}

/** Resolves when every instance answers so, each within a second. */
function everywhere(cluster: Cluster, from: string, status: number): Promise<unknown> {
  return Promise.all(
    cluster.instances.map((instance) =>
      until(async () => (await post(cluster, instance, from)) === status, {
        what: `${status} for ${from} from every instance`,
        timeoutMs: 1_000,
        everyMs: 50,
      }),
    ),
  );
}

it('a whitelist entry counts on every instance within a second, and ends on each by itself; also when notifications do not come', async () => {
  const cluster = await openCluster({ names: NAMES, environment: BEHIND_PROXY });
  await comeAndGo(cluster, OFFICE);
  const stop = new AbortController();
  const cutting = cutListeners(cluster, stop.signal);
  await comeAndGo(cluster, '203.0.113.6').finally(() => stop.abort());
  await cutting;
});

async function comeAndGo(cluster: Cluster, address: string): Promise<void> {
  expect(await post(cluster, cluster.named('b'), address)).toBe(403);
  const added = await cluster.named('a').call('POST', '/api/v1/whitelist', { cidr: address, label: 'office' });
  expect(added.status, added.text).toBe(201);
  await everywhere(cluster, address, 202);
  const removed = await cluster.named('c').call('DELETE', `/api/v1/whitelist/${String(added.body.id)}`);
  expect(removed.status, removed.text).toBe(204);
  await everywhere(cluster, address, 403);
  const brief = await cluster.named('b').call('POST', '/api/v1/whitelist', { cidr: address, forSec: 2 });
  const end = Date.parse(String(brief.body.expiresAt));
  await everywhere(cluster, address, 202);
  await until(() => Date.now() >= end, { what: 'the end of the entry' });
  for (const instance of cluster.instances) expect(await post(cluster, instance, address)).toBe(403);
}

/** Ends every session that listens for news of settings, again and again. */
async function cutListeners({ database }: Cluster, signal: AbortSignal): Promise<void> {
  const listening = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '% reader' AND query LIKE 'LISTEN%'`;
  while (!signal.aborted) {
    await database.pool.query(listening);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
