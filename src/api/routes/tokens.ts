import { type ApiToken, roleOfScopes } from '../../domain/people/access.ts';
import { mayAct, type User } from '../../domain/people/user.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { randomToken } from '../../ops/passwords.ts';
import { TOKEN_PREFIX } from '../auth.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import type { Desk } from '../people/desk.ts';
import { tokenView } from '../people/views.ts';
import { invalid, type Problem, problem } from '../problem.ts';
import { type Answer, answer, type Caller, defineRoute, type Input, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import * as people from '../schemas/people.ts';

const tag = 'people';
const path = '/api/v1/tokens';
const DAY_MS = 86_400_000;

export function tokenRoutes(deps: ApiDeps, desk: Pick<Desk, 'factors'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Tokens of programs',
      query: people.TokenQuery,
      answers: { 200: { description: 'Yours; for admins with all=true everybody’s', schema: listOf(people.Token) } },
      handle: async ({ identity, query }) => {
        if (query.all && !mayAct(identity.role, 'admin')) return problem('FORBIDDEN', "Only an admin sees everybody's tokens.");
        // The house has no tokens of its own, so it sees all.
        const wanted = deps.people.tokens().filter(({ userId }) => query.all || identity.userId === null || userId === identity.userId);
        return pageAnswer(
          Promise.resolve().then(() =>
            pageOf(
              wanted.map((token) => tokenView(deps.people, token)),
              query,
            ),
          ),
        );
      },
    }),
    defineRoute({
      method: 'post',
      path,
      role: 'viewer',
      tag,
      summary: 'Make a token for a program',
      description:
        'Its scopes are part of its owner’s rights; it is answered this once. A person with a second factor sends a fresh code of it for one that may do more than read.',
      query: NoQuery,
      body: people.NewToken,
      answers: { 201: { description: 'The token, this once', schema: people.TokenWithText } },
      handle: (input) => createToken(deps, desk, input),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'Revoke a token',
      answers: { 204: { description: 'Refused from now on, by every instance' } },
      handle: (input) => carryOut(deps.submit, input, { kind: 'token.revoke', tokenId: input.param('id') }, async () => answer(204)),
    }),
  ];
}

async function createToken(
  deps: ApiDeps,
  { factors }: Pick<Desk, 'factors'>,
  input: Input<unknown, people.NewToken>,
): Promise<Answer | Problem> {
  const owner = ownerOf(deps, input, input.body.user);
  if ('kind' in owner) return owner;
  const mayAskForMore = roleOfScopes(input.body.scopes) !== 'viewer';
  const demanded = mayAskForMore ? factors.demand(input.identity, input.body.totp ?? null) : { factor: null };
  if ('kind' in demanded) return demanded;
  const text = `${TOKEN_PREFIX}${randomToken()}`;
  const now = deps.clock.now();
  const { name, scopes, expiresInDays } = input.body;
  const token: ApiToken = {
    ...{ id: deps.newId(), userId: owner.id, name, tokenHash: sha256Hex(text), scopes: [...new Set(scopes)] },
    ...{ createdAt: now, expiresAt: now + expiresInDays * DAY_MS, lastUsedAt: null },
  };
  return carryOut(deps.submit, input, { kind: 'token.create', token, secondFactor: demanded.factor }, async ({ duplicate }) =>
    duplicate
      ? problem('ALREADY_CREATED', `Token "${name}" was made before and answered then; revoke it and make a new one.`)
      : answer(201, { ...tokenView(deps.people, token), token: text }),
  );
}

function ownerOf({ people: directory }: ApiDeps, { identity }: Caller, email: string | undefined): User | Problem {
  const user = email === undefined ? directory.userById(identity.userId ?? '') : directory.userByEmail(email);
  if (user) return user;
  const message = email === undefined ? 'Say whose token it shall be.' : `No user "${email}".`;
  return invalid([{ pointer: '/user', code: email === undefined ? 'REQUIRED' : 'USER_UNKNOWN', message }]);
}
