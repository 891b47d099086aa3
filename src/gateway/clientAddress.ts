import type { IncomingHttpHeaders } from 'node:http';
import { FORWARDING_HEADERS, isLoopback, normalizeAddress } from '../lib/address.ts';

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
