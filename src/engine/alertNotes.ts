import type { Command, CommandBody } from '../domain/signal/command.ts';
import type { Change } from '../ledger/ledger.ts';
import { notice, shortId } from './notices.ts';
import { replyTo } from './records.ts';
import { ownerOf, signalOf } from './signals.ts';
import type { Term } from './term.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;

/** Signals whose merged repeats were told of; bounded, because a second notice is a nuisance and a leak is worse. */
const TOLD_MAX = 10_000;
const toldOf = new WeakMap<Term, Set<string>>();

/** A merged repeat: counted and shown. Without an `id` it may have been a second, real alert, so a person hears of the first one. */
export async function noteRepeat(term: Term, command: Command, body: Body<'alert.repeat'>): Promise<void> {
  await term.whenRecorded(body.signalId);
  const told = toldOf.get(term) ?? new Set<string>();
  toldOf.set(term, told);
  if (told.size >= TOLD_MAX) told.clear();
  const changes: Change[] = [
    { kind: 'signal.repeated', signalId: body.signalId, at: term.now },
    replyTo(term, command, 200, { signalId: body.signalId }),
  ];
  if (!body.explicitId && !told.has(body.signalId)) {
    told.add(body.signalId);
    const text = `The same alert came again and was merged into signal ${shortId(body.signalId)} (${command.actor.name}). If it was meant as a second order, give each alert an "id".`;
    changes.push({
      kind: 'signal.event',
      signalId: body.signalId,
      stage: 'repeat',
      detail: 'the same alert came again and was merged',
      at: term.now,
    });
    changes.push(notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: body.signalId }));
  }
  await term.commit(changes);
}

/** An alert that nobody could read came through an authenticated hook: TradingView shows its user nothing, so we do. */
export async function noteMalformed(term: Term, command: Command, body: Body<'alert.malformed'>): Promise<void> {
  const mistakes = body.mistakes.map(({ pointer, message }) => `${pointer || 'message'}: ${message}`).join(' · ');
  const signal = signalOf(
    command,
    JSON.stringify({ excerpt: body.excerpt, mistakes: body.mistakes }),
    body.hookId,
    null,
    ownerOf(term, command, body.hookId, null),
  );
  const { now } = term;
  await term.commit([
    { kind: 'signal.received', signal: { ...signal, source: 'alert' } },
    { kind: 'signal.event', signalId: signal.id, stage: 'risk', detail: `refused: ALERT_NOT_UNDERSTOOD. ${mistakes}`, at: now },
    { kind: 'signal.status', signalId: signal.id, status: 'refused', code: 'ALERT_NOT_UNDERSTOOD', message: mistakes, at: now },
    notice({ newId: term.deps.newId, now }, 'warning', `An alert from ${command.actor.name} could not be read: ${mistakes}`, {
      signalId: signal.id,
    }),
  ]);
  term.deps.metrics.signals.inc({ status: 'refused', code: 'ALERT_NOT_UNDERSTOOD' });
}

/** A command that keeps bringing the leader down: nothing more is done with it, and a person is asked to look. */
export async function setAside(term: Term, command: Command): Promise<void> {
  const { now } = term;
  const text = `A command (${command.body.kind} ${command.id} from ${command.actor.name}) failed again and again and was set aside. Check what it did: GET /api/v1/signals/${command.id}. Please report it with the log of this instance.`;
  const changes: Change[] = [
    notice({ newId: term.deps.newId, now }, 'critical', text, { signalId: command.id, correlationId: command.correlationId }),
    replyTo(term, command, 500, { code: 'SET_ASIDE', message: text }),
  ];
  if (command.body.kind === 'alert' || command.body.kind === 'order.create') {
    const hookId = command.body.kind === 'alert' ? command.body.hookId : null;
    const signal = signalOf(command, command.body.payload, hookId, null, ownerOf(term, command, hookId, null));
    changes.unshift(
      { kind: 'signal.received', signal },
      { kind: 'signal.status', signalId: signal.id, status: 'failed', code: 'SET_ASIDE', message: text, at: now },
    );
  }
  await term.commit(changes);
}
