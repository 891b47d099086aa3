import type { PageRequest } from '../../ledger/readModel.ts';
import { networkOf, normalizeAddress } from '../../lib/address.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps, ListedBan } from '../deps.ts';
import { pageAnswer, pageBy } from '../paging.ts';
import { invalid, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Route } from '../route.ts';
import { Ban, LiftQuery, NewBan } from '../schemas/ban.ts';
import { listOf, NoQuery, wholePageQuery } from '../schemas/common.ts';

const tag = 'bans';
const path = '/api/v1/bans';

export function banRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Addresses shut out of the hooks',
      description: "Those of all instances, where they share a Redis; else this instance's own, and those imposed by hand.",
      query: wholePageQuery({}),
      answers: { 200: { description: 'Bans', schema: listOf(Ban) } },
      handle: ({ query }) => pageAnswer(page(deps, query)),
    }),
    defineRoute({
      method: 'post',
      path,
      role: 'admin',
      tag,
      summary: 'Ban an address by hand',
      description: 'On every instance within a second, for all hooks. An address of the whitelist only with `force`.',
      query: NoQuery,
      body: NewBan,
      answers: { 201: { description: 'Banned', schema: Ban } },
      handle: async (input) => {
        const { address, forSec, reason, force } = input.body;
        const normalized = normalizeAddress(address);
        if (normalized === null)
          return invalid([{ pointer: '/address', code: 'NOT_AN_ADDRESS', message: `"${address}" is not an IP address.` }]);
        const until = deps.clock.now() + forSec * 1000;
        const body = { kind: 'ban.add', address: normalized, until, reason, force } as const;
        const since = deps.clock.now();
        return carryOut(deps.submit, input, body, async () =>
          answer(201, viewOf({ subject: { address: normalized, shared: false }, since, until, level: 0, by: input.identity.name, reason })),
        );
      },
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:ip`,
      role: 'admin',
      tag,
      summary: 'Lift every ban of an address, on every instance',
      description: 'And forget its past, so that the next ban is a first one.',
      query: LiftQuery,
      answers: { 204: { description: 'Lifted' } },
      handle: (input) => {
        const address = normalizeAddress(input.param('ip'));
        return lift(deps, address, input.query.force, (found) =>
          carryOut(deps.submit, input, { kind: 'ban.lift', address: found }, async () => answer(204)),
        );
      },
    }),
  ];
}

/** A ban by hand and one that followed from behaviour may hold for the same network. */
async function page({ bans }: ApiDeps, query: PageRequest) {
  return pageBy(bans.list().map(viewOf), query, ({ network, appliesTo, by }) => `${network} ${appliesTo} ${by ?? ''}`);
}

async function lift(
  { bans }: ApiDeps,
  address: string | null,
  force: boolean,
  then: (address: string) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  if (address === null) return problem('NOT_FOUND', 'That is not an IP address.');
  const isBanned = bans.list().some(({ subject }) => networkOf(subject.address) === networkOf(address));
  if (isBanned || force) return then(address);
  return problem(
    'NOT_FOUND',
    `No ban of ${address} is known here. Without Redis each instance knows its own; repeat with force to lift it on all of them.`,
  );
}

function viewOf({ subject, since, until, level, by, reason }: ListedBan) {
  return {
    address: subject.address,
    network: networkOf(subject.address),
    appliesTo: subject.shared ? 'unknown keys' : 'everything',
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    ...{ level, by, reason },
  } as const;
}
