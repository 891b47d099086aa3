import { expect, it } from 'vitest';
import { alert, type Cluster, created, leader, openCluster } from '../helpers/cluster.ts';
import { type Instance, send } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';

const NAMES = ['a', 'b', 'c'];

async function followersOf(cluster: Cluster): Promise<Instance[]> {
  const leading = await leader(cluster);
  return NAMES.filter((name) => name !== leading).map((name) => cluster.named(name));
}

async function statusOf(cluster: Cluster, instance: Instance, id: string): Promise<Record<string, unknown>> {
  const { body } = await alert(cluster, instance, id);
  const signal = async () => {
    const answer = await instance.call('GET', `/api/v1/signals/${String(body.signalId)}`);
    return answer.status === 200 && answer.body.status !== 'accepted' && answer.body.status !== 'executing' ? answer.body : null;
  };
  return until(signal, { what: `the fate of ${id}` });
}

it('a halt given to any instance works everywhere within a second', async () => {
  const cluster = await openCluster({ names: NAMES });
  for (const [turn, giver] of cluster.instances.entries()) {
    const startedAt = performance.now();
    expect((await giver.call('POST', '/api/v1/trading/halt', { reason: `turn ${turn}` })).body).toMatchObject({ mode: 'halted' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    // Once it is answered it is in force: no alert that comes later, by whatever way, is carried out.
    for (const instance of cluster.instances) {
      expect((await instance.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'halted', reason: `turn ${turn}` });
      expect(await statusOf(cluster, instance, `halted-${turn}-${instance.pid}`)).toMatchObject({
        status: 'refused',
        code: 'TRADING_HALTED',
      });
    }
    await giver.call('POST', '/api/v1/trading/resume', {});
    expect(await statusOf(cluster, giver, `resumed-${turn}`)).toMatchObject({ status: 'done' });
  }
});

it('who asks a follower for a change is answered as soon as the leader has made it', async () => {
  const cluster = await openCluster({ names: NAMES });
  const [follower] = await followersOf(cluster);
  if (!follower) throw new Error('there is no follower');
  const times: number[] = [];
  for (let n = 0; n < 21; n++) {
    const startedAt = performance.now();
    expect((await follower.call('PUT', '/api/v1/risk/limits', { maxOpenOrders: 100 + n })).status).toBe(200);
    times.push(performance.now() - startedAt);
  }
  expect(times.sort((x, y) => x - y)[10]).toBeLessThan(200);
});

it.each([
  { name: 'by notification', cut: false },
  { name: 'or by looking, when notifications do not come', cut: true },
])('what changes about a hook counts on every instance within a second: $name', async ({ cut }) => {
  const cluster = await openCluster({ names: NAMES });
  const stop = new AbortController();
  const cutting = cut ? cutListeners(cluster, stop.signal) : Promise.resolve();
  try {
    const hook = await created(cluster.named('a'), '/api/v1/hooks', { name: 'new', accounts: ['main'] });
    const path = `/hooks/${String(hook.key)}`;
    const post = async (instance: Instance, id: string) =>
      (await send(instance.url + path, 'POST', { id, action: 'close', symbol: 'BTCUSDT' })).status;
    const everywhere = async (status: number, id: string) =>
      Promise.all(
        cluster.instances.map((instance) =>
          until(async () => (await post(instance, `${id}-${instance.pid}`)) === status, {
            what: `${status} from every instance`,
            timeoutMs: 1_000,
            everyMs: 50,
          }),
        ),
      );
    await everywhere(202, 'made');
    expect((await cluster.named('b').call('DELETE', `/api/v1/hooks/${String(hook.id)}`)).status).toBeLessThan(300);
    await everywhere(401, 'removed');
  } finally {
    stop.abort();
    await cutting;
  }
});

/** Ends every session that listens for news of settings, again and again. */
async function cutListeners({ database }: Cluster, signal: AbortSignal): Promise<void> {
  const listening = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '% reader' AND query LIKE 'LISTEN%'`;
  while (!signal.aborted) {
    await database.pool.query(listening);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('/cluster names the leader, epoch, lag, and every instance with role, version and when it was last heard of, on each alike', async () => {
  const cluster = await openCluster({ names: NAMES });
  const leading = await leader(cluster);
  for (const instance of cluster.instances) {
    const { body } = await instance.call('GET', '/api/v1/cluster');
    expect(body).toMatchObject({ leader: leading, epoch: expect.any(Number), lag: expect.any(Number) });
    const listed = body.instances as { id: string; role: string; version: string; lastSeenAt: string }[];
    expect(listed.map(({ id }) => id).sort()).toEqual(NAMES);
    for (const { id, role, version, lastSeenAt } of listed) {
      expect({ role, version }).toEqual({ role: id === leading ? 'leader' : 'follower', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
      expect(Date.now() - Date.parse(lastSeenAt)).toBeLessThan(10_000);
    }
  }
  const metrics = (await cluster.named('a').call('GET', '/metrics')).text;
  expect(metrics).toMatch(/signalman_leader\{instance="a"\} [01]/);
  expect(metrics).toMatch(/signalman_breaker\{breaker="Postgres reads",instance="a"\} 0/);
  expect(cluster.named('b').output()).toMatch(/"instance":"b"/);
});
