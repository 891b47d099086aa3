import { describe, expect, it } from 'vitest';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, leaderOf, newLeader, openSite, type Site } from './site.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { expectAllWell } from './verdict.ts';

const underWay = (traffic: Traffic) => until(() => traffic.promised() >= 40, { what: 'alerts to be flowing', timeoutMs: 20_000 });

/** What a version after this one may do to the schema while this one still runs: add. */
const NEWER_MIGRATION = `
  INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('newer', 'newer', '99991231000000_newer', now(), 1);
  ALTER TABLE orders ADD COLUMN "added_later" TEXT;
  ALTER TABLE signals ADD COLUMN "added_later" TEXT NOT NULL DEFAULT 'x';
  CREATE TABLE "made_later" ("id" INTEGER PRIMARY KEY);`;

async function epochOf(site: Site): Promise<number> {
  const result = await site.world.database?.pool.query<{ epoch: number }>('SELECT epoch::int FROM leader_lease');
  return result?.rows[0]?.epoch ?? 0;
}

const apart = (site: Site, name: string) => site.world.instances.filter((instance) => instance !== site.named(name));

describe.skipIf(!(await haveRedisServer()))('a cluster is deployed anew', () => {
  it('row 28: SIGTERM and no time to drain', { timeout: 120_000 }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    for (const name of site.names) {
      process.kill(site.named(name).pid, 'SIGTERM');
      await site.named(name).kill('SIGKILL');
      await newLeader(site, { witnesses: apart(site, name) });
      await site.named(name).restart();
    }
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
  });

  it('row 25: the lease is taken by force, again and again: whoever led under the old epoch writes nothing more', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite({ names: ['one', 'two'] });
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const first = await epochOf(site);
    for (let time = 0; time < 4; time += 1) {
      const taken = traffic.promised();
      // Nobody: the epoch counts on, and the lease is free at once.
      await site.world.database?.pool.query("UPDATE leader_lease SET epoch = epoch + 1, holder = 'nobody', expires_at = '-infinity'");
      await until(() => traffic.promised() > taken + 15, { what: 'alerts to flow on', timeoutMs: 20_000 });
    }
    await allReady(site);
    expect(await epochOf(site)).toBeGreaterThanOrEqual(first + 5);
    await expectAllWell(site, await traffic.stop());
  });

  it('row 29: a newer version has moved the schema on: the older one runs, starts, and leads beside it', { timeout: 120_000 }, async () => {
    const site = await openSite();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    await site.world.database?.pool.query(NEWER_MIGRATION);
    const epochs = [await epochOf(site)];
    for (const name of site.names) {
      const before = await leaderOf(site);
      await site.named(name).kill('SIGTERM');
      if (before === name) await newLeader(site, { before: name, witnesses: apart(site, name) });
      await site.named(name).restart();
      expect(site.named(name).output()).toMatch(/migrated by a newer version/);
      epochs.push(await epochOf(site));
    }
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    expect(epochs.at(-1)).toBeGreaterThan(epochs[0] ?? 0);
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
  });
});
