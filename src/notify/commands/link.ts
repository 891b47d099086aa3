import { linkCodeHash } from '../../domain/telegram.ts';
import { type Ask, act, outcomeText, refusalIn } from './act.ts';
import type { DeskDeps } from './deps.ts';
import type { FailureCount } from './failures.ts';

/** What a code looks like, however it was copied: ten letters and digits, a dash or space between them. */
const CODE = /^[0-9A-Z]{10}$/;
const WRONG = 'This code is wrong, used up or older than ten minutes. Get a new one with POST /api/v1/me/telegram-code.';

/** Links who wrote to the user who has the code. Whoever guesses is not answered any more for a while. */
export async function link(ask: Ask, deps: DeskDeps, guesses: FailureCount): Promise<string | null> {
  const { from } = ask.asker;
  if (!ask.asker.isPrivate) return 'Send me the code in a private chat: nobody else should read it.';
  if (guesses.isFull(from)) return null;
  const isCode = CODE.test(ask.argument.toUpperCase().replaceAll(/[\s-]/g, ''));
  if (!isCode) return guesses.add(from) ? WRONG : null;
  const submitted = await act({ kind: 'telegram.link', codeHash: linkCodeHash(ask.argument), telegramId: from }, ask, deps);
  if (submitted.kind !== 'reply') return outcomeText(submitted, '');
  if (refusalIn(submitted.reply) !== null) return guesses.add(from) ? WRONG : null;
  const user = await deps.userByTelegramId(from);
  return `Linked. You are ${user?.email ?? 'known'}${user ? `, ${user.role}` : ''}. /help lists what you can do here.`;
}

export async function unlink(ask: Ask, deps: DeskDeps): Promise<string> {
  const { user } = ask.asker;
  if (user === null) return 'You are not linked.';
  const submitted = await act({ kind: 'telegram.unlink', userId: user.id }, ask, deps);
  return outcomeText(submitted, 'Unlinked. I hear no command of yours any more.');
}
