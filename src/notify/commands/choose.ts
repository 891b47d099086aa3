import type { Epoch } from '../../domain/ids.ts';
import { mayAct } from '../../domain/people/user.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import type { Choice, NoticeButton, Outbox, Press } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { verdictOf } from '../verdict.ts';
import { actorOf, isPending, PENDING, refusalIn } from './act.ts';
import type { Asker } from './asker.ts';
import type { Submit } from './submit.ts';

/** How long the leader gets before who chose hears that it has not answered; Telegram waits about that long for us. */
const REPLY_MS = 5_000;
/** Longer than any choice stands open in practice. */
const DEDUPE_MS = 7 * 24 * 3_600_000;

export interface ChooseDeps {
  readonly outbox: Pick<Outbox, 'choice' | 'markPressed'>;
  readonly epoch: Epoch;
  readonly submit: Submit;
  readonly clock: Clock;
}

/** What who chose is told, and the choice as it stands then (null: there is none). */
export interface Chosen {
  readonly text: string;
  readonly choice: Choice | null;
}

/**
 * Makes a choice: the first press of a button by somebody who may appends its command, once, however often Telegram delivers
 * the press and whoever leads. `proven`: the command with what proves who chose. Rejects when the ledger cannot be read or written.
 */
export async function choose(
  { noticeId, index }: { readonly noticeId: string; readonly index: number },
  asker: Asker,
  deps: ChooseDeps,
  proven: CommandBody | null = null,
): Promise<Chosen> {
  const { outbox, epoch, clock } = deps;
  const choice = await outbox.choice(noticeId);
  const button = choice?.buttons[index];
  if (!choice || !button) return { text: 'This button belongs to nothing any more. Nothing was done.', choice: null };
  const verdict = verdictOf(choice, clock.now());
  if (verdict !== null) return { text: `Nothing was done. ${verdict}`, choice };
  const refusal = button.byCode && !proven ? 'send me your code.' : whyNot(asker, choice, button);
  if (refusal !== null) return { text: `Nothing was done: ${refusal}`, choice };
  const made = await append(choice, index, proven ?? button.command, asker, deps);
  if (typeof made === 'string') return { text: made, choice };
  await outbox.markPressed(epoch, choice.choiceId, made);
  return { text: verdictOf({ ...choice, press: made }, clock.now()) ?? '', choice: { ...choice, press: made } };
}

/** Why this person may not press this button; null when they may. */
export function whyNot({ user, inConfiguredChat }: Asker, { recipientId }: Choice, { command, role }: NoticeButton): string | null {
  if (!user) {
    if (inConfiguredChat && !recipientId && isHaltOfAll(command)) return null;
    return 'this needs your own account. Ask for a code and send me /link <code> in a private chat.';
  }
  if (recipientId && recipientId !== user.id) return 'it is for somebody else to choose.';
  return mayAct(user.role, role) ? null : `it needs the role ${role}, and yours is ${user.role}.`;
}

/** Whoever sees a chat of the settings may stop trading. */
function isHaltOfAll(command: CommandBody): boolean {
  return command.kind === 'trading.set' && command.action === 'halt' && command.accountId === null;
}

/** The press as it is remembered; or, when it came to nothing, what to say. */
async function append(
  { buttons, choiceId, correlationId }: Choice,
  index: number,
  command: CommandBody,
  asker: Asker,
  { submit, clock }: ChooseDeps,
): Promise<Press | string> {
  // A repeat of this very press finds its command; another button, or another person, finds the choice made.
  const dedupe = { key: `choice:${choiceId}`, ttlMs: DEDUPE_MS, contentHash: sha256Hex(`${index}\n${asker.from}`) };
  const actor = actorOf(asker);
  const options = { correlationId: correlationId ?? `notice-${choiceId}`, dedupe, timeoutMs: REPLY_MS };
  const submitted = await submit(command, actor, options);
  const made = (result: string | null): Press => ({ label: buttons[index]?.label ?? '', by: actor.name, at: clock.now(), result });
  switch (submitted.kind) {
    case 'reply': {
      const refusal = refusalIn(submitted.reply);
      if (refusal !== null) return made(`refused: ${refusal}`);
      return made(isPending(submitted.reply) ? PENDING : null);
    }
    case 'timeout':
      return made('stored, and not carried out yet');
    case 'conflict':
      return 'Nothing was done: somebody else has chosen just now.';
    default:
      return 'Nothing was done: it could not be stored. Press again.';
  }
}
