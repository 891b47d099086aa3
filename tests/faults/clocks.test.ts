import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, LEASE_TTL_MS, leaderOf, newLeader, openSite, type Site } from './site.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { expectAllWell, expectTruthTold } from './verdict.ts';

/** Just below what the hook lets an alert age: that goes by the wall clocks of who took it and who carries it out. */
const ALMOST_TEN_MINUTES_MS = 590_000;

/** Instances whose clocks can be moved and whose event loop can be blocked from outside. */
async function openWithClocks(): Promise<Site & { tell(name: string, what: { clockMs?: number; blockMs?: number }): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'signalman-clocks-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'fault.json');
  const preload = fileURLToPath(new URL('clock.mjs', import.meta.url));
  const site = await openSite({ environment: { NODE_OPTIONS: `--import=${preload}`, FAULT_FILE: file } });
  return {
    ...site,
    tell: (name, what) => {
      writeFileSync(file, JSON.stringify(what));
      process.kill(site.named(name).pid, 'SIGUSR2');
    },
  };
}

const underWay = (traffic: Traffic) => until(() => traffic.promised() >= 60, { what: 'alerts to be flowing', timeoutMs: 20_000 });
const others = (site: Site, name: string) => site.world.instances.filter((instance) => instance !== site.named(name));

describe.skipIf(!(await haveRedisServer()))('the time of an instance', () => {
  it.each([
    { name: 'almost ten minutes ahead', clockMs: ALMOST_TEN_MINUTES_MS },
    { name: 'almost ten minutes back', clockMs: -ALMOST_TEN_MINUTES_MS },
  ])(
    'row 26: the leader’s wall clock is stepped, $name: it keeps its lease, and takes over the clock of the exchange',
    {
      timeout: 120_000,
    },
    async ({ clockMs }) => {
      const site = await openWithClocks();
      const traffic = startTraffic(site.world);
      await underWay(traffic);
      const leader = (await leaderOf(site)) ?? '';
      site.tell(leader, { clockMs });
      const filled = () => site.world.exchange.book.orders.length;
      const before = filled();
      await until(() => filled() > before + 60, { what: 'alerts to be carried out', timeoutMs: 40_000 });
      expect(await leaderOf(site, others(site, leader))).toBe(leader);
      expect(site.named(leader).output()).not.toMatch(/no longer leading/);
      site.tell(leader, { clockMs: 0 });
      const back = filled();
      await until(() => filled() > back + 60, { what: 'alerts to be carried out', timeoutMs: 40_000 });
      // Until the clock of the exchange is taken over, it refuses what was signed with the wrong time.
      const failed = await expectTruthTold(site, await traffic.stop());
      for (const { code } of failed) expect(['VENUE_CLOCK', 'SIGNAL_STALE', 'SIGNAL_FROM_FUTURE']).toContain(code);
    },
  );

  it('row 27: the leader’s event loop is blocked for eight seconds: another leads, and it sends nothing when it comes back', {
    timeout: 120_000,
  }, async () => {
    const site = await openWithClocks();
    const traffic = startTraffic(site.world);
    await underWay(traffic);
    const leader = (await leaderOf(site)) ?? '';
    const blockedAt = performance.now();
    site.tell(leader, { blockMs: 8_000 });
    await newLeader(site, { before: leader, witnesses: others(site, leader) });
    const overAt = performance.now();
    expect(overAt - blockedAt).toBeLessThan(2 * LEASE_TTL_MS);
    await until(() => site.named(leader).output().includes('no longer leading'), { what: 'it to find out', timeoutMs: 20_000 });
    // What it had handed to the kernel before is still delivered; nothing is written after it woke.
    expect(site.linesOf(leader).ordersSent.filter((at) => at > blockedAt + 7_500)).toEqual([]);
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
  });
});
