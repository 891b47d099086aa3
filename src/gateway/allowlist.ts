import { BlockList, isIPv4 } from 'node:net';
import type { Hook } from '../domain/signal/hook.ts';
import { isLoopback, normalizeAddress } from './clientAddress.ts';

/** Who may knock. Addresses are normalized ones (see clientAddress.ts). */
export interface Allowlist {
  /** `listed`: in the global entries or this hook's own. `local`: not listed, but this machine itself while only it can connect. */
  admits(address: string, hook: Hook | undefined): 'listed' | 'local' | 'refused';
}

/**
 * `entries`: addresses and CIDR blocks. `allowLoopback`: true only while the server itself listens on loopback; otherwise
 * a proxy on this machine would let the world in as 127.0.0.1.
 */
export function createAllowlist(options: { readonly entries: readonly string[]; readonly allowLoopback: boolean }): Allowlist {
  const global = blockListOf(options.entries);
  const ofHook = new WeakMap<Hook, BlockList>();

  function hookAllows(address: string, hook: Hook): boolean {
    if (hook.allowlist.length === 0) return false;
    let list = ofHook.get(hook);
    if (!list) {
      list = blockListOf(hook.allowlist);
      ofHook.set(hook, list);
    }
    return covers(list, address);
  }

  return {
    admits(address, hook) {
      if (covers(global, address) || (hook !== undefined && hookAllows(address, hook))) return 'listed';
      return options.allowLoopback && isLoopback(address) ? 'local' : 'refused';
    },
  };
}

/** True for the values of HOST that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(normalizeAddress(host) ?? '');
}

function covers(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** Throws when an entry is no address or block: entries are validated where they enter the system. */
function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [text = '', prefix] = entry.split('/');
    const address = normalizeAddress(text);
    if (address === null) throw new TypeError(`"${entry}" is not an IP address or CIDR block`);
    const v4 = isIPv4(address);
    // ::ffff:a.b.c.d/n is the IPv4 block a.b.c.d/(n-96).
    const folded = v4 && text.includes(':') ? 96 : 0;
    const bits = prefix === undefined ? (v4 ? 32 : 128) : Math.max(0, Number(prefix) - folded);
    list.addSubnet(address, bits, v4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
