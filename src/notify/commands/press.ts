import type { Epoch } from '../../domain/ids.ts';
import { mayAct, type User } from '../../domain/people/user.ts';
import type { Actor, CommandBody, CommandReply } from '../../domain/signal/command.ts';
import type { Choice, NoticeButton, Outbox, Press } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { ButtonRef } from '../buttonData.ts';
import { verdictOf } from '../verdict.ts';
import type { Submit } from './submit.ts';

/** How long the leader gets before who pressed hears that it has not answered; Telegram waits about that long for us. */
const REPLY_MS = 5_000;
/** Longer than any choice stands open in practice. */
const DEDUPE_MS = 7 * 24 * 3_600_000;
const RESULT_UNITS_MAX = 200;

/** The press of a button as Telegram tells it, its signature checked. */
export interface ButtonPress {
  readonly button: ButtonRef;
  /** Telegram's id of the person. */
  readonly from: number;
  /** In the chat of the settings, where some things need no link. */
  readonly inConfiguredChat: boolean;
}

export interface PressDeps {
  readonly outbox: Pick<Outbox, 'choice' | 'markPressed'>;
  readonly epoch: Epoch;
  readonly userByTelegramId: (telegramId: string) => Promise<User | null>;
  readonly submit: Submit;
  readonly clock: Clock;
}

/** What who pressed is told, and the choice as it stands then (null: there is none). */
export interface PressAnswer {
  readonly text: string;
  readonly choice: Choice | null;
}

/**
 * Makes a choice: the first press of a button by somebody who may appends its command, once, however often Telegram delivers
 * the press and whoever leads. Rejects when the ledger cannot be read or written.
 */
export async function pressButton(press: ButtonPress, deps: PressDeps): Promise<PressAnswer> {
  const { outbox, epoch, clock } = deps;
  const choice = await outbox.choice(press.button.noticeId);
  const button = choice?.buttons[press.button.index];
  if (!choice || !button) return { text: 'This button belongs to nothing any more. Nothing was done.', choice: null };
  const verdict = verdictOf(choice, clock.now());
  if (verdict !== null) return { text: `Nothing was done. ${verdict}`, choice };
  const user = await deps.userByTelegramId(String(press.from));
  const refusal = refusalOf(press, choice, button, user);
  if (refusal !== null) return { text: `Nothing was done: ${refusal}`, choice };
  const actor = { name: user ? `user:${user.email}` : `telegram:${press.from}`, address: `telegram:${press.from}` };
  const made = await append(choice, button, actor, press, deps);
  if (typeof made === 'string') return { text: made, choice };
  await outbox.markPressed(epoch, choice.choiceId, made);
  return { text: verdictOf({ ...choice, press: made }, clock.now()) ?? '', choice: { ...choice, press: made } };
}

/** Why this person may not press this button. */
function refusalOf(press: ButtonPress, choice: Choice, { command, role }: NoticeButton, user: User | null): string | null {
  if (!user) {
    if (press.inConfiguredChat && !choice.recipientId && isHaltOfAll(command)) return null;
    return 'this needs your own account. Get a code with POST /api/v1/me/telegram-code and send me /link <code> in a private chat.';
  }
  if (choice.recipientId && choice.recipientId !== user.id) return 'it is for somebody else to choose.';
  return mayAct(user.role, role) ? null : `it needs the role ${role}, and yours is ${user.role}.`;
}

/** Whoever sees the chat of the settings may stop trading. */
function isHaltOfAll(command: CommandBody): boolean {
  return command.kind === 'trading.set' && command.action === 'halt' && command.accountId === null;
}

/** The press as it is remembered; or, when it came to nothing, what to say. */
async function append(
  choice: Choice,
  { label, command }: NoticeButton,
  actor: Actor,
  { button, from }: ButtonPress,
  { submit, clock }: PressDeps,
): Promise<Press | string> {
  // A repeat of this very press finds its command; another button, or another person, finds the choice made.
  const dedupe = { key: `choice:${choice.choiceId}`, ttlMs: DEDUPE_MS, contentHash: sha256Hex(`${button.index}\n${from}`) };
  const correlationId = choice.correlationId ?? `notice-${choice.choiceId}`;
  const submitted = await submit(command, actor, { correlationId, dedupe, timeoutMs: REPLY_MS });
  const made = (result: string | null): Press => ({ label, by: actor.name, at: clock.now(), result });
  switch (submitted.kind) {
    case 'reply':
      return made(resultOf(submitted.reply));
    case 'timeout':
      return made('stored, and not carried out yet');
    case 'conflict':
      return 'Nothing was done: somebody else has chosen just now.';
    default:
      return 'Nothing was done: it could not be stored. Press again.';
  }
}

/** The leader's "no" in its own words; null when it said yes. */
function resultOf({ status, body }: CommandReply): string | null {
  if (status < 300) return null;
  const said: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const words = [said.code, said.message].filter((part): part is string => typeof part === 'string');
  return `refused: ${words.join('. ') || status}`.slice(0, RESULT_UNITS_MAX);
}
