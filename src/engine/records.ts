import type { Command } from '../domain/signal/command.ts';
import type { Change, NoticeSeverity } from '../ledger/ledger.ts';
import { notice } from './notices.ts';
import type { Term } from './term.ts';

/** The answer to whoever waits for a command. `status` is an HTTP status. */
export function replyTo(term: Term, command: Command, status: number, body: unknown): Change {
  return { kind: 'reply', commandId: command.id, status, body, at: term.now, userId: command.actor.rights?.userId ?? null };
}

/** Who changed what, before and after. Values must hold no secret. */
export function auditOf(term: Term, command: Command, action: string, subject: string, before: unknown, after: unknown): Change {
  return { kind: 'audit', id: term.deps.newId(), at: term.now, actor: command.actor, action, subject, before, after };
}

/** An expected "no" to the whole command: nothing but the answer is written. */
export function refuseWith(term: Term, command: Command, status: number, code: string, message: string): Promise<void> {
  return term.commit([replyTo(term, command, status, { code, message })]);
}

/** Operators hear of whatever changes who may do what. */
export function securityNotice(term: Term, command: Command, severity: NoticeSeverity, text: string): Change {
  const about = { audience: 'dev', correlationId: command.correlationId } as const;
  return notice({ newId: term.deps.newId, now: term.now }, severity, text, about);
}
