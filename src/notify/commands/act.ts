import type { Actor, CommandBody, CommandReply } from '../../domain/signal/command.ts';
import type { Clock } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { Asker } from './asker.ts';
import type { ChatMessage } from './chatCommand.ts';
import type { Submit, Submitted } from './submit.ts';

/** How long the leader gets to answer before the chat hears that it has not. */
const REPLY_MS = 3_000;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 1_000;
/** As long as Telegram keeps an update that nobody confirmed (core.telegram.org/bots/api#getting-updates). */
const DEDUPE_MS = 24 * 3_600_000;
const WORDS_UNITS_MAX = 400;

/** One message of one person: what commands made from it are called. */
export interface Ask {
  readonly asker: Asker;
  readonly message: ChatMessage;
  readonly argument: string;
  /** The bot's number: the ids of updates differ between bots. */
  readonly botId: string;
}

/** The person as commands and audit name them. */
export function actorOf({ user, from }: Pick<Asker, 'user' | 'from'>): Actor {
  const address = `telegram:${from}`;
  if (!user) return { name: address, address };
  return { name: `user:${user.email}`, address, rights: { userId: user.id, role: user.role, by: 'person' } };
}

/** What is the same however often Telegram delivers the message. */
export function keyOf({ message, botId }: Ask): string {
  return `telegram:${botId}:${message.updateId}:${message.sentAt}`;
}

/**
 * Appends a command in the name of who asked. One message is one command, also when a crash makes Telegram deliver it again
 * after somebody has undone it. `part` tells the commands of one message apart.
 */
export async function act(body: CommandBody, ask: Ask, { submit, clock }: { submit: Submit; clock: Clock }, part = ''): Promise<Submitted> {
  const dedupe = { key: `${keyOf(ask)}${part}`, ttlMs: DEDUPE_MS, contentHash: sha256Hex(JSON.stringify([ask.asker.from, body])) };
  const options = { correlationId: `telegram-${ask.botId}-${ask.message.updateId}`, dedupe, timeoutMs: REPLY_MS };
  let submitted: Submitted = { kind: 'unavailable' };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 1) await clock.sleep(RETRY_MS);
    submitted = await submit(body, actorOf(ask.asker), options);
    if (submitted.kind === 'reply' || submitted.kind === 'timeout') return submitted;
  }
  return submitted;
}

/** Changes that two people must want (202) are carried out when the second one has confirmed them. */
export function isPending({ status }: CommandReply): boolean {
  return status === 202;
}

export const PENDING = 'waits for another admin to confirm it';

/** The leader's "no" in its own words; null when it said yes. */
export function refusalIn({ status, body }: CommandReply): string | null {
  if (status < 300) return null;
  const said: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const words = [said.code, said.message].filter((part): part is string => typeof part === 'string');
  return (words.join('. ') || String(status)).slice(0, WORDS_UNITS_MAX);
}

/** What came of a command, for a chat: `done` is what it says when it worked. */
export function outcomeText(submitted: Submitted, done: string): string {
  switch (submitted.kind) {
    case 'reply': {
      const refusal = refusalIn(submitted.reply);
      if (refusal !== null) return `Refused: ${refusal}`;
      if (isPending(submitted.reply)) return `Not yet: it ${PENDING}.`;
      return submitted.duplicate ? 'This was carried out already. /status tells how things are now.' : done;
    }
    case 'timeout':
      return 'Stored, and it will be carried out; the leader has not confirmed it yet. See /status.';
    default:
      return 'Nothing was done: the command could not be stored. Send it again.';
  }
}
