import { isIP } from 'node:net';
import { groupsOf, normalizeAddress } from './address.ts';

/** An IPv4 or IPv6 address with an optional prefix length. */
export function isCidr(value: string): boolean {
  return parseCidr(value) !== null;
}

/** A block of addresses of one family: those that begin with the same `bits` bits as `first`. */
interface Block {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
/** ::ffff:a.b.c.d/n is the IPv4 block a.b.c.d/(n-96). */
const MAPPED_BITS = 96;

/** Null for anything that is not an address or block. Bits beyond the prefix are dropped. */
function parseCidr(text: string): Block | null {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return null;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))) return null;
  const normalized = normalizeAddress(address);
  if (normalized === null) return null;
  const own = normalized.includes(':') ? 6 : 4;
  const folded = family === 6 && own === 4 ? MAPPED_BITS : 0;
  const bits = prefix === undefined ? WIDTH[own] : Math.max(0, Number(prefix) - folded);
  const free = BigInt(WIDTH[own] - bits);
  return { family: own, first: (numberOf(normalized) >> free) << free, bits };
}

function numberOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function addressOf({ family, first }: Block): string {
  const size = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const parts = Array.from({ length: count }, (_, i) => (first >> (size * BigInt(count - 1 - i))) & ((1n << size) - 1n));
  if (family === 4) return parts.join('.');
  return normalizeAddress(parts.map((part) => part.toString(16)).join(':')) ?? '';
}

/** One spelling per block: `10.1.2.3/8` becomes `10.0.0.0/8`, a single address stands without its prefix. Null for anything else. */
export function normalizeCidr(text: string): string | null {
  const block = parseCidr(text);
  if (block === null) return null;
  const address = addressOf(block);
  return block.bits === WIDTH[block.family] ? address : `${address}/${block.bits}`;
}

/** Length of the prefix, and how long it can be: `10.0.0.0/8` is 8 of 32. Null for anything that is not a block. */
export function prefixOf(text: string): { readonly bits: number; readonly of: 32 | 128 } | null {
  const block = parseCidr(text);
  return block && { bits: block.bits, of: WIDTH[block.family] };
}

/** Whether the address lies in the block. For decisions about entries; requests are looked up in a `net.BlockList`. */
export function cidrCovers(cidr: string, address: string): boolean {
  const [block, one] = [parseCidr(cidr), parseCidr(address)];
  if (!block || !one || block.family !== one.family || one.bits < block.bits) return false;
  const free = BigInt(WIDTH[block.family] - block.bits);
  return one.first >> free === block.first >> free;
}
