import { describe, expect, it } from 'vitest';
import { networkOf, normalizeAddress } from './address.ts';

describe('an address has one spelling', () => {
  const spellings: [string, string | null][] = [
    ['52.89.214.238', '52.89.214.238'],
    ['::ffff:52.89.214.238', '52.89.214.238'],
    ['::FFFF:52.89.214.238', '52.89.214.238'],
    ['[::ffff:3459:d6ee]', '52.89.214.238'],
    ['0:0:0:0:0:ffff:3459:d6ee', '52.89.214.238'],
    ['52.89.214.238:41234', '52.89.214.238'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['127.0.0.1%lo', null],
    ['052.089.214.238', null],
    ['0x34.0x59.0xd6.0xee', null],
    ['878302958', null],
    ['localhost', null],
    ['', null],
    ['1.2.3.4, 5.6.7.8', null],
    ['1.2.3.4\n5.6.7.8', null],
    [':'.repeat(5_000), null],
  ];
  it.each(spellings)('%j is %j', (text, expected) => expect(normalizeAddress(text)).toBe(expected));
});

it('an IPv6 subscriber is its /64, an IPv4 one its address', () => {
  expect(networkOf('10.0.0.1')).toBe('10.0.0.1');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
  expect(networkOf('2001:db8::')).toBe(networkOf('2001:db8::ffff:1'));
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
});
