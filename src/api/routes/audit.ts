import type { ApiDeps } from '../deps.ts';
import { pageAnswer } from '../paging.ts';
import { defineRoute, type Route } from '../route.ts';
import { listOf, pageQuery } from '../schemas/common.ts';
import { Audit } from '../schemas/system.ts';

export function auditRoutes({ readModel }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit',
      role: 'admin',
      tag: 'audit',
      summary: 'Who changed what, newest first',
      query: pageQuery({}),
      answers: { 200: { description: 'Audit rows', schema: listOf(Audit) } },
      handle: ({ query }) => pageAnswer(readModel.audit(query)),
    }),
  ];
}
