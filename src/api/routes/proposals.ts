import type { Proposal } from '../../domain/people/proposal.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf, NoQuery, pageQuery } from '../schemas/common.ts';
import * as people from '../schemas/people.ts';

const tag = 'people';
const path = '/api/v1/proposals';
const SHOWN_MAX = 1_000;

const DECISIONS = [
  { decision: 'confirm', summary: 'Confirm what another admin proposed; it is carried out at once' },
  { decision: 'reject', summary: 'Reject a proposal, or take back one of yours' },
] as const;

export function proposalRoutes({ clock, readModel, submit }: ApiDeps): Route[] {
  const list = defineRoute({
    method: 'get',
    path,
    role: 'admin',
    tag,
    summary: 'Changes that waited for a second admin, newest first',
    query: pageQuery({}),
    answers: { 200: { description: 'Proposals', schema: listOf(people.Proposal) } },
    handle: async ({ query }) => {
      const views = readModel.proposals(SHOWN_MAX).then((all) => all.map((proposal) => proposalView(proposal, clock.now())));
      return pageAnswer(views.then((all) => pageOf(all, query)));
    },
  });
  const decide = DECISIONS.map(({ decision, summary }) =>
    defineRoute({
      method: 'post',
      path: `${path}/:id/${decision}`,
      role: 'admin',
      tag,
      summary,
      query: NoQuery,
      answers: { 200: { description: 'Decided', schema: people.Decision } },
      handle: (input) =>
        carryOut(submit, input, { kind: 'proposal.decide', proposalId: input.param('id'), decision }, async () => {
          return ok({ id: input.param('id'), status: decision === 'confirm' ? 'confirmed' : 'rejected' });
        }),
    }),
  );
  return [list, ...decide];
}

function proposalView(proposal: Proposal, now: number) {
  const { id, topic, summary, proposedBy, proposedAt, expiresAt, status, decidedBy, decidedAt } = proposal;
  return {
    ...{ id, topic, summary, proposedBy, decidedBy },
    status: status === 'open' && expiresAt <= now ? 'expired' : status,
    proposedAt: new Date(proposedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    decidedAt: decidedAt === null ? null : new Date(decidedAt).toISOString(),
  };
}
