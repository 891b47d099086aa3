import type { Instance } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import type { Site } from './site.ts';

async function isHalted(instance: Instance): Promise<boolean> {
  return (await instance.call('GET', '/api/v1/trading/state')).body.mode === 'halted';
}

function inForce(instances: readonly Instance[]): Promise<unknown> {
  return Promise.all(instances.map((instance) => until(() => isHalted(instance), { what: 'the halt to be seen', timeoutMs: 20_000 })));
}

/** Halts by way of one instance, and measures until it is stored and in force on all of them, milliseconds. The caller resumes. */
export async function haltIsInForceAfterMs({ world }: Site, instances: readonly Instance[] = world.instances): Promise<number> {
  const [giver = world.instance] = instances.slice(1);
  const askedAt = performance.now();
  const answer = await giver.call('POST', '/api/v1/trading/halt', { reason: 'enough' });
  if (answer.body.mode !== 'halted') throw new Error(`the halt was answered ${answer.status}: ${answer.text}`);
  await inForce(instances);
  return performance.now() - askedAt;
}

/** Halts while nobody leads (and so nothing is sent), and measures from the moment somebody does until it is in force, milliseconds. */
export async function haltWhileNobodyLeads(instances: readonly Instance[], newLeader: Promise<unknown>): Promise<number> {
  const [giver] = instances;
  const given = giver?.call('POST', '/api/v1/trading/halt', { reason: 'in between' });
  await newLeader;
  const ledAt = performance.now();
  await inForce(instances);
  const tookMs = performance.now() - ledAt;
  await given;
  return tookMs;
}
