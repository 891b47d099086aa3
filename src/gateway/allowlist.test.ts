import { expect, it } from 'vitest';
import type { Hook } from '../domain/signal/hook.ts';
import { createAllowlist, isLoopbackHost } from './allowlist.ts';
import { normalizeAddress } from './clientAddress.ts';

const hookWith = (allowlist: string[]): Hook => ({
  id: 'h1',
  name: 'demo',
  keyHash: '',
  layers: ['ip', 'path'],
  secretHash: null,
  accountIds: [],
  allowlist,
  maxAgeSec: 60,
  dedupeWindowSec: 60,
  ratePoints: null,
  enabled: true,
  createdAt: 0,
});

const allows = (entries: string[], address: string, hook?: Hook): boolean =>
  createAllowlist({ entries, allowLoopback: false }).admits(normalizeAddress(address) ?? 'garbage', hook) === 'listed';

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
  const closed = createAllowlist({ entries: [], allowLoopback: false });
  const open = createAllowlist({ entries: [], allowLoopback: true });
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
  expect(() => createAllowlist({ entries: ['everyone'], allowLoopback: false })).toThrow('everyone');
});
