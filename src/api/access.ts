import type { Request, RequestHandler } from 'express';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import { FORWARDING_HEADERS, isLoopback } from '../lib/address.ts';
import { addressOf, sendProblem } from './mount.ts';
import { problem } from './problem.ts';

/** From where the API may be used. */
export interface ApiAccess {
  /** Whether the API is for that address; null: it cannot be known. */
  admits(address: string | null): boolean;
  /** Entries of the settings, and built-in lists: what opens doors and is not stored. */
  readonly fixed: readonly WhitelistEntry[];
}

/** Asked by platforms and load balancers, which have no token and many addresses. */
const PROBES: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/** Turns away whoever the whitelist does not let in, before anything of the request is looked at. */
export function accessGate({ access, trustProxyHops }: { access: ApiAccess; trustProxyHops: number }): RequestHandler {
  return (request, response, next) => {
    if (PROBES.has(request.path) || access.admits(knownAddress(request, trustProxyHops))) return next();
    sendProblem(request, response, problem('ADDRESS_NOT_ALLOWED'));
  };
}

/** With no trusted proxy, a forwarding header from this machine means: a local proxy hides the real sender. */
function knownAddress(request: Request, trustProxyHops: number): string | null {
  const address = addressOf(request);
  const hidden = trustProxyHops === 0 && isLoopback(address) && FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
  return hidden || address === '' ? null : address;
}
