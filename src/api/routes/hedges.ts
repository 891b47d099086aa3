import type { Hedge } from '../../domain/hedge/hedge.ts';
import type { HedgeView, ReadModel } from '../../ledger/readModel.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { findAccount, unknownAccount } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { invalid, notFound, type Problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery, wholePageQuery } from '../schemas/common.ts';
import * as schemas from '../schemas/hedge.ts';

const tag = 'hedges';
const path = '/api/v1/hedges';

export function hedgeRoutes(deps: ApiDeps): Route[] {
  return [...ruleRoutes(deps), ...changeRoutes(deps), ...switchRoutes(deps)];
}

function ruleRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Rules that keep one position at a ratio of another',
      query: wholePageQuery({}),
      answers: { 200: { description: 'Rules', schema: listOf(schemas.Hedge) } },
      handle: ({ query, reads }) => pageAnswer(reads.hedges().then((all) => pageOf(all, query))),
    }),
    defineRoute({
      method: 'post',
      path,
      role: 'trader',
      tag,
      summary: 'Add a rule',
      description: 'Refused where rules would chase each other (`HEDGE_CYCLE`) or share a position (`HEDGE_TAKEN`).',
      query: NoQuery,
      body: schemas.HedgeWish,
      answers: { 201: { description: 'Added', schema: schemas.Hedge } },
      handle: (input) => put(deps, input, null),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One rule, by id or name',
      answers: { 200: { description: 'The rule', schema: schemas.Hedge } },
      handle: ({ param, reads }) => withRule(reads, param('id'), async (rule) => ok(rule)),
    }),
  ];
}

function changeRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: `${path}/:id`,
      role: 'trader',
      tag,
      summary: 'Replace a rule',
      description: 'A correction that is under way by the rule as it was is void, unless it has been sent.',
      query: NoQuery,
      body: schemas.HedgeWish,
      answers: { 200: { description: 'The rule now', schema: schemas.Hedge } },
      handle: (input) => withRule(input.reads, input.param('id'), (rule) => put(deps, input, rule)),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'trader',
      tag,
      summary: 'Remove a rule; the position of its hedge stays',
      answers: { 204: { description: 'Removed' } },
      handle: (input) =>
        withRule(input.reads, input.param('id'), ({ id }) =>
          carryOut(deps.submit, input, { kind: 'hedge.remove', hedgeId: id }, async () => answer(204)),
        ),
    }),
  ];
}

function switchRoutes(deps: ApiDeps): Route[] {
  return ([true, false] as const).map((enabled) =>
    defineRoute({
      method: 'post',
      path: `${path}/:id/${enabled ? 'start' : 'stop'}`,
      role: 'trader',
      tag,
      summary: enabled ? 'Follow the parent from now on' : 'Follow no longer; the position of the hedge stays',
      query: NoQuery,
      answers: { 200: { description: 'The rule now', schema: schemas.Hedge } },
      handle: (input) =>
        withRule(input.reads, input.param('id'), ({ id }) =>
          carryOut(deps.submit, input, { kind: 'hedge.switch', hedgeId: id, enabled }, () =>
            withRule(input.reads, id, async (rule) => ok(rule)),
          ),
        ),
    }),
  );
}

async function withRule(
  reads: ReadModel,
  idOrName: string,
  work: (rule: HedgeView) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const rules = await reads.hedges();
  const rule = rules.find(({ id }) => id === idOrName) ?? rules.find(({ name }) => name === idOrName);
  return rule ? work(rule) : notFound(`hedge "${idOrName}"`);
}

async function put(deps: ApiDeps, input: Input<unknown, schemas.HedgeWish>, before: HedgeView | null): Promise<Answer | Problem> {
  const { reads, body } = input;
  const [parent, hedge] = await Promise.all([findAccount(reads, body.parent.account), findAccount(reads, body.hedge.account)]);
  if (!parent) return invalid([await unknownAccount(reads, body.parent.account, { pointer: '/parent/account' })]);
  if (!hedge) return invalid([await unknownAccount(reads, body.hedge.account, { pointer: '/hedge/account' })]);
  const { name, ratio, by, band, minIntervalSec, enabled } = body;
  const rule: Hedge = {
    ...{ id: before?.id ?? deps.newId(), name, ownerId: null, ratio, by, band, minIntervalSec, enabled },
    parent: { accountId: parent.id, symbol: body.parent.symbol },
    hedge: { accountId: hedge.id, symbol: body.hedge.symbol },
    createdAt: deps.clock.now(),
  };
  const change = before ? 'updated' : 'created';
  return carryOut(deps.submit, input, { kind: 'hedge.put', hedge: rule, change }, (done) =>
    withRule(reads, (done.body as { readonly hedgeId: string }).hedgeId, async (stored) => answer(done.status, stored)),
  );
}
