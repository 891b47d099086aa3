import { describe, expect, it } from 'vitest';
import { clientAddress, networkOf, normalizeAddress } from './clientAddress.ts';

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

describe('forwarding headers and TRUST_PROXY_HOPS', () => {
  const spoofed = { 'x-forwarded-for': '52.89.214.238', 'x-real-ip': '52.89.214.238', forwarded: 'for=52.89.214.238' };

  it('with 0 hops a remote peer is believed by its socket alone', () => {
    expect(clientAddress('9.9.9.9', spoofed, 0)).toEqual({ ok: true, address: '9.9.9.9' });
    expect(clientAddress('::ffff:9.9.9.9', spoofed, 0)).toEqual({ ok: true, address: '9.9.9.9' });
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip'])(
    'with 0 hops %s from loopback is refused, naming the setting',
    (header) => {
      for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.8.8.8']) {
        const found = clientAddress(peer, { [header]: '52.89.214.238' }, 0);
        expect(found).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED', detail: expect.stringContaining('TRUST_PROXY_HOPS') });
      }
    },
  );

  it('entries are counted from the right, so that what the sender wrote is never taken', () => {
    const headers = { 'x-forwarded-for': '52.89.214.238, 9.9.9.9, 10.0.0.2' };
    expect(clientAddress('10.0.0.3', headers, 1)).toEqual({ ok: true, address: '10.0.0.2' });
    expect(clientAddress('10.0.0.3', headers, 2)).toEqual({ ok: true, address: '9.9.9.9' });
    expect(clientAddress('10.0.0.3', headers, 3)).toEqual({ ok: true, address: '52.89.214.238' });
  });

  it('fewer entries than hops are refused: somebody came around a proxy', () => {
    expect(clientAddress('10.0.0.3', {}, 1)).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
    expect(clientAddress('10.0.0.3', { 'x-forwarded-for': '1.2.3.4' }, 2)).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
    expect(clientAddress('10.0.0.3', { 'x-real-ip': '1.2.3.4' }, 1)).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
  });

  it.each(['unknown', '_hidden', '', '1.2.3', '<script>'])('an entry %j that is no address is refused', (entry) => {
    expect(clientAddress('10.0.0.3', { 'x-forwarded-for': `52.89.214.238, ${entry}` }, 1)).toMatchObject({
      ok: false,
      code: 'ADDRESS_UNREADABLE',
    });
  });

  it('a connection without an address is refused', () => {
    expect(clientAddress(undefined, {}, 0)).toMatchObject({ ok: false, code: 'ADDRESS_UNREADABLE' });
  });
});
