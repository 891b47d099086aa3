import { explainAlert } from '../../domain/alert/explainAlert.ts';
import { parseStoredAlert } from '../../domain/alert/parseAlert.ts';
import { type Refusal, refuse } from '../../domain/errors.ts';
import { type Approval, whyTooLate } from '../../domain/signal/approval.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { SignalPart } from '../../domain/signal/signal.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice, shortId } from '../notices.ts';
import { resumeSignal } from '../ownSignals.ts';
import { auditOf, replyTo } from '../records.ts';
import type { Term } from '../term.ts';
import { approvalEvent, partChange } from './askApproval.ts';

type Body = Extract<CommandBody, { kind: 'signal.decide' }>;

/** A person's word. The first one stands; who comes later hears whose that was. */
export async function decideSignal(term: Term, command: Command, { signalId, decision }: Body): Promise<void> {
  const stored = term.state.approvals.get(signalId) ?? (await term.deps.ledger.approval(signalId));
  if (!stored) {
    const message = 'This signal waits for nobody: there is no such signal, or its hook demands no approval.';
    return term.commit([replyTo(term, command, 404, { code: 'NOT_FOUND', message })]);
  }
  // What is in memory is newest: while the ledger was asked, another may have decided.
  const approval = term.state.approvals.get(signalId) ?? stored;
  const tooLate = whyTooLate(approval, term.now);
  if (tooLate) {
    const { decision: outcome, decidedBy, decidedAt } = approval;
    const at = decidedAt === null ? null : new Date(decidedAt).toISOString();
    return term.commit([replyTo(term, command, 409, { ...tooLate, decision: outcome, decidedBy, decidedAt: at, signalId })]);
  }
  const outcome = decision === 'approve' ? 'approved' : 'rejected';
  const by = command.actor.name;
  const audit = auditOf(term, command, `signal.${decision}`, signalId, null, { prices: approval.prices });
  const reply = replyTo(term, command, 200, { signalId, decision: outcome });
  await settle(term, approval, outcome, by, [audit, reply]);
}

/** Ends what nobody has decided in time. */
export function expireApprovals(term: Term): void {
  for (const approval of term.state.approvals.values()) {
    if (approval.decision !== null || approval.expiresAt > term.now) continue;
    settle(term, approval, 'expired', null, []).catch((error: unknown) => term.fail(error));
  }
}

async function settle(
  term: Term,
  asked: Approval,
  decision: Exclude<Approval['decision'], null>,
  by: string | null,
  more: readonly Change[],
): Promise<void> {
  const { now, state } = term;
  const approval: Approval = { ...asked, decision, decidedBy: by, decidedAt: now };
  const known = state.signals.get(asked.signalId);
  const parts = [...(known?.parts.values() ?? [])].filter(({ code }) => code === 'AWAITS_APPROVAL');
  const refusal = decision === 'approved' ? null : refusalFor(decision, by, asked);
  const changes: Change[] = [
    { kind: 'approval.put', approval },
    ...parts.map((part) => partChange({ ...part, ...outcomeOf(refusal, by) }, now)),
    ...more,
  ];
  if (known) changes.push(approvalEvent(known.signal, refusal ? `${decision}: ${refusal.message}` : `approved by ${by}`, now));
  if (known && refusal) {
    const text = `${decision === 'expired' ? 'Expired' : 'Rejected'}: ${explainAlert(parseStoredAlert(known.signal.payload))} ${refusal.message} [signal ${shortId(asked.signalId)}]`;
    const severity = decision === 'expired' ? 'warning' : 'info';
    changes.push(notice({ newId: term.deps.newId, now }, severity, text, { signalId: asked.signalId }));
  }
  await term.commit(changes);
  if (known && !refusal) resumeSignal(term, known.signal);
}

function refusalFor(decision: 'rejected' | 'expired', by: string | null, { expiresAt }: Approval): Refusal {
  if (decision === 'rejected') return refuse('APPROVAL_REJECTED', `Rejected by ${by ?? 'somebody'}.`);
  return refuse('APPROVAL_EXPIRED', `Nobody approved it until ${new Date(expiresAt).toISOString()}.`);
}

function outcomeOf(refusal: Refusal | null, by: string | null): Pick<SignalPart, 'status' | 'code' | 'message'> {
  if (!refusal) return { status: 'accepted', code: 'APPROVED', message: `Approved by ${by}.` };
  return { status: refusal.code === 'APPROVAL_EXPIRED' ? 'expired' : 'refused', code: refusal.code, message: refusal.message };
}
