import { expect, it } from 'vitest';
import type { BanRuling } from '../domain/access/ban.ts';
import { createBanBook } from './banBook.ts';
import { createMemoryBanList } from './banList.ts';
import { createMemoryBudget } from './requestBudget.ts';
import { createBans } from './rulings.ts';

const HOUR = 3_600_000;
const STRANGER = '203.0.113.9';

function given() {
  const time = { now: 1_700_000_000_000 };
  const clock = { now: () => time.now, monotonic: () => 0, sleep: async () => undefined };
  const settings = { banThreshold: 1, banWindowSec: 3600, banDurationSec: 3600 };
  const list = createMemoryBanList({ settings, violations: createMemoryBudget(3600), clock, onBan: () => undefined });
  const bans = createBans(list, clock);
  const ruling = (fields: Partial<BanRuling>): BanRuling => ({
    ...{ id: 'r1', network: STRANGER, address: STRANGER, until: time.now + HOUR, reason: null, by: 'token:admin', at: time.now },
    ...fields,
  });
  const misbehave = () => bans.violation({ shared: false, address: STRANGER });
  const isBanned = () => bans.check({ shared: false, address: STRANGER }) !== undefined;
  return { time, clock, list, bans, ruling, misbehave, isBanned };
}

it('a ban by hand holds for everything from the address until its end, and is listed with who and why', () => {
  const { time, bans, ruling } = given();
  bans.obey([ruling({ reason: 'guesses keys' })]);
  expect(bans.checkAddress(STRANGER)).toMatchObject({ until: time.now + HOUR });
  expect(bans.checkAddress('203.0.113.10')).toBeUndefined();
  expect(bans.list()).toMatchObject([
    { subject: { address: STRANGER, shared: false }, level: 0, by: 'token:admin', reason: 'guesses keys' },
  ]);
  time.now += HOUR;
  expect(bans.checkAddress(STRANGER)).toBeUndefined();
  expect(bans.list()).toEqual([]);
});

it('of IPv6 the /64 is banned', () => {
  const { bans, ruling } = given();
  bans.obey([ruling({ network: '2001:db8:0:0::/64', address: '2001:db8::1' })]);
  expect(bans.checkAddress('2001:db8::ffff')).toBeDefined();
  expect(bans.checkAddress('2001:db8:0:1::1')).toBeUndefined();
});

it('a lift ends the ban by hand and the one that followed from behaviour, once: a later ban stands', async () => {
  const { bans, ruling, misbehave, isBanned } = given();
  bans.obey([]);
  await misbehave();
  expect(isBanned()).toBe(true);
  const lift = ruling({ id: 'r2', until: null });
  bans.obey([lift]);
  expect(isBanned()).toBe(false);
  await misbehave();
  bans.obey([lift]);
  expect(isBanned()).toBe(true);
  bans.obey([ruling({ id: 'r3', until: null })]);
  expect(isBanned()).toBe(false);
});

it('an instance that starts lifts only what began before the lift', async () => {
  const { time, clock, list, ruling, misbehave, isBanned } = given();
  await misbehave();
  createBans(list, clock).obey([ruling({ until: null, at: time.now })]);
  expect(isBanned()).toBe(true);
  createBans(list, clock).obey([ruling({ until: null, at: time.now + 1 })]);
  expect(isBanned()).toBe(false);
});

it('beyond its limit the book forgets the oldest ban, and a ban put again counts as new', () => {
  const { clock } = given();
  const book = createBanBook({ banDurationSec: 60 }, clock);
  const first = book.ban({ shared: false, address: '10.0.0.0' });
  for (let i = 1; i < 10_000; i++) book.ban({ shared: false, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` });
  book.put(first);
  book.ban({ shared: false, address: '11.0.0.0' });
  expect(book.inForce('10.0.0.0')).toEqual(first);
  expect(book.inForce('10.0.0.1')).toBeUndefined();
});
