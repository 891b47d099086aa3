import type { Ask } from './act.ts';
import { choose, whyNot } from './choose.ts';
import type { DeskDeps } from './deps.ts';
import type { FailureCount } from './failures.ts';

/** Six digits of an authenticator app, or a recovery code, with or without its dashes. */
const CODE = /^(\d{3}\s?\d{3}|[A-Z2-7]{4}(-?[A-Z2-7]{4}){3})$/i;

/**
 * A code that somebody was asked for: the question it answers is in the ledger, so whoever leads now knows it. Wrong and used
 * codes are counted, and after some of them none is looked at for a while. Null: it is no code, and nothing is said.
 */
export function answerCode(ask: Ask, deps: DeskDeps, guesses: FailureCount): Promise<string | null> | null {
  return ask.asker.user !== null && CODE.test(ask.argument) ? decide(ask, deps, guesses) : null;
}

async function decide({ asker, argument }: Ask, deps: DeskDeps, guesses: FailureCount): Promise<string> {
  const { bot, outbox, prove, choices, clock } = deps;
  const { user } = asker;
  const question = user && (await outbox.openQuestion(bot.audience, user.id));
  const button = question?.buttons[0];
  if (!user || !question || !button?.byCode || (question.expiresAt ?? 0) <= clock.now())
    return 'Nothing waits for a code now. Send the command again, then the code within a minute.';
  const refusal = whyNot(asker, question, button);
  if (refusal !== null) return `Nothing was done: ${refusal}`;
  if (guesses.isFull(user.id)) return 'Nothing was done: too many wrong codes. Wait an hour, or use the CLI.';
  const proven = prove(button.command, user, argument) ?? null;
  if (proven === null) {
    guesses.add(user.id);
    return 'Nothing was done: this code is wrong or was used before. Send the next one your app shows.';
  }
  const { text } = await choose({ noticeId: question.id, index: 0 }, asker, deps, proven);
  choices.ring();
  return text;
}
