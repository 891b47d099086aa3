import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { Ban, Subject } from './banBook.ts';
import { type BanList, createMemoryBanList } from './banList.ts';
import { createMemoryBudget } from './requestBudget.ts';

const HOUR_MS = 3_600_000;
const stranger: Subject = { shared: false, address: '203.0.113.9' };
const told: Ban[] = [];

beforeEach(() => {
  told.length = 0;
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function banList(): BanList {
  const violations = createMemoryBudget(3600);
  return createMemoryBanList({
    settings: { banThreshold: 50, banWindowSec: 3600, banDurationSec: 3600 },
    violations,
    clock: systemClock,
    onBan: (ban) => told.push(ban),
  });
}

async function misbehave(bans: BanList, times: number, subject: Subject = stranger): Promise<void> {
  for (let i = 0; i < times; i++) await bans.violation(subject);
}

it('the 50th violation within an hour bans for an hour, and a person is told once', async () => {
  const bans = banList();
  await misbehave(bans, 49);
  expect(bans.check(stranger)).toBeUndefined();
  await misbehave(bans, 1);
  expect(bans.check(stranger)).toMatchObject({ level: 1, until: Date.now() + HOUR_MS });
  await misbehave(bans, 3);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(HOUR_MS - 1);
  expect(bans.check(stranger)).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(bans.check(stranger)).toBeUndefined();
});

it('violations are forgotten after the window', async () => {
  const bans = banList();
  await misbehave(bans, 49);
  vi.advanceTimersByTime(HOUR_MS);
  await misbehave(bans, 49);
  expect(bans.check(stranger)).toBeUndefined();
});

it('each ban in a row doubles, up to a day; a day of good behaviour starts anew', async () => {
  const bans = banList();
  const hours: number[] = [];
  for (let i = 0; i < 7; i++) {
    await misbehave(bans, 50);
    const ban = bans.check(stranger);
    hours.push(((ban?.until ?? 0) - (ban?.since ?? 0)) / HOUR_MS);
    vi.advanceTimersByTime(hours.at(-1) === undefined ? 0 : (hours.at(-1) ?? 0) * HOUR_MS + 1);
  }
  expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24]);
  vi.advanceTimersByTime(24 * HOUR_MS);
  await misbehave(bans, 50);
  expect(bans.check(stranger)?.level).toBe(1);
});

it('violations at the same time make one ban', async () => {
  const bans = banList();
  await Promise.all(Array.from({ length: 200 }, () => bans.violation(stranger)));
  expect(told).toHaveLength(1);
});

it('an IPv6 sender is banned with its /64, not with its neighbours', async () => {
  const bans = banList();
  for (let i = 0; i < 50; i++) await bans.violation({ shared: false, address: `2001:db8:1:2::${i.toString(16)}` });
  expect(bans.check({ shared: false, address: '2001:db8:1:2:ffff::1' })).toBeDefined();
  expect(bans.check({ shared: false, address: '2001:db8:1:3::1' })).toBeUndefined();
});

it('on a shared address unknown keys are banned apart from the address itself', async () => {
  const bans = banList();
  await misbehave(bans, 50, { shared: true, address: '52.89.214.238' });
  expect(bans.check({ shared: true, address: '52.89.214.238' })).toBeDefined();
  expect(bans.check({ shared: false, address: '52.89.214.238' })).toBeUndefined();
});

it('bans are listed and lifted by address, with a clean slate', async () => {
  const bans = banList();
  await misbehave(bans, 50);
  await misbehave(bans, 50, { shared: true, address: '203.0.113.9' });
  expect(bans.list()).toHaveLength(2);
  expect(await bans.lift('::ffff:203.0.113.9')).toBe(2);
  expect(bans.list()).toEqual([]);
  await misbehave(bans, 49);
  expect(bans.check(stranger)).toBeUndefined();
  await misbehave(bans, 1);
  expect(bans.check(stranger)?.level).toBe(1);
  expect(await bans.lift('198.51.100.1')).toBe(0);
});

it('memory is bounded: beyond 10,000 bans the oldest goes', async () => {
  const bans = createMemoryBanList({
    settings: { banThreshold: 1, banWindowSec: 3600, banDurationSec: 3600 },
    violations: createMemoryBudget(3600),
    clock: systemClock,
    onBan: () => undefined,
  });
  for (let i = 0; i < 10_001; i++) await bans.violation({ shared: false, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` });
  expect(bans.list()).toHaveLength(10_000);
  expect(bans.check({ shared: false, address: '10.0.0.0' })).toBeUndefined();
});
