import { newUser, type User } from '../../domain/people/user.ts';
import { hashPassword, randomPassword } from '../../ops/passwords.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { userView } from '../people/views.ts';
import { notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery, pageQuery } from '../schemas/common.ts';
import * as people from '../schemas/people.ts';

const tag = 'people';
const path = '/api/v1/users';

export function userRoutes(deps: ApiDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps), ...rescueRoutes(deps)];
}

function readRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'admin',
      tag,
      summary: 'Everybody who may sign in, and who no longer may',
      query: pageQuery({}),
      answers: { 200: { description: 'Users', schema: listOf(people.User) } },
      handle: async ({ query }) => pageAnswer(Promise.resolve().then(() => pageOf(deps.people.users().map(userView), query))),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'One user, by id or e-mail',
      answers: { 200: { description: 'The user', schema: people.User } },
      handle: async ({ param }) => withUser(deps, param('id'), async (user) => ok(userView(user))),
    }),
  ];
}

function writeRoutes(deps: ApiDeps): Route[] {
  const change = (input: Input<unknown, unknown>, wanted: people.UserChange, then: (user: User) => Answer) =>
    withUser(deps, input.param('id'), (user) =>
      carryOut(deps.submit, input, { kind: 'user.change', userId: user.id, change: defined(wanted) }, async () =>
        then(deps.people.userById(user.id) ?? user),
      ),
    );
  return [
    defineRoute({
      method: 'post',
      path,
      role: 'admin',
      tag,
      summary: 'Add a user',
      query: NoQuery,
      body: people.NewUser,
      answers: { 201: { description: 'Added; a password made up for them is answered this once', schema: people.UserWithPassword } },
      handle: (input) => createUser(deps, input),
    }),
    defineRoute({
      method: 'put',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Change name, role or whether they may sign in',
      description: 'What is left out stays. A new role, like being disabled, ends their sessions.',
      body: people.UserChange,
      answers: { 200: { description: 'Changed', schema: people.User } },
      handle: (input) => change(input, input.body, (user) => ok(userView(user))),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Disable a user',
      description: 'Their sessions and tokens end; what they did stays in the audit trail. The last admin stays.',
      answers: { 204: { description: 'May no longer sign in' } },
      handle: (input) => change(input, { disabled: true }, () => answer(204)),
    }),
  ];
}

function rescueRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: `${path}/:id/password`,
      role: 'admin',
      tag,
      summary: 'Give a user a new password',
      description: 'Ends their sessions. Without a password in the body one is made up and answered this once.',
      query: NoQuery,
      body: people.PasswordReset,
      answers: { 200: { description: 'Changed', schema: people.UserWithPassword } },
      handle: (input) => withUser(deps, input.param('id'), (user) => resetPassword(deps, input, user)),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id/totp`,
      role: 'admin',
      tag,
      summary: "Remove a user's second factor: they have lost it",
      description: 'Not your own. Ends their sessions; they set up a new one at the next sign-in.',
      answers: { 204: { description: 'Removed' } },
      handle: (input) =>
        withUser(deps, input.param('id'), (user) =>
          carryOut(deps.submit, input, { kind: 'totp.reset', userId: user.id }, async () => answer(204)),
        ),
    }),
  ];
}

async function withUser(
  { people: directory }: ApiDeps,
  idOrEmail: string,
  then: (user: User) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const user = directory.userById(idOrEmail) ?? directory.userByEmail(idOrEmail);
  return user ? then(user) : notFound(`user "${idOrEmail}"`);
}

/** Without fields that were left out: they are not to be set to nothing. */
function defined({ name, role, disabled }: people.UserChange) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

async function createUser(deps: ApiDeps, input: Input<unknown, people.NewUser>): Promise<Answer | Problem> {
  const { email, name, role, password = randomPassword() } = input.body;
  const passwordHash = await hashPassword(password);
  const user = newUser({ id: deps.newId(), email, name, role, passwordHash, createdAt: deps.clock.now() });
  return carryOut(deps.submit, input, { kind: 'user.create', user }, async ({ duplicate }) => {
    if (duplicate) return problem('ALREADY_CREATED', `"${user.email}" was added before; give them a new password if theirs was not seen.`);
    return answer(201, { ...userView(user), ...(input.body.password === undefined ? { password } : {}) });
  });
}

async function resetPassword(deps: ApiDeps, input: Input<unknown, people.PasswordReset>, user: User): Promise<Answer | Problem> {
  const { password = randomPassword() } = input.body;
  const passwordHash = await hashPassword(password);
  return carryOut(deps.submit, input, { kind: 'user.password', userId: user.id, passwordHash }, async ({ duplicate }) => {
    if (duplicate) return problem('ALREADY_CREATED', 'This password was set before and answered then.');
    return ok({ ...userView(user), ...(input.body.password === undefined ? { password } : {}) });
  });
}
