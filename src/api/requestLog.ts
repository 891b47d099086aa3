import type { RequestHandler } from 'express';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { beginRequest } from './mount.ts';

/** A client's own request id, if it is one we can put in a log and a header. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** Asked every few seconds by machines. */
const QUIET: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/**
 * Gives each request an id (the client's `X-Request-Id` if sound), which becomes the correlation id of its command, and
 * logs one line when it is over: never a query, a header or a body.
 */
export function requestLog(options: { logger: Logger; clock: Clock; newId: () => string }): RequestHandler {
  const { logger, clock, newId } = options;
  return (request, response, next) => {
    const startedAt = clock.monotonic();
    const wanted = request.get('x-request-id');
    const state = beginRequest(request, wanted !== undefined && REQUEST_ID.test(wanted) ? wanted : newId());
    response.set('X-Request-Id', state.requestId);
    response.on('close', () => {
      const line = {
        correlationId: state.requestId,
        method: request.method,
        route: state.route,
        status: response.statusCode,
        ms: Math.round((clock.monotonic() - startedAt) * 10) / 10,
        actor: state.identity.name,
        ...(response.writableFinished ? {} : { aborted: true }),
      };
      const probe = QUIET.has(request.path);
      logger[response.statusCode >= 500 && !probe ? 'warn' : probe ? 'debug' : 'info'](line, 'request');
    });
    next();
  };
}
