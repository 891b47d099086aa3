import type { Refusal } from '../domain/errors.ts';
import { derivedSignalId } from '../domain/ids.ts';
import type { OrderIntent } from '../domain/order/order.ts';
import type { RiskApproved } from '../domain/risk/risk.ts';
import type { Plan } from '../domain/signal/planSignal.ts';
import type { Signal } from '../domain/signal/signal.ts';
import type { Change } from '../ledger/ledger.ts';
import { describeOrder, describeRefusal, notice } from './notices.ts';
import { orderFrom, submission } from './orderChanges.ts';
import { EXIT_OWED, type PartTask, partOf } from './tasks.ts';
import type { Term } from './term.ts';

/** One transaction: the signal, its plan, and every leg; legs that go out now are recorded as submitted before they do. */
export async function recordIntents(
  term: Term,
  task: PartTask,
  plan: Plan,
  approved: readonly RiskApproved<OrderIntent>[],
  refusals: readonly Refusal[],
  owing: boolean,
): Promise<void> {
  const { signal, account } = task;
  const { now } = term;
  const left = refusals[0];
  const code = left?.code ?? plan.code ?? (task.owesExit && approved.length > 0 ? EXIT_OWED : null);
  const words = [...plan.notes, ...refusals.map(({ message }) => message)].join(' ');
  const legs = approved.map((intent) => orderFrom(intent, now));
  const changes: Change[] = [
    { kind: 'signal.received', signal },
    { kind: 'signal.event', signalId: signal.id, stage: 'admitted', detail: admitted(task, plan), at: now },
    {
      kind: 'signal.event',
      signalId: signal.id,
      stage: 'risk',
      detail: left ? `partly refused: ${left.code}. ${left.message}` : 'approved',
      at: now,
    },
    {
      kind: 'signal.part',
      part: partOf(task, account.account.id, { status: legs.length > 0 ? 'executing' : 'done', code, message: words || null }),
      at: now,
    },
    ...legs.flatMap((order): Change[] => [
      { kind: 'order.created', order },
      ...(order.parentId === null ? [submission(order, order.quantity, now)] : []),
    ]),
  ];
  if (owing) changes.push(...remainderChanges(term, task));
  if (left)
    changes.push(
      notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, left, account.account.name), {
        signalId: signal.id,
        correlationId: signal.correlationId,
      }),
    );
  if (legs.length === 0 && signal.source !== 'system' && signal.source !== 'hedge')
    changes.push(
      notice(
        { newId: term.deps.newId, now },
        'info',
        `${plan.cancels.length > 0 ? 'Done' : 'Nothing to do'}: ${task.alert.action} ${task.market.symbol} (${account.account.name}). ${words}`,
        { signalId: signal.id },
      ),
    );
  term.deps.failpoint('before_intent');
  await term.timed('intent', () => term.commit(changes));
  term.deps.failpoint('after_intent');
}

function admitted(task: PartTask, plan: Plan): string {
  const where = task.account.account.name;
  const what = plan.intents.filter((intent) => !intent.quantity.isZero()).map((intent) => describeOrder(intent));
  const cancels = plan.cancels.length > 0 ? [`cancel ${plan.cancels.length} order${plan.cancels.length === 1 ? '' : 's'}`] : [];
  const steps = [...cancels, ...what];
  const notes = plan.notes.length > 0 ? ` (${plan.notes.join(' ')})` : '';
  return `${where}: ${steps.length > 0 ? steps.join(', then ') : 'nothing to do'}${notes}`;
}

export function remainderOf({ signal }: PartTask): Signal {
  return { ...signal, id: derivedSignalId(signal.id, 'remainder'), source: 'system' };
}

/** In the ledger, so that the next leader goes on with it (ownSignals.ts). */
export function remainderChanges({ now }: Term, task: PartTask): Change[] {
  const signal = remainderOf(task);
  const accountId = task.account.account.id;
  const message = 'Waits until the order in doubt is known.';
  return [
    { kind: 'signal.received', signal },
    { kind: 'signal.part', part: { signalId: signal.id, accountId, status: 'accepted', code: null, message }, at: now },
  ];
}
