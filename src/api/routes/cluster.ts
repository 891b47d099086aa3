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
        const [cluster, lag] = await Promise.all([readModel.cluster(), log.lag()]);
        return ok({ ...cluster, lag });
      },
    }),
  ];
}
