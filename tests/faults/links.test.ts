import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, LEASE_TTL_MS, leaderOf, newLeader, openSite, type Site } from './site.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { expectAllWell, expectTruthTold } from './verdict.ts';

const underWay = (traffic: Traffic) => until(() => traffic.promised() >= 60, { what: 'alerts to be flowing', timeoutMs: 20_000 });

async function leaderAndOthers(site: Site) {
  const leader = (await leaderOf(site)) ?? '';
  return { leader, others: site.world.instances.filter((instance) => instance !== site.named(leader)) };
}

describe.skipIf(!(await haveRedisServer()))('row 24: the leader is behind a black hole', () => {
  it('towards Postgres only: another leads within two leases, and it sends nothing once its lease is over', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const { leader, others } = await leaderAndOthers(site);
    site.linesOf(leader).postgres.hold();
    const heldAt = performance.now();
    await newLeader(site, { before: leader, witnesses: others });
    const overAt = performance.now();
    expect(overAt - heldAt).toBeLessThan(2 * LEASE_TTL_MS);
    await delay(LEASE_TTL_MS / 2); // It could still send in that time.
    expect(site.linesOf(leader).ordersSent.filter((at) => at > overAt)).toEqual([]);
    expect(site.named(leader).output()).toMatch(/no longer leading/);
    site.linesOf(leader).postgres.mend();
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
  });

  it('towards Redis only: another leads before long, and no command is lost', { timeout: 120_000 }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const { leader, others } = await leaderAndOthers(site);
    const executed = () => site.world.exchange.book.orders.length;
    site.linesOf(leader).redis.hold();
    await newLeader(site, { before: leader, witnesses: others });
    const before = executed();
    await until(() => executed() > before + 20, { what: 'alerts to be carried out by another', timeoutMs: 20_000 });
    site.linesOf(leader).redis.mend();
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
  });

  it('towards the exchange only: what is in doubt is found out, and what never left is sent once it is back', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const { leader } = await leaderAndOthers(site);
    site.linesOf(leader).venue.hold();
    await delay(4_000); // Long enough for requests to time out.
    site.linesOf(leader).venue.mend();
    const mended = traffic.promised();
    await until(() => traffic.promised() > mended + 20, { what: 'alerts to be taken', timeoutMs: 20_000 });
    const failed = await expectTruthTold(site, await traffic.stop());
    // Row 8 as well: what was signed in time and arrived late, the exchange has refused.
    const late = site.world.exchange.requestsTo('POST /api/v3/order').filter(({ status }) => status === 400);
    expect(late.length).toBeGreaterThan(0);
    expect(failed).toEqual([]); // Ten minutes is what an alert may take here.
  });
});
