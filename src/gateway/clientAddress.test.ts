import { describe, expect, it } from 'vitest';
import { clientAddress, NO_PROXY, type ProxyTrust } from './clientAddress.ts';

const hops = (count: number): ProxyTrust => ({ ...NO_PROXY, hops: count });

describe('forwarding headers and TRUST_PROXY_HOPS', () => {
  const spoofed = { 'x-forwarded-for': '52.89.214.238', 'x-real-ip': '52.89.214.238', forwarded: 'for=52.89.214.238' };

  it('with 0 hops a remote peer is believed by its socket alone', () => {
    expect(clientAddress('9.9.9.9', spoofed, NO_PROXY)).toEqual({ ok: true, address: '9.9.9.9' });
    expect(clientAddress('::ffff:9.9.9.9', spoofed, NO_PROXY)).toEqual({ ok: true, address: '9.9.9.9' });
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip'])(
    'with 0 hops %s from loopback is refused, naming the setting',
    (header) => {
      for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.8.8.8']) {
        const found = clientAddress(peer, { [header]: '52.89.214.238' }, NO_PROXY);
        expect(found).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED', detail: expect.stringContaining('TRUST_PROXY_HOPS') });
      }
    },
  );

  it('entries are counted from the right, so that what the sender wrote is never taken', () => {
    const headers = { 'x-forwarded-for': '52.89.214.238, 9.9.9.9, 10.0.0.2' };
    expect(clientAddress('10.0.0.3', headers, hops(1))).toEqual({ ok: true, address: '10.0.0.2' });
    expect(clientAddress('10.0.0.3', headers, hops(2))).toEqual({ ok: true, address: '9.9.9.9' });
    expect(clientAddress('10.0.0.3', headers, hops(3))).toEqual({ ok: true, address: '52.89.214.238' });
  });

  it('fewer entries than hops are refused: somebody came around a proxy', () => {
    expect(clientAddress('10.0.0.3', {}, hops(1))).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
    expect(clientAddress('10.0.0.3', { 'x-forwarded-for': '1.2.3.4' }, hops(2))).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
    expect(clientAddress('10.0.0.3', { 'x-real-ip': '1.2.3.4' }, hops(1))).toMatchObject({ ok: false, code: 'PROXY_NOT_TRUSTED' });
  });

  it.each(['unknown', '_hidden', '', '1.2.3', '<script>'])('an entry %j that is no address is refused', (entry) => {
    expect(clientAddress('10.0.0.3', { 'x-forwarded-for': `52.89.214.238, ${entry}` }, hops(1))).toMatchObject({
      ok: false,
      code: 'ADDRESS_UNREADABLE',
    });
  });

  it('a connection without an address is refused', () => {
    expect(clientAddress(undefined, {}, NO_PROXY)).toMatchObject({ ok: false, code: 'ADDRESS_UNREADABLE' });
  });
});
