import { describe, expect, it } from 'vitest';
import { type Delivery, type Json, settled } from '../e2e/world.ts';
import { haveRedisServer } from '../helpers/redis.ts';
import { type Mischief, makeMischief, quiet } from './mischief.ts';
import { allReady, GREEDY_SYMBOL, openSite, type Site } from './site.ts';
import { isGreedy, startTraffic } from './traffic.ts';
import { expectTruthTold } from './verdict.ts';

/** The long one: `node scripts/soak.mjs`. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 0.5);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const LONG = MINUTES > 2;
const FAULT_EVERY_MS = LONG ? 15_000 : 4_000;
const ALERT_EVERY_MS = LONG ? 150 : 60;
/** What may become of an alert other than its execution, and only when the exchange could not be reached until it was too old. */
const WITHOUT_EXCHANGE = new Set(['VENUE_UNREACHABLE', 'PRICE_UNAVAILABLE', 'ACCOUNT_UNAVAILABLE', 'NEVER_REACHED_VENUE', 'SIGNAL_STALE']);
/** The age up to which the hook of a world's alerts lets them be carried out. */
const MAX_AGE_MS = 600_000;

/** Whether an alert ended without execution although it could still have been carried out. */
async function endedEarly({ world }: Site, { id, receivedAt }: Json): Promise<boolean> {
  const { body } = await world.instance.call('GET', `/api/v1/signals/${String(id)}`);
  const endedAt = (body.events as { at: string }[]).at(-1)?.at ?? '';
  return Date.parse(endedAt) - Date.parse(String(receivedAt)) < MAX_AGE_MS;
}

function summary(site: Site, deliveries: readonly Delivery[], failed: readonly Json[], { done }: Mischief, epoch: unknown): string {
  const count = (items: readonly unknown[]) => String(items.length);
  const codes = [...new Set(failed.map(({ code }) => String(code)))].map(
    (code) => `${code} ×${failed.filter((signal) => signal.code === code).length}`,
  );
  const rows = [
    ['seed', String(SEED)],
    ['minutes', String(MINUTES)],
    [
      'faults',
      Object.entries(done)
        .map(([kind, times]) => `${kind} ×${times}`)
        .join(', '),
    ],
    ['alerts', count(deliveries)],
    ['promised with 202', count(deliveries.filter(({ signalId }) => signalId !== null))],
    ['sent more than once', count(deliveries.filter(({ statuses }) => statuses.length > 1))],
    ['executed at the exchange', count(site.world.exchange.book.orders)],
    ['executed twice', count(site.world.exchange.duplicates())],
    ['not executed, told why', codes.join(', ') || '0'],
    ['leaders, one after the other', String(epoch)],
  ];
  return rows.map(([name = '', value = '']) => `  ${name.padEnd(30)}${value}\n`).join('');
}

describe.skipIf(!(await haveRedisServer()))('soak', () => {
  it(`three instances, constant alerts and a random fault every ${FAULT_EVERY_MS / 1000} s (seed ${SEED})`, {
    timeout: MINUTES * 60_000 + 360_000,
  }, async () => {
    const site = await openSite({ ownPostgres: true });
    const traffic = startTraffic(site.world, { prefix: 'soak', everyMs: ALERT_EVERY_MS, sending: { resends: 60, everyMs: 1_000 } });
    const mischief = await makeMischief(site, { seed: SEED, everyMs: FAULT_EVERY_MS, forMs: MINUTES * 60_000 });
    const deliveries = await traffic.stop();
    await allReady(site);
    await quiet(site);
    await settled(site.world.instance, 120_000);
    const failed = await expectTruthTold(site, deliveries);
    const { epoch } = (await site.world.instance.call('GET', '/api/v1/cluster')).body;
    process.stdout.write(`soak\n${summary(site, deliveries, failed, mischief, epoch)}`);
    expect(mischief.surprises).toEqual([]);
    expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
    expect(failed.filter(({ code }) => !WITHOUT_EXCHANGE.has(String(code)))).toEqual([]);
    for (const signal of failed) expect(await endedEarly(site, signal), `given up too early: ${JSON.stringify(signal)}`).toBe(false);
    const ordinary = deliveries.filter((delivery) => !isGreedy(delivery));
    const executed = site.world.exchange.book.orders.filter(({ symbol }) => symbol !== GREEDY_SYMBOL);
    expect(executed.length + failed.length).toBe(ordinary.length);
  });
});
