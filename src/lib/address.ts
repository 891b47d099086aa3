import { isIP, isIPv4 } from 'node:net';

/** Headers only a proxy adds. Seen from loopback while no proxy is trusted they mean: a local proxy is hiding the real sender. */
export const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fly-client-ip',
] as const;

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

/** The eight groups of an IPv6 address in lower case, as text without leading zeros. Takes a normalized address. */
export function groupsOf(address: string): string[] {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const missing = address.includes('::') ? 8 - left.length - right.length : 0;
  return [...left, ...new Array<string>(missing).fill('0'), ...right];
}

/** What one subscriber commands: the IPv4 address itself, or the IPv6 /64. Takes a normalized address. */
export function networkOf(address: string): string {
  return address.includes(':') ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
