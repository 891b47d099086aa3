import type { Command } from '../../domain/signal/command.ts';
import type { Audience, Change, NoticeSeverity } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import { auditOf } from '../records.ts';
import type { Term } from '../term.ts';

interface SecurityEvent {
  readonly audience: Audience;
  readonly severity: NoticeSeverity;
  /** What happened; who did it, to what and from where is added. */
  readonly says: string;
}

/**
 * Changes that people hear of without asking, by the action of their audit row: who may do what, with which keys, through which
 * doors. Whoever adds an action of this sort adds a line here and to the table in docs/security.md (a test compares them).
 */
export const SECURITY_EVENTS: Readonly<Record<string, SecurityEvent>> = {
  'account.create': { audience: 'dev', severity: 'warning', says: 'An account was added' },
  'account.remove': { audience: 'dev', severity: 'warning', says: 'An account was removed' },
  'account.change': { audience: 'dev', severity: 'warning', says: 'An account has another owner' },
  'account.enable': { audience: 'dev', severity: 'warning', says: 'An account may trade' },
  'hook.created': { audience: 'dev', severity: 'warning', says: 'A hook was added' },
  'hook.updated': { audience: 'dev', severity: 'warning', says: 'A hook was changed' },
  'hook.remove': { audience: 'dev', severity: 'warning', says: 'A hook was revoked' },
  'telegram.link': { audience: 'dev', severity: 'warning', says: 'A Telegram account was linked' },
  'telegram.unlink': { audience: 'dev', severity: 'warning', says: 'A Telegram account was unlinked' },
  'secrets.rewrap': { audience: 'dev', severity: 'warning', says: 'Stored secrets were wrapped with another key' },
};

/**
 * The audit row of a change, and the notice about it when it is a security event. What the installation does by itself on its
 * first start is recorded and told to nobody. Values must hold no secret.
 */
export function recorded(term: Term, command: Command, action: string, subject: string, before: unknown, after: unknown): Change[] {
  const audit = auditOf(term, command, action, subject, before, after);
  const event = SECURITY_EVENTS[action];
  if (!event || command.actor.name === 'system') return [audit];
  const { name, address } = command.actor;
  const text = `${event.says}: ${subject}, by ${name}${address === null ? '' : ` from ${address}`}.`;
  const about = { audience: event.audience, correlationId: command.correlationId };
  return [audit, notice({ newId: term.deps.newId, now: term.now }, event.severity, text, about)];
}
