import type { ApiDeps } from '../deps.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import { Cluster } from '../schemas/system.ts';

export function clusterRoutes({ readModel, log }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/cluster',
      role: 'viewer',
      tag: 'cluster',
      summary: 'Instances, leader, epoch and commands waiting',
      query: NoQuery,
      answers: { 200: { description: 'The cluster', schema: Cluster } },
      handle: async () => {
        // Who leads is asked most when something is down, and the log may be what does not answer.
        const [cluster, lag] = await Promise.all([readModel.cluster(), log.lag().catch(() => null)]);
        return ok({ ...cluster, lag });
      },
    }),
  ];
}
