import type { Session } from '../../domain/people/access.ts';
import type { User } from '../../domain/people/user.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { randomToken } from '../../ops/passwords.ts';
import { mustEnrol } from '../auth.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { personIdentity } from '../identity.ts';
import { wholeList } from '../paging.ts';
import { csrfTokenOf, setCookie } from '../people/cookies.ts';
import type { Desk } from '../people/desk.ts';
import { currentView, sessionView } from '../people/views.ts';
import { notFound, type Problem, problem, tooManyFailures } from '../problem.ts';
import { type Answer, answer, type Caller, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import * as people from '../schemas/people.ts';

const tag = 'people';
const path = '/api/v1/session';
const DEVICE_SEC = 365 * 86_400;

export function sessionRoutes(deps: ApiDeps, desk: Desk): Route[] {
  return [...currentRoutes(deps, desk), ...listRoutes(deps)];
}

function currentRoutes(deps: ApiDeps, desk: Desk): Route[] {
  return [
    defineRoute({
      method: 'post',
      path,
      role: null,
      tag,
      summary: 'Sign in',
      description: 'Sets a cookie that scripts cannot read. Every change made with it needs `csrfToken` as the header X-CSRF-Token.',
      query: NoQuery,
      body: people.SignIn,
      answers: { 201: { description: 'Signed in', schema: people.CurrentSession } },
      handle: (input) => signIn(deps, desk, input),
    }),
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      whileEnrolling: true,
      tag,
      summary: 'Who am I',
      query: NoQuery,
      answers: { 200: { description: 'The way in that this request used', schema: people.CurrentSession } },
      handle: async ({ identity }) => ok(currentView(deps.people, identity)),
    }),
    defineRoute({
      method: 'delete',
      path,
      role: 'viewer',
      whileEnrolling: true,
      tag,
      summary: 'Sign out',
      answers: { 204: { description: 'The session has ended, on every instance' } },
      handle: async (input) => {
        const { session } = input.identity;
        if (!session) return notFound('session: this request came with a token');
        return endSession(deps, input, session.id);
      },
    }),
  ];
}

function listRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/sessions',
      role: 'viewer',
      tag,
      summary: 'Where you are signed in',
      query: NoQuery,
      answers: { 200: { description: 'Your sessions', schema: listOf(people.SessionView) } },
      handle: async ({ identity }) => {
        const own = identity.userId === null ? [] : deps.people.sessionsOf(identity.userId);
        const living = own.filter(({ expiresAt }) => expiresAt > deps.clock.now());
        return ok(wholeList(living.map((session) => sessionView(session, identity.session?.id ?? null))));
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/sessions/:id',
      role: 'viewer',
      tag,
      summary: 'Sign out somewhere else',
      answers: { 204: { description: 'That session has ended, on every instance' } },
      handle: (input) => endSession(deps, input, input.param('id')),
    }),
  ];
}

function endSession({ submit }: ApiDeps, caller: Caller, sessionId: string): Promise<Answer | Problem> {
  const own = caller.identity.session?.id === sessionId;
  const cookies = own ? [setCookie('session', null, 0, caller.browser.secure)] : [];
  return carryOut(submit, caller, { kind: 'session.end', sessionId }, async () => ({ ...answer(204), cookies }));
}

/** Whatever is wrong, the answer is the same, and takes the same time. */
async function signIn(deps: ApiDeps, desk: Desk, input: Input<unknown, people.SignIn>): Promise<Answer | Problem> {
  const { email, password, totp } = input.body;
  const checked = await desk.passwords({ email, password, ...input.browser });
  if (checked.kind === 'wait') return tooManyFailures(checked.waitMs);
  if (checked.kind === 'busy') return problem('BUSY', undefined, { headers: { 'Retry-After': '1' } });
  if (checked.kind === 'wrong') return problem('SIGN_IN_FAILED');
  const { user, refund } = checked;
  const secondFactor = totp === undefined ? null : desk.factors.check(user, totp);
  if (user.sealedTotp !== null && secondFactor === null) return problem('SIGN_IN_FAILED');
  const token = randomToken();
  const session = newSession(deps, input, user, token);
  const passwordFingerprint = sha256Hex(user.passwordHash);
  // In the user's name but with nobody's rights: there is nothing a key could make harmless, so none counts.
  const caller: Caller = { ...input, identity: { ...input.identity, name: `user:${user.email}` }, idempotencyKey: null };
  return carryOut(deps.submit, caller, { kind: 'session.open', session, passwordFingerprint, secondFactor }, async () => {
    refund();
    const identity = personIdentity(user, mustEnrol(deps, user), { id: session.id, csrf: csrfTokenOf(token) });
    return { ...answer(201, currentView(deps.people, identity, session)), cookies: cookiesFor(deps, desk, input, user, token) };
  });
}

function newSession({ newId, clock, sessionMaxMs }: ApiDeps, { address, browser }: Caller, user: User, token: string): Session {
  const now = clock.now();
  const from = { address: address === '' ? null : address, agent: browser.agent };
  return {
    id: newId(),
    userId: user.id,
    tokenHash: sha256Hex(token),
    ...from,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + sessionMaxMs,
  };
}

function cookiesFor({ sessionMaxMs }: ApiDeps, { devices }: Desk, { browser }: Caller, user: User, token: string): string[] {
  const { secure, device } = browser;
  const known = device !== null && devices.read(device, user) !== null;
  const session = setCookie('session', token, sessionMaxMs / 1000, secure);
  return known ? [session] : [session, setCookie('device', devices.make(user), DEVICE_SEC, secure)];
}
