import type { ApiDeps } from '../deps.ts';
import { wholeList } from '../paging.ts';
import { notFound } from '../problem.ts';
import { answer, defineRoute, ok, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import { Ban } from '../schemas/system.ts';

const tag = 'bans';

export function banRoutes({ bans }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/bans',
      role: 'viewer',
      tag,
      summary: 'Addresses this instance has banned',
      query: NoQuery,
      answers: { 200: { description: 'Bans', schema: listOf(Ban) } },
      handle: async () =>
        ok(
          wholeList(
            bans.list().map(({ subject, since, until, level }) => ({
              address: subject.address,
              since: new Date(since).toISOString(),
              until: new Date(until).toISOString(),
              level,
            })),
          ),
        ),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/bans/:ip',
      role: 'admin',
      tag,
      summary: 'Lift a ban on this instance',
      answers: { 204: { description: 'Lifted' } },
      handle: async ({ param }) => {
        const lifted = await bans.lift(param('ip'));
        return lifted > 0 ? answer(204) : notFound(`ban of "${param('ip')}"`);
      },
    }),
  ];
}
