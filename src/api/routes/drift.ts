import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { pageAnswer, pageBy } from '../paging.ts';
import { notFound } from '../problem.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf } from '../schemas/common.ts';
import * as portfolio from '../schemas/portfolio.ts';

const tag = 'portfolio';
const path = '/api/v1/portfolio/drift';
const SHOWN: ReadonlySet<string> = new Set(['open', 'ignored']);

/** Where ledger and venues differ, and what is done about it. */
export function driftRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Where ledger and venues differ',
      query: portfolio.DriftQuery,
      answers: { 200: { description: 'Drifts', schema: listOf(portfolio.Drift) } },
      handle: async ({ query, reads }) => {
        const drifts = (await reads.drifts()).filter(
          ({ account, status }) => (query.account ?? account) === account && (query.status ? query.status === status : SHOWN.has(status)),
        );
        return pageAnswer(Promise.resolve(pageBy(drifts, query, ({ account, symbol }) => `${account} ${symbol}`)));
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/:id`,
      role: 'trader',
      tag,
      summary: 'Decide about a drift',
      body: portfolio.DecideDrift,
      answers: { 200: { description: 'Decided', schema: portfolio.DecidedDrift } },
      handle: async (input) => {
        const driftId = input.param('id');
        const found = (await input.reads.drifts()).some(({ id }) => id === driftId);
        if (!found) return notFound(`drift "${driftId}"`);
        return carryOut(deps.submit, input, { kind: 'drift.decide', driftId, ...input.body }, async ({ body }) => ok(body));
      },
    }),
  ];
}
