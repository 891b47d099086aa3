import type { ApiDeps } from '../deps.ts';
import { answer, defineRoute, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import { Connection, Health, MetricsText, Readiness } from '../schemas/system.ts';

const tag = 'system';

/** What machines ask: outside `/api` open to everyone, nothing in it that is worth hiding. */
export function systemRoutes({ clock, instance, version, health, metrics }: ApiDeps): Route[] {
  const startedAt = clock.monotonic();
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      role: null,
      tag,
      summary: 'The process is up',
      answers: { 200: { description: 'Up', schema: Health } },
      handle: async () => ok({ status: 'ok', instance, version, uptimeSec: Math.floor((clock.monotonic() - startedAt) / 1000) }),
    }),
    defineRoute({
      method: 'get',
      path: '/ready',
      role: null,
      tag,
      summary: 'A command could be stored now',
      answers: {
        200: { description: 'Ready', schema: Readiness },
        503: { description: 'Not ready; the checks say why', schema: Readiness },
      },
      handle: async () => {
        const readiness = await health.ready();
        return answer(readiness.ready ? 200 : 503, readiness);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/connection',
      role: 'viewer',
      tag,
      summary: 'Who you are to this instance, and by which way you came',
      description: 'For setting TRUST_PROXY_HOPS or CLIENT_IP_HEADER right; `signalman doctor` asks it through PUBLIC_URL.',
      query: NoQuery,
      answers: { 200: { description: 'The connection', schema: Connection } },
      handle: async ({ address, path: { peer, forwardedFor }, identity: { name, role } }) =>
        ok({ address, peer, forwardedFor, identity: { name, role } }),
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      role: null,
      tag,
      summary: 'Metrics for Prometheus',
      answers: { 200: { description: 'Metrics', schema: MetricsText, contentType: 'text/plain' } },
      handle: async () => ({ ...answer(200, await metrics.metrics()), contentType: metrics.contentType }),
    }),
  ];
}
