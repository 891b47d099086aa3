import { expect } from 'vitest';
import { expectBooksEqual, expectExactlyOnce } from '../e2e/books.ts';
import { type Delivery, type Json, list, settled } from '../e2e/world.ts';
import { ADMIN_TOKEN, type Instance } from '../helpers/instance.ts';
import type { Site } from './site.ts';

export interface VerdictOptions {
  /** Who is asked. */
  readonly instance?: Instance;
  readonly beside?: readonly string[];
}

/** Every alert that was promised took effect exactly once, the ledger is the exchange's book, every command ended, no secret was logged. */
export async function expectAllWell(site: Site, deliveries: readonly Delivery[], options: VerdictOptions = {}): Promise<void> {
  const { world } = site;
  const { instance = world.instance, beside = [] } = options;
  await settled(instance, 60_000);
  await expectExactlyOnce(world, deliveries, { instance, beside });
  await expectBooksEqual(world, { sameOrder: false, instance });
  expectNoSecretIn(site);
}

/**
 * Where alerts may also be refused: every promised one ended, and what it ended as is what happened at the exchange. Resolves
 * with the signals of those that were refused or failed.
 */
export async function expectTruthTold(site: Site, deliveries: readonly Delivery[], options: VerdictOptions = {}): Promise<Json[]> {
  const { world } = site;
  const { instance = world.instance } = options;
  const signals = await settled(instance, 60_000);
  const known = new Map(signals.map((signal) => [String(signal.id), signal]));
  for (const { signalId, alert } of deliveries)
    if (signalId !== null) expect(known.has(signalId), `the promised ${JSON.stringify(alert)} is known`).toBe(true);
  const orders = await list(instance, '/api/v1/orders');
  expect(world.exchange.duplicates(), 'orders accepted twice by the exchange').toEqual([]);
  for (const order of orders) {
    const [there] = world.exchange.book.accepted(String(order.clientOrderId));
    const filled = order.status === 'filled' || order.status === 'canceled';
    expect(there !== undefined, JSON.stringify(order)).toBe(filled);
    if (there) expect(there.executedQty.toFixed(), JSON.stringify(order)).toBe(String(order.filledQuantity));
  }
  const bySignal = orders.map(({ signalId }) => signalId);
  expect(new Set(bySignal).size, 'orders for one alert').toBe(bySignal.length);
  await expectBooksEqual(world, { sameOrder: false, instance });
  expectNoSecretIn(site);
  return signals.filter(({ status }) => status !== 'done');
}

/** Nothing an instance has said holds a key, a token or a password. */
export function expectNoSecretIn({ world, postgres }: Site): void {
  const { apiKey, secret } = world.exchange.credentials;
  const password = postgres ? new URL(postgres.url).password : null;
  const secrets = [apiKey, secret, ADMIN_TOKEN, world.hookKey, ...(password ? [password] : []), 'signature='];
  for (const [index, instance] of world.instances.entries())
    for (const text of secrets) expect(instance.output().includes(text), `instance ${index} logged ${text}`).toBe(false);
}
