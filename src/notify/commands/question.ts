import type { Role } from '../../domain/people/user.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { type Ask, keyOf } from './act.ts';
import type { DeskDeps } from './deps.ts';

/** How long a second step may take, milliseconds. */
const OPEN_MS = 60_000;

export interface Question {
  readonly text: string;
  /** On the button. */
  readonly label: string;
  readonly command: CommandBody;
  readonly role: Role;
  /** Answered by a one-time code instead of a press. */
  readonly byCode?: boolean;
}

/**
 * The second step of what cannot be undone: a question to this one person, in the ledger, so that whoever leads then knows
 * it. Null: nothing more is to be said.
 */
export async function askFirst({ text, label, command, role, byCode = false }: Question, ask: Ask, deps: DeskDeps): Promise<string | null> {
  const { outbox, epoch, bot, bell, clock } = deps;
  const { user } = ask.asker;
  if (user === null) return null;
  const at = clock.now();
  const button = { label, command, role, ...(byCode ? { byCode } : {}) };
  await outbox.ask(epoch, {
    ...{
      id: sha256Hex(`question\n${keyOf(ask)}`).slice(0, 32),
      audience: bot.audience,
      severity: 'info',
      text,
      signalId: null,
      correlationId: null,
    },
    ...{ at, buttons: [button], expiresAt: at + OPEN_MS, recipientId: user.id },
  });
  bell.ring();
  return null;
}
