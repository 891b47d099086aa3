import { describe, expect, it } from 'vitest';
import { eventId } from '../../src/notify/composeMessage.ts';
import { readEvidence } from '../e2e/evidence.ts';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, leaderOf, newLeader, openSite } from './site.ts';
import { startTraffic } from './traffic.ts';
import { expectAllWell } from './verdict.ts';

describe.skipIf(!(await haveRedisServer()))('notices', () => {
  it('row 5: the leader is killed while Telegram has a message and it does not know: all are told, that one twice at most', {
    timeout: 120_000,
  }, async () => {
    const site = await openSite({ names: ['one', 'two'] });
    const { telegram, instances } = site.world;
    const traffic = startTraffic(site.world);
    await until(() => traffic.promised() >= 30, { what: 'alerts to be flowing', timeoutMs: 20_000 });
    const leader = (await leaderOf(site)) ?? '';
    const killed = new Promise<string>((resolve) => {
      telegram.onMessage = ({ text }) => {
        telegram.onMessage = null;
        process.kill(site.named(leader).pid, 'SIGKILL');
        resolve(text);
      };
    });
    const last = await killed;
    await newLeader(site, { before: leader, witnesses: instances.filter((instance) => instance !== site.named(leader)) });
    await site.named(leader).restart();
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
    const heard = (notice: { readonly id: string }) => telegram.messages.filter(({ text }) => text.includes(eventId(notice))).length;
    const { notices } = await readEvidence(site.world);
    const twice = notices.filter((notice) => heard(notice) > 1);
    expect(twice.filter((notice) => !last.includes(eventId(notice)) || heard(notice) > 2)).toEqual([]);
    expect(twice.length, 'what Telegram had taken is told again').toBeGreaterThan(0);
  });
});
