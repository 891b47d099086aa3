import type { RequestHandler } from 'express';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { ApiDeps } from './deps.ts';
import { sendProblem } from './mount.ts';
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
export function accessGate({ access, clientAddress }: Pick<ApiDeps, 'access' | 'clientAddress'>): RequestHandler {
  return (request, response, next) => {
    if (PROBES.has(request.path)) return next();
    const found = clientAddress(request.socket.remoteAddress, request.headers);
    if (access.admits(found.ok ? found.address : null)) return next();
    sendProblem(request, response, problem('ADDRESS_NOT_ALLOWED'));
  };
}
