import { expect } from 'vitest';
import type { Evidence } from '../e2e/evidence.ts';
import { expectInvariants } from '../e2e/invariants.ts';
import type { Delivery, Json } from '../e2e/world.ts';
import type { Instance } from '../helpers/instance.ts';
import { MAX_POSITION_NOTIONAL, type Site } from './site.ts';
import { isGreedy } from './traffic.ts';

export interface VerdictOptions {
  /** Who is asked. */
  readonly instance?: Instance;
  /** Client order ids at the exchange that are none of ours. */
  readonly foreign?: readonly string[];
}

/** So many alerts that want too much are enough to be sure that one of them was refused. */
const GREEDY_ENOUGH = 4;

/** The eight invariants hold (e2e/invariants.ts), and every alert that was promised took effect exactly once. */
export async function expectAllWell(site: Site, deliveries: readonly Delivery[], options: VerdictOptions = {}): Promise<void> {
  const evidence = await judge(site, deliveries, options);
  const ordinary = deliveries.filter((delivery) => !isGreedy(delivery));
  expect(unfinished(evidence, ordinary), 'promised and not executed').toEqual([]);
}

/**
 * Where alerts may also be refused: the eight invariants hold, and what every promised one ended as is what happened at the
 * exchange. Resolves with the signals of those that were refused or failed, as far as they asked for no more than is allowed.
 */
export async function expectTruthTold(site: Site, deliveries: readonly Delivery[], options: VerdictOptions = {}): Promise<Json[]> {
  const evidence = await judge(site, deliveries, options);
  const failed = unfinished(
    evidence,
    deliveries.filter((delivery) => !isGreedy(delivery)),
  );
  const ids = new Set(failed.map(({ id }) => id));
  const executed = evidence.orders.filter(({ signal_id: id, filled_quantity: filled }) => ids.has(id) && filled !== '0');
  expect(executed, 'executed, and yet told to have failed').toEqual([]);
  return failed;
}

/** Those of the promised alerts that did not end as one order, filled. */
function unfinished({ signals, orders }: Evidence, deliveries: readonly Delivery[]) {
  const promised = new Set(deliveries.flatMap(({ signalId }) => signalId ?? []));
  return signals
    .filter(({ id }) => promised.has(id))
    .map(({ id, status, code }) => ({
      id,
      status,
      code,
      orders: orders.filter((order) => order.signal_id === id).map((order) => order.status),
    }))
    .filter((end) => end.status !== 'done' || end.orders.join() !== 'filled');
}

async function judge(site: Site, deliveries: readonly Delivery[], options: VerdictOptions): Promise<Evidence> {
  const evidence = await expectInvariants(site.world, deliveries, {
    ...options,
    maxPositionNotional: MAX_POSITION_NOTIONAL,
    elsewhere: await dumpRedis(site),
  });
  const greedy = deliveries.filter(isGreedy);
  const refused = evidence.signals.filter(({ code }) => code === 'POSITION_NOTIONAL_LIMIT');
  if (greedy.length >= GREEDY_ENOUGH) expect(refused.length, 'I8 rests on alerts that went too far').toBeGreaterThan(0);
  return evidence;
}

/** Everything Redis holds, as text. */
async function dumpRedis({ redis: { client } }: Site): Promise<string> {
  const texts: unknown[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'stream') texts.push(await client.xrange(key, '-', '+'));
    else if (type === 'hash') texts.push(await client.hgetall(key));
    else if (type === 'set') texts.push(await client.smembers(key));
    else if (type === 'zset') texts.push(await client.zrange(key, '0', '-1'));
    else if (type === 'list') texts.push(await client.lrange(key, 0, -1));
    else texts.push(await client.get(key));
    texts.push(key);
  }
  return JSON.stringify(texts);
}
