import { afterEach, describe, expect, it } from 'vitest';
import type { Ban, Subject } from '../../src/gateway/banBook.ts';
import type { Limiter, LimiterSettings } from '../../src/gateway/limiter.ts';
import { until } from '../helpers/until.ts';

export interface LimiterUnderTest {
  readonly limiter: Limiter;
  close(): void;
}

export const SETTINGS: LimiterSettings = { rateWindowSec: 60, banThreshold: 50, banWindowSec: 3600, banDurationSec: 3600 };
export const STRANGER: Subject = { shared: false, address: '203.0.113.9' };

/** What every limiter does, wherever it keeps its counts. */
export function limiterContract(
  name: string,
  make: (settings: LimiterSettings, onBan: (ban: Ban) => void) => Promise<LimiterUnderTest>,
): void {
  describe(`the limiter ${name}`, () => {
    const opened: LimiterUnderTest[] = [];
    afterEach(() => {
      for (const given of opened.splice(0)) given.close();
    });
    async function given(settings: Partial<LimiterSettings> = {}) {
      const told: Ban[] = [];
      const made = await make({ ...SETTINGS, ...settings }, (ban) => told.push(ban));
      opened.push(made);
      return { ...made.limiter, told };
    }
    const misbehave = async ({ bans }: Pick<Limiter, 'bans'>, times: number, subject = STRANGER): Promise<void> => {
      for (let i = 0; i < times; i++) await bans.violation(subject);
    };

    it('lets exactly so many pass, however many come at once', async () => {
      const { address } = await given();
      const spent = await Promise.all(Array.from({ length: 100 }, () => address.spend('a', 5)));
      expect(spent.filter(({ allowed }) => allowed)).toHaveLength(5);
      expect(await address.spend('a', 5)).toMatchObject({ allowed: false, limit: 5, remaining: 0 });
      expect(await address.spend('b', 5)).toMatchObject({ allowed: true, remaining: 4 });
    });

    it('opens again when the window is over, which refused ones do not prolong', async () => {
      const { address } = await given({ rateWindowSec: 1 });
      const first = await address.spend('a', 1);
      expect(first.resetMs).toBeGreaterThan(900);
      expect(first.resetMs).toBeLessThanOrEqual(1_000);
      const startedAt = performance.now();
      await until(async () => (await address.spend('a', 1)).allowed, { what: 'the next window', timeoutMs: 3_000 });
      expect(performance.now() - startedAt).toBeLessThan(1_500);
    });

    it('shows what is left without spending it, and forgets on demand', async () => {
      const { hook } = await given();
      expect(await hook.check('h', 2)).toEqual({ allowed: true, limit: 2, remaining: 2, resetMs: 0 });
      await hook.spend('h', 2);
      await hook.spend('h', 2);
      for (let i = 0; i < 3; i++) expect(await hook.check('h', 2)).toMatchObject({ allowed: false, remaining: 0 });
      await hook.forget('h');
      expect(await hook.spend('h', 2)).toMatchObject({ allowed: true, remaining: 1 });
    });

    it('keeps addresses, hooks and reports apart', async () => {
      const { address, hook, report } = await given();
      await address.spend('x', 1);
      expect((await hook.spend('x', 1)).allowed).toBe(true);
      expect((await report.spend('x', 1)).allowed).toBe(true);
    });

    it('bans with the 50th violation, once, for an hour, and tells of it', async () => {
      const limiter = await given();
      await misbehave(limiter, 49);
      expect(limiter.bans.check(STRANGER)).toBeUndefined();
      await Promise.all(Array.from({ length: 20 }, () => limiter.bans.violation(STRANGER)));
      const ban = limiter.bans.check(STRANGER);
      expect(ban).toMatchObject({ subject: STRANGER, level: 1 });
      expect((ban?.until ?? 0) - (ban?.since ?? 0)).toBe(3_600_000);
      expect(limiter.told).toEqual([ban]);
      expect(limiter.bans.list()).toEqual([ban]);
    });

    it('bans twice as long the next time, and a lifted ban leaves no past', async () => {
      const limiter = await given({ banThreshold: 3, banDurationSec: 1 });
      const lengths: number[] = [];
      for (let i = 0; i < 2; i++) {
        await misbehave(limiter, 3);
        const ban = limiter.bans.check(STRANGER);
        lengths.push((ban?.until ?? 0) - (ban?.since ?? 0));
        if (i === 0) await until(() => Date.now() > (ban?.until ?? 0), { what: 'the end of the ban' });
      }
      expect(lengths).toEqual([1_000, 2_000]);
      expect(await limiter.bans.lift(STRANGER.address)).toBe(1);
      expect(limiter.bans.check(STRANGER)).toBeUndefined();
      await misbehave(limiter, 2);
      expect(limiter.bans.check(STRANGER)).toBeUndefined();
      await misbehave(limiter, 1);
      expect(limiter.bans.check(STRANGER)?.level).toBe(1);
    });

    it('bans unknown keys at a shared address apart from the address itself, and an IPv6 sender with its /64', async () => {
      const limiter = await given({ banThreshold: 3 });
      await misbehave(limiter, 3, { shared: true, address: STRANGER.address });
      expect(limiter.bans.check({ shared: true, address: STRANGER.address })).toBeDefined();
      expect(limiter.bans.check(STRANGER)).toBeUndefined();
      for (let i = 1; i <= 3; i++) await limiter.bans.violation({ shared: false, address: `2001:db8::${i}` });
      expect(limiter.bans.check({ shared: false, address: '2001:db8::ffff' })).toBeDefined();
      expect(limiter.bans.check({ shared: false, address: '2001:db8:0:1::1' })).toBeUndefined();
      expect(await limiter.bans.lift('2001:db8::77')).toBe(1);
      expect(await limiter.bans.lift('198.51.100.1')).toBe(0);
    });

    it('lifts only what began before the given time', async () => {
      const limiter = await given({ banThreshold: 1 });
      await misbehave(limiter, 1);
      const { since = 0 } = limiter.bans.check(STRANGER) ?? {};
      expect(await limiter.bans.lift(STRANGER.address, since)).toBe(0);
      expect(limiter.bans.check(STRANGER)).toBeDefined();
      expect(await limiter.bans.lift(STRANGER.address, since + 1)).toBe(1);
    });
  });
}
