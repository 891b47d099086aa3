import type { ApiDeps } from '../deps.ts';
import { pageAnswer } from '../paging.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf, pageQuery } from '../schemas/common.ts';
import { Audit, AuditCheck, AuditFilter, AuditProof } from '../schemas/system.ts';

/** A fraction of a second's work. */
const CHECKED_MAX = 5_000;

export function auditRoutes({ readModel }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit',
      role: 'admin',
      tag: 'audit',
      summary: 'Who changed what, newest first',
      query: pageQuery(AuditFilter),
      answers: { 200: { description: 'Audit rows', schema: listOf(Audit) } },
      handle: ({ query }) => pageAnswer(readModel.audit(query, query)),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/verify',
      role: 'admin',
      tag: 'audit',
      summary: 'Check a stretch of the chain of audit entries',
      description: `At most ${CHECKED_MAX} entries a call, oldest first; go on from \`last\` until \`done\`.`,
      query: AuditProof,
      answers: { 200: { description: 'What was found', schema: AuditCheck } },
      handle: async ({ query: { fromSeq, fromHash, expect } }) =>
        ok(await readModel.checkAudit({ from: { seq: fromSeq, hash: fromHash }, limit: CHECKED_MAX, expect: expect ?? null })),
    }),
  ];
}
