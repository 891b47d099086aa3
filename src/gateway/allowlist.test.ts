import { describe, expect, it } from 'vitest';
import { builtInEntries, settingsEntries } from '../domain/access/presets.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Hook } from '../domain/signal/hook.ts';
import { firstProofs } from '../domain/signal/hookProofs.ts';
import { normalizeAddress } from '../lib/address.ts';
import { createAllowlist, isLoopbackHost } from './allowlist.ts';

const hookWith = (allowlist: string[]): Hook => ({
  id: 'h1',
  name: 'demo',
  ...firstProofs({ keyHash: '' }),
  layers: ['ip', 'path'],
  accountIds: [],
  allowlist,
  maxAgeSec: 60,
  dedupeWindowSec: 60,
  ratePoints: null,
  enabled: true,
  ownerId: null,
  createdAt: 0,
});

const fixedList = (entries: string[], allowLoopback: boolean) =>
  createAllowlist({ fixed: settingsEntries('IP_ALLOWLIST', 'global', entries), allowLoopback, clock: { now: () => 0 } });

const allows = (entries: string[], address: string, hook?: Hook): boolean =>
  fixedList(entries, false).admits(normalizeAddress(address) ?? 'garbage', hook) === 'listed';

it('single addresses and blocks of both families are matched', () => {
  expect(allows(['52.89.214.238'], '52.89.214.238')).toBe(true);
  expect(allows(['52.89.214.238'], '52.89.214.239')).toBe(false);
  expect(allows(['10.0.0.0/8'], '10.255.0.1')).toBe(true);
  expect(allows(['2001:db8::/32'], '2001:db8:ffff::1')).toBe(true);
  expect(allows(['2001:db8::/32'], '2001:db9::1')).toBe(false);
});

it('IPv4-mapped IPv6 is IPv4, in entries as in requests', () => {
  expect(allows(['52.89.214.238'], '::ffff:52.89.214.238')).toBe(true);
  expect(allows(['52.89.214.238'], '[::ffff:3459:d6ee]')).toBe(true);
  expect(allows(['::ffff:10.0.0.0/104'], '10.1.2.3')).toBe(true);
  expect(allows(['::ffff:10.0.0.0/104'], '11.1.2.3')).toBe(false);
});

it("a hook's own entries open the door for that hook only", () => {
  const hook = hookWith(['203.0.113.0/24']);
  expect(allows([], '203.0.113.7', hook)).toBe(true);
  expect(allows([], '203.0.113.7', hookWith([]))).toBe(false);
  expect(allows([], '203.0.113.7')).toBe(false);
});

it('loopback is allowed only when told so', () => {
  const closed = fixedList([], false);
  const open = fixedList([], true);
  for (const address of ['127.0.0.1', '::1', '127.9.9.9']) {
    expect(closed.admits(address, undefined)).toBe('refused');
    expect(open.admits(address, undefined)).toBe('local');
  }
  expect(open.admits('128.0.0.1', undefined)).toBe('refused');
});

it('loopback hosts are told from those the world can reach', () => {
  expect(['127.0.0.1', '::1', 'localhost', '127.1.2.3'].map(isLoopbackHost)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '192.168.1.5', 'example.org', ''].map(isLoopbackHost)).toEqual([false, false, false, false, false]);
});

it('an entry that is no address is an error, not an open door', () => {
  expect(() => fixedList(['everyone'], false)).toThrow('everyone');
});

describe('stored entries', () => {
  const entry = (fields: Partial<WhitelistEntry>): WhitelistEntry => ({
    ...{ id: 'e', cidr: '192.0.2.1', label: '', scope: 'global', source: 'admin' },
    ...{ expiresAt: null, createdBy: 'token:admin', createdAt: 0 },
    ...fields,
  });
  function given(fixed: WhitelistEntry[] = []) {
    const state = { stored: [] as WhitelistEntry[], now: 1_000 };
    const list = createAllowlist({ fixed, stored: () => state.stored, allowLoopback: true, clock: { now: () => state.now } });
    return { state, list };
  }

  it('count from when they are there to when they are gone', () => {
    const { state, list } = given();
    expect(list.admits('192.0.2.1', undefined)).toBe('refused');
    state.stored = [entry({})];
    expect(list.admits('192.0.2.1', undefined)).toBe('listed');
    state.stored = [];
    expect(list.admits('192.0.2.1', undefined)).toBe('refused');
  });

  it('stop at their time, without anybody saying so', () => {
    const { state, list } = given();
    state.stored = [entry({ expiresAt: 2_000 }), entry({ id: 'f', cidr: '192.0.2.2', expiresAt: 3_000 })];
    const admitted = () => ['192.0.2.1', '192.0.2.2'].map((address) => list.admits(address, undefined));
    expect(admitted()).toEqual(['listed', 'listed']);
    state.now = 2_000;
    expect(admitted()).toEqual(['refused', 'listed']);
    state.now = 3_000;
    expect(admitted()).toEqual(['refused', 'refused']);
  });

  it('of one hook open that hook only, and those of the API no hook', () => {
    const { state, list } = given();
    state.stored = [entry({ scope: 'hook:h1' }), entry({ id: 'f', cidr: '192.0.2.2', scope: 'api' })];
    expect(list.admits('192.0.2.1', hookWith([]))).toBe('listed');
    expect(list.admits('192.0.2.1', { ...hookWith([]), id: 'h2' })).toBe('refused');
    expect(list.admits('192.0.2.1', undefined)).toBe('refused');
    expect(list.admits('192.0.2.2', hookWith([]))).toBe('refused');
  });

  it('close the API to all others as soon as there is one for it, and open it when the last is over; this machine is always let in', () => {
    const { state, list } = given();
    const admitted = () => ['192.0.2.1', '192.0.2.9', '127.0.0.1'].map(list.admitsToApi);
    expect(admitted()).toEqual([true, true, true]);
    state.stored = [entry({ scope: 'api', expiresAt: 2_000 })];
    expect(admitted()).toEqual([true, false, true]);
    state.now = 2_000;
    expect(admitted()).toEqual([true, true, true]);
  });

  it("an admin's list of a preset takes the place of the built-in one", () => {
    const { state, list } = given(builtInEntries('tradingview'));
    expect(list.admits('52.89.214.238', undefined)).toBe('listed');
    state.stored = [entry({ source: 'preset:tradingview' })];
    expect(list.admits('52.89.214.238', undefined)).toBe('refused');
    expect(list.admits('192.0.2.1', undefined)).toBe('listed');
  });
});
