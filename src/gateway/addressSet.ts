import { BlockList, isIPv4 } from 'node:net';
import { normalizeCidr } from '../lib/cidr.ts';

/** Whether a normalized address (lib/address.ts) is one of these addresses or in one of these CIDR blocks. */
export type AddressSet = (address: string) => boolean;

/** Throws when an entry is no address or block: entries are validated where they enter the system. */
export function createAddressSet(entries: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const entry of entries) {
    const cidr = normalizeCidr(entry);
    if (cidr === null) throw new TypeError(`"${entry}" is not an IP address or CIDR block`);
    const [address = '', prefix] = cidr.split('/');
    const v4 = isIPv4(address);
    list.addSubnet(address, prefix === undefined ? (v4 ? 32 : 128) : Number(prefix), v4 ? 'ipv4' : 'ipv6');
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
