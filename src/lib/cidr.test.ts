import { expect, it } from 'vitest';
import { cidrCovers, isCidr, normalizeCidr, prefixOf } from './cidr.ts';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['255.255.255.255/31', '255.255.255.254/31'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
  ['::/0', '::/0'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:0:0/96', '0.0.0.0/0'],
])('%s has one spelling: %s', (text, expected) => expect(normalizeCidr(text)).toBe(expected));

it.each(['', 'office', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/8/8', '1.2.3.4/-1', '::/129', '010.0.0.1', '1.2.3.4:80', '[::1]'])(
  '%j is no address and no block',
  (text) => {
    expect(isCidr(text)).toBe(false);
    expect(normalizeCidr(text)).toBeNull();
    expect(prefixOf(text)).toBeNull();
  },
);

it('covers what lies inside, of its own family only', () => {
  expect(cidrCovers('10.0.0.0/8', '10.255.0.1')).toBe(true);
  expect(cidrCovers('10.0.0.0/8', '11.0.0.1')).toBe(false);
  expect(cidrCovers('10.0.0.0/8', '::ffff:10.0.0.1')).toBe(true);
  expect(cidrCovers('2001:db8::/32', '2001:db8:ffff::1')).toBe(true);
  expect(cidrCovers('2001:db8::/32', '2001:db9::1')).toBe(false);
  expect(cidrCovers('::/0', '10.0.0.1')).toBe(false);
  expect(cidrCovers('10.0.0.0/8', '10.0.0.0/7')).toBe(false);
  expect(cidrCovers('office', '10.0.0.1')).toBe(false);
});

it('tells how wide a block is', () => {
  expect([prefixOf('10.0.0.0/8'), prefixOf('10.0.0.1'), prefixOf('2001:db8::/32')]).toEqual([
    { bits: 8, of: 32 },
    { bits: 32, of: 32 },
    { bits: 32, of: 128 },
  ]);
});
