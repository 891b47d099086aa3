import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

/** Headers only a proxy adds. Seen from loopback with no trusted hop they mean: a local proxy is hiding the real sender. */
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-real-ip',
  'x-forwarded-host',
  'x-forwarded-proto',
  'cf-connecting-ip',
] as const;

export type ClientAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly code: 'PROXY_NOT_TRUSTED' | 'ADDRESS_UNREADABLE'; readonly detail: string };

/**
 * Who is asking. With `hops` 0 that is the socket's peer; with `hops` n it is the n-th entry of X-Forwarded-For from the
 * right, the one written by the outermost proxy that is ours: whatever stands to the left of it, the sender may have invented.
 */
export function clientAddress(peer: string | undefined, headers: IncomingHttpHeaders, hops: number): ClientAddress {
  return hops === 0 ? fromSocket(peer, headers) : fromForwardedFor(headers, hops);
}

function fromSocket(peer: string | undefined, headers: IncomingHttpHeaders): ClientAddress {
  const address = normalizeAddress(peer ?? '');
  if (address === null) return { ok: false, code: 'ADDRESS_UNREADABLE', detail: 'The address of the connection cannot be read.' };
  const header = isLoopback(address) ? FORWARDING_HEADERS.find((name) => headers[name] !== undefined) : undefined;
  if (header === undefined) return { ok: true, address };
  const detail = `The request came through a proxy on this machine (it carries ${header}), but TRUST_PROXY_HOPS is 0. Set TRUST_PROXY_HOPS to the number of proxies in front of this server.`;
  return { ok: false, code: 'PROXY_NOT_TRUSTED', detail };
}

function fromForwardedFor(headers: IncomingHttpHeaders, hops: number): ClientAddress {
  const header = headers['x-forwarded-for'];
  const entries = header === undefined ? [] : String(header).split(',');
  const entry = entries[entries.length - hops];
  if (entry === undefined) {
    const detail = `X-Forwarded-For lists ${entries.length} address${entries.length === 1 ? '' : 'es'}, but TRUST_PROXY_HOPS is ${hops}: the request did not come through all of the proxies, or the setting is too high.`;
    return { ok: false, code: 'PROXY_NOT_TRUSTED', detail };
  }
  const address = normalizeAddress(entry.trim());
  if (address !== null) return { ok: true, address };
  return { ok: false, code: 'ADDRESS_UNREADABLE', detail: `Entry ${hops} from the right of X-Forwarded-For is not an IP address.` };
}

const BRACKETED = /^\[([^\]]+)\](?::\d{1,5})?$/;
const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const MAPPED = '::ffff:';

/**
 * One spelling per address: IPv4-mapped IPv6 becomes IPv4, other IPv6 its RFC 5952 form, a zone, brackets and a port are
 * dropped. Null for anything that is not an address (octal and hexadecimal IPv4 spellings included).
 */
export function normalizeAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (text.length > 64) return null;
  if (text.startsWith(MAPPED) && isIPv4(text.slice(MAPPED.length))) return text.slice(MAPPED.length);
  const host = BRACKETED.exec(text)?.[1] ?? IPV4_WITH_PORT.exec(text)?.[1] ?? text;
  if (isIPv4(host)) return host;
  const bare = host.split('%', 1)[0] ?? '';
  return isIP(bare) === 6 ? canonicalIpv6(bare) : null;
}

function canonicalIpv6(address: string): string {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return canonical;
  const high = Number.parseInt(mapped[1] ?? '', 16);
  const low = Number.parseInt(mapped[2] ?? '', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** What one subscriber commands: the IPv4 address itself, or the IPv6 /64. Takes a normalized address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const missing = address.includes('::') ? 8 - left.length - right.length : 0;
  const groups = [...left, ...new Array<string>(missing).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
