import type { Command } from '../domain/signal/command.ts';
import type { Change } from '../ledger/ledger.ts';
import type { Term } from './term.ts';

/** The answer to whoever waits for a command. `status` is an HTTP status. */
export function replyTo(term: Term, command: Command, status: number, body: unknown): Change {
  return { kind: 'reply', commandId: command.id, status, body, at: term.now };
}

/** Who changed what, before and after. Values must hold no secret. */
export function auditOf(term: Term, command: Command, action: string, subject: string, before: unknown, after: unknown): Change {
  return { kind: 'audit', id: term.deps.newId(), at: term.now, actor: command.actor, action, subject, before, after };
}
