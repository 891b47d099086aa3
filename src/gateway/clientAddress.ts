import type { IncomingHttpHeaders } from 'node:http';
import { FORWARDING_HEADERS, isLoopback, normalizeAddress } from '../lib/address.ts';

/** What the proxies in front are believed. At most one of `hops` and `clientIpHeader` is set. */
export interface ProxyTrust {
  /** How many proxies append to X-Forwarded-For. */
  readonly hops: number;
  /** Header, in lower case, in which the platform in front gives the one address there is. */
  readonly clientIpHeader: string | null;
  /** Who the proxies are; null: whoever connects is taken for one. */
  readonly isProxy: ((address: string) => boolean) | null;
}

export const NO_PROXY: ProxyTrust = { hops: 0, clientIpHeader: null, isProxy: null };

export function behindProxy({ hops, clientIpHeader }: ProxyTrust): boolean {
  return hops > 0 || clientIpHeader !== null;
}

export type ClientAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly code: 'PROXY_NOT_TRUSTED' | 'ADDRESS_UNREADABLE'; readonly detail: string };

/**
 * Who is asking: the one answer for hooks and API alike. Without a proxy that is the socket's peer; with `hops` n it is the n-th
 * entry of X-Forwarded-For from the right, the one written by the outermost proxy that is ours: whatever stands to the left of
 * it, the sender may have invented. With `clientIpHeader` it is that header, which must hold one address and nothing else.
 *
 * Past the proxy nobody gets in; `local`: but this machine itself may, where nothing says that a proxy had it first. The API
 * allows that to the command line, which needs a token besides; a hook, whose whitelist may trust this machine, does not.
 */
export function clientAddress(
  peer: string | undefined,
  headers: IncomingHttpHeaders,
  proxy: ProxyTrust,
  pastProxy: 'refused' | 'local' = 'refused',
): ClientAddress {
  const address = normalizeAddress(peer ?? '');
  if (address === null) return unreadable('The address of the connection cannot be read.');
  if (!behindProxy(proxy)) return fromSocket(address, headers);
  if (pastProxy === 'local' && isLoopback(address) && forwardingHeader(headers, proxy) === undefined) return { ok: true, address };
  if (proxy.isProxy && !proxy.isProxy(address))
    return notTrusted('The request did not come from one of TRUSTED_PROXIES: send it to the public address.');
  return proxy.clientIpHeader === null ? fromForwardedFor(headers, proxy.hops) : fromHeader(headers, proxy.clientIpHeader);
}

function fromSocket(address: string, headers: IncomingHttpHeaders): ClientAddress {
  const header = isLoopback(address) ? forwardingHeader(headers, NO_PROXY) : undefined;
  if (header === undefined) return { ok: true, address };
  return notTrusted(
    `The request came through a proxy on this machine (it carries ${header}), but TRUST_PROXY_HOPS is 0. Set TRUST_PROXY_HOPS to the number of proxies in front of this server.`,
  );
}

/** The first header that shows a proxy was there. */
function forwardingHeader(headers: IncomingHttpHeaders, { clientIpHeader }: ProxyTrust): string | undefined {
  const names = clientIpHeader === null ? FORWARDING_HEADERS : [clientIpHeader, ...FORWARDING_HEADERS];
  return names.find((name) => headers[name] !== undefined);
}

function fromForwardedFor(headers: IncomingHttpHeaders, hops: number): ClientAddress {
  const header = headers['x-forwarded-for'];
  const entries = header === undefined ? [] : String(header).split(',');
  const entry = entries[entries.length - hops];
  if (entry === undefined)
    return notTrusted(
      `X-Forwarded-For lists ${entries.length} address${entries.length === 1 ? '' : 'es'}, but TRUST_PROXY_HOPS is ${hops}: the request did not come through all of the proxies, or the setting is too high.`,
    );
  const address = normalizeAddress(entry.trim());
  return address === null ? unreadable(`Entry ${hops} from the right of X-Forwarded-For is not an IP address.`) : { ok: true, address };
}

/** A header sent twice is a list to node, and no address. */
function fromHeader(headers: IncomingHttpHeaders, name: string): ClientAddress {
  const value = headers[name];
  const address = normalizeAddress(String(value ?? '').trim());
  if (address !== null) return { ok: true, address };
  return unreadable(
    `CLIENT_IP_HEADER is ${name}, but this request ${value === undefined ? 'has none' : 'does not hold one IP address in it'}.`,
  );
}

function unreadable(detail: string): ClientAddress {
  return { ok: false, code: 'ADDRESS_UNREADABLE', detail };
}

function notTrusted(detail: string): ClientAddress {
  return { ok: false, code: 'PROXY_NOT_TRUSTED', detail };
}
