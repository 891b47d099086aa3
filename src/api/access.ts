import type { RequestHandler } from 'express';
import type { ApiDeps } from './deps.ts';
import { sendProblem } from './mount.ts';
import { problem } from './problem.ts';

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
