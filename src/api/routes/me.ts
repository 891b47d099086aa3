import type { User } from '../../domain/people/user.ts';
import { hashPassword } from '../../ops/passwords.ts';
import { newRecoveryCodes, recoveryHash, totpPlace } from '../../ops/secondFactor.ts';
import { newTotpSecret, qrCode, totpUri, verifyTotp } from '../../ops/totp.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { setCookie } from '../people/cookies.ts';
import type { Desk } from '../people/desk.ts';
import { type Problem, problem, tooManyFailures } from '../problem.ts';
import { type Answer, answer, type Caller, defineRoute, type Input, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import * as people from '../schemas/people.ts';

const tag = 'people';
const path = '/api/v1/me';

/** What people do about themselves; tokens of programs have nobody to do it for. */
export function meRoutes(deps: ApiDeps, desk: Desk): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: `${path}/password`,
      role: 'viewer',
      tag,
      summary: 'Change your password',
      description: 'Ends all your sessions, this one too.',
      query: NoQuery,
      body: people.NewPassword,
      answers: { 204: { description: 'Changed; sign in again' } },
      handle: (input) => changePassword(deps, desk, input),
    }),
    defineRoute({
      method: 'post',
      path: `${path}/totp`,
      role: 'viewer',
      whileEnrolling: true,
      tag,
      summary: 'Set up a second factor: a secret for an authenticator app',
      description: 'It counts once a code of it was confirmed.',
      query: NoQuery,
      body: people.TotpStart,
      answers: { 200: { description: 'The secret, this once', schema: people.TotpSecret } },
      handle: (input) => beginTotp(deps, desk, input),
    }),
    defineRoute({
      method: 'post',
      path: `${path}/totp/confirm`,
      role: 'viewer',
      whileEnrolling: true,
      tag,
      summary: 'Confirm the second factor with a code of it',
      description: 'Ends your other sessions.',
      query: NoQuery,
      body: people.TotpProof,
      answers: { 200: { description: 'In force; recovery codes, this once', schema: people.RecoveryCodes } },
      handle: (input) => confirmTotp(deps, desk, input),
    }),
  ];
}

function selfOf({ people: directory }: ApiDeps, { identity }: Caller): User | Problem {
  const user = identity.by === 'person' && identity.userId !== null ? directory.userById(identity.userId) : undefined;
  return user ?? problem('FORBIDDEN', 'This is for people: sign in with e-mail and password.');
}

async function changePassword(deps: ApiDeps, desk: Desk, input: Input<unknown, people.NewPassword>): Promise<Answer | Problem> {
  const user = selfOf(deps, input);
  if ('kind' in user) return user;
  const { current, password } = input.body;
  const checked = await desk.passwords({ email: user.email, password: current, ...input.browser });
  if (checked.kind === 'wait') return tooManyFailures(checked.waitMs);
  if (checked.kind === 'busy') return problem('BUSY', undefined, { headers: { 'Retry-After': '1' } });
  if (checked.kind === 'wrong') return problem('FORBIDDEN', 'The current password is wrong.');
  checked.refund();
  const passwordHash = await hashPassword(password);
  const cookies = [setCookie('session', null, 0, input.browser.secure)];
  return carryOut(deps.submit, input, { kind: 'user.password', userId: user.id, passwordHash }, async () => ({ ...answer(204), cookies }));
}

async function beginTotp(deps: ApiDeps, desk: Desk, input: Input<unknown, people.TotpStart>): Promise<Answer | Problem> {
  const user = selfOf(deps, input);
  if ('kind' in user) return user;
  const demanded = user.sealedTotp === null ? { factor: null } : desk.factors.demand(input.identity, input.body.totp ?? null);
  if ('kind' in demanded) return demanded;
  const secret = newTotpSecret();
  const sealedSecret = deps.box.seal(secret, totpPlace(user.id));
  const body = { kind: 'totp.begin', userId: user.id, sealedSecret, secondFactor: demanded.factor } as const;
  // A repeat by Idempotency-Key would show a secret that is not the one stored.
  return carryOut(deps.submit, { ...input, idempotencyKey: null }, body, async () => {
    const uri = totpUri(secret, user.email);
    const { svg, text } = qrCode(uri);
    return ok({ secret, uri, qrSvg: svg, qrText: text });
  });
}

async function confirmTotp(deps: ApiDeps, { guesses }: Desk, input: Input<unknown, people.TotpProof>): Promise<Answer | Problem> {
  const user = selfOf(deps, input);
  if ('kind' in user) return user;
  const sealedSecret = user.sealedTotpPending;
  if (sealedSecret === null) return problem('TOTP_NOT_BEGUN');
  const waitMs = guesses.factor.charge(user.id);
  if (waitMs !== null) return tooManyFailures(waitMs);
  const step = verifyTotp(deps.box.open(sealedSecret, totpPlace(user.id)), input.body.totp.replaceAll(' ', ''), deps.clock.now(), null);
  if (step === null) return problem('SECOND_FACTOR_REFUSED');
  guesses.factor.refund(user.id);
  const recoveryCodes = newRecoveryCodes();
  const recoveryHashes = recoveryCodes.map((code) => recoveryHash(user.id, code));
  const keepSessionId = input.identity.session?.id ?? null;
  const body = { kind: 'totp.confirm', userId: user.id, sealedSecret, step, recoveryHashes, keepSessionId } as const;
  return carryOut(deps.submit, { ...input, idempotencyKey: null }, body, async () => ok({ recoveryCodes }));
}
