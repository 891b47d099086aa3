import { randomInt } from 'node:crypto';
import type { User } from '../../domain/people/user.ts';
import { linkCodeHash } from '../../domain/telegram.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { wholeList } from '../paging.ts';
import type { Desk } from '../people/desk.ts';
import { notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import { OwnTelegramCode, TelegramCode, TelegramCodeWish, TelegramLink } from '../schemas/telegram.ts';

const tag = 'telegram';
const CODE_MS = 10 * 60_000;
/** Crockford's base 32: no letter that looks like another. Ten of them are 50 bits, far beyond guessing in ten minutes. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Who is who on Telegram: one-time codes to link a chat, and what is linked. */
export function telegramRoutes(deps: ApiDeps, desk: Pick<Desk, 'factors'>): Route[] {
  const { readModel, people } = deps;
  const codeAnswers = { 201: { description: 'The code', schema: TelegramCode } };
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/me/telegram-code',
      role: 'viewer',
      tag,
      summary: 'A code that links your Telegram account, good once, for ten minutes',
      body: OwnTelegramCode,
      answers: codeAnswers,
      handle: async (input) => {
        const { by, userId } = input.identity;
        const user = by === 'person' && userId !== null ? people.userById(userId) : undefined;
        if (user) return newCode(deps, desk, input, user);
        return problem('FORBIDDEN', 'This token is nobody’s own. A user’s code is made with POST /api/v1/telegram/codes.');
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/telegram/codes',
      role: 'admin',
      tag,
      summary: 'A code that links the Telegram account of a user',
      body: TelegramCodeWish,
      answers: codeAnswers,
      handle: async (input) => {
        const user = people.userByEmail(input.body.user);
        return user ? newCode(deps, desk, input, user) : notFound(`user "${input.body.user}"`);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/telegram/links',
      role: 'admin',
      tag,
      summary: 'Whose Telegram account is whose',
      query: NoQuery,
      answers: { 200: { description: 'Links', schema: listOf(TelegramLink) } },
      handle: async () => ok(wholeList(await readModel.telegramLinks())),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/telegram/links/:telegramId',
      role: 'admin',
      tag,
      summary: 'Unlink a Telegram account',
      answers: { 204: { description: 'It is heard as nobody from now on' } },
      handle: async (input) => {
        const user = await readModel.userByTelegramId(input.param('telegramId'));
        if (!user) return notFound(`link of "${input.param('telegramId')}"`);
        return carryOut(deps.submit, input, { kind: 'telegram.unlink', userId: user.id }, async () => answer(204));
      },
    }),
  ];
}

/** Whoever holds a code is heard in that user's name, so who has a second factor shows it. */
async function newCode(
  { submit, clock, people }: ApiDeps,
  { factors }: Pick<Desk, 'factors'>,
  caller: Input<unknown, { readonly totp?: string | undefined }>,
  user: User,
): Promise<Answer | Problem> {
  const enrolled = people.userById(caller.identity.userId ?? '')?.sealedTotp != null;
  const demanded = enrolled ? factors.demand(caller.identity, caller.body.totp ?? null) : { factor: null };
  if ('kind' in demanded) return demanded;
  const letters = Array.from({ length: 10 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
  const text = `${letters.slice(0, 5)}-${letters.slice(5)}`;
  const code = { userId: user.id, codeHash: linkCodeHash(text), expiresAt: clock.now() + CODE_MS };
  const shown = { code: text, expiresAt: new Date(code.expiresAt).toISOString() };
  const body = { kind: 'telegram.code', code, secondFactor: demanded.factor } as const;
  return carryOut(submit, { ...caller, idempotencyKey: null }, body, async () => answer(201, shown));
}
