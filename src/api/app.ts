import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import helmet from 'helmet';
import { accessGate } from './access.ts';
import { createAuthenticator } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { mountRoutes, sendProblem } from './mount.ts';
import { describeApi } from './openapi.ts';
import { createPages } from './pages.ts';
import { createDesk, type Desk } from './people/desk.ts';
import { createSeenNotes } from './people/seen.ts';
import { type Problem, problem, problemFromError } from './problem.ts';
import { requestLog } from './requestLog.ts';
import { answer, defineRoute, type Route } from './route.ts';
import { accountRoutes } from './routes/accounts.ts';
import { auditRoutes } from './routes/audit.ts';
import { banRoutes } from './routes/bans.ts';
import { candleRoutes } from './routes/candles.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { commandRoutes } from './routes/commands.ts';
import { driftRoutes } from './routes/drift.ts';
import { hedgeRoutes } from './routes/hedges.ts';
import { hookRoutes } from './routes/hooks.ts';
import { marketDataRoutes } from './routes/marketData.ts';
import { meRoutes } from './routes/me.ts';
import { orderRoutes } from './routes/orders.ts';
import { portfolioRoutes } from './routes/portfolio.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { riskRoutes } from './routes/risk.ts';
import { secretRoutes } from './routes/secrets.ts';
import { sessionRoutes } from './routes/session.ts';
import { signalRoutes } from './routes/signals.ts';
import { systemRoutes } from './routes/system.ts';
import { telegramRoutes } from './routes/telegram.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { tradeRoutes } from './routes/trades.ts';
import { tradingRoutes } from './routes/trading.ts';
import { userRoutes } from './routes/users.ts';
import { whitelistRoutes } from './routes/whitelist.ts';
import { OpenApiDocument } from './schemas/system.ts';

/** Every operation there is, the OpenAPI document among them. */
export function apiRoutes(deps: ApiDeps, desk: Desk = createDesk(deps)): readonly Route[] {
  const routes = [
    ...signalRoutes(deps),
    ...orderRoutes(deps),
    ...tradeRoutes(),
    ...portfolioRoutes(deps),
    ...driftRoutes(deps),
    ...tradingRoutes(deps, desk),
    ...riskRoutes(deps),
    ...telegramRoutes(deps, desk),
    ...hookRoutes(deps),
    ...accountRoutes(deps),
    ...marketDataRoutes(deps),
    ...candleRoutes(deps),
    ...auditRoutes(deps),
    ...whitelistRoutes(deps),
    ...banRoutes(deps),
    ...hedgeRoutes(deps),
    ...secretRoutes(deps),
    ...sessionRoutes(deps, desk),
    ...meRoutes(deps, desk),
    ...tokenRoutes(deps, desk),
    ...userRoutes(deps),
    ...proposalRoutes(deps),
    ...clusterRoutes(deps),
    ...commandRoutes(),
    ...systemRoutes(deps),
  ];
  let document: unknown;
  const openApi = defineRoute({
    method: 'get',
    path: '/openapi.json',
    role: null,
    tag: 'system',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', schema: OpenApiDocument } },
    handle: async () => {
      document ??= describeApi([...routes, openApi], deps.version);
      return answer(200, document);
    },
  });
  return [...routes, openApi];
}

/** How old the time a session or token was last used may be, milliseconds. */
const SEEN_EVERY_MS = 300_000;

/** HTTP for people and programs: everything but `/hooks`. Reads the read model, changes things by submitting commands. */
export function createApi(deps: ApiDeps): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(requestLog(deps));
  app.use(securityHeaders());
  app.use(accessGate(deps));
  app.use('/api', (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  const desk = createDesk(deps);
  const seen = createSeenNotes({ ...deps, everyMs: Math.min(SEEN_EVERY_MS, deps.sessionIdleMs / 4) });
  mountRoutes(app, apiRoutes(deps, desk), { ...deps, authenticator: createAuthenticator({ ...deps, ...desk, seen }) });
  app.use(createPages(deps.version));
  app.use((request, response) =>
    sendProblem(request, response, problem('NOT_FOUND', 'There is nothing at this address; /docs lists what there is.')),
  );
  app.use(reportError(deps));
  return app;
}

/** Everything comes from this server. No `upgrade-insecure-requests`: on a plain-HTTP address it would break the pages' own files. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      directives: { 'style-src': ["'self'", "'unsafe-inline'"], 'font-src': ["'self'"], 'upgrade-insecure-requests': null },
    },
  });
}

/** The last resort: bad requests that express found become problems, anything else is logged and answered without a word of it. */
function reportError({ logger, health }: ApiDeps): ErrorRequestHandler {
  /** With the database away every read fails: that is "try again", not "something broke". */
  const ownFault = async (): Promise<Problem> => {
    const { ready } = await health.ready();
    return ready ? problem('INTERNAL') : problem('UNAVAILABLE', undefined, { headers: { 'Retry-After': '1' } });
  };
  return async (error, request, response, next) => {
    const found = problemFromError(error);
    if (!found) logger.error({ err: error, correlationId: response.get('X-Request-Id') }, 'request failed');
    if (response.headersSent) return next(error);
    sendProblem(request, response, found ?? (await ownFault()));
  };
}
