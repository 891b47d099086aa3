import type { Refusal } from '../domain/errors.ts';
import type { Account } from '../domain/portfolio/account.ts';
import { assessAge } from '../domain/risk/assessAge.ts';
import type { SignalStatus } from '../domain/signal/signal.ts';
import type { Change } from '../ledger/ledger.ts';
import { describeRefusal, notice } from './notices.ts';
import { ageOf, type PartResult, partOf, type SignalTask } from './tasks.ts';
import type { Term } from './term.ts';

/** Why it is not the time for a signal (any more); null while it is. */
export function ageRefusal({ now }: Term, task: SignalTask): Refusal | null {
  return assessAge(ageOf(task), task.maxAgeSec, now, task.patienceSec);
}

export function statusFor({ code }: Refusal): 'refused' | 'expired' {
  return code === 'SIGNAL_STALE' ? 'expired' : 'refused';
}

/** Records that the signal comes to nothing on this account, and tells why. */
export async function refusePart(
  term: Term,
  task: SignalTask,
  { account }: { readonly account: Pick<Account, 'id' | 'name'> },
  refusal: Refusal,
  status: Extract<SignalStatus, 'refused' | 'expired'> = 'refused',
  more: readonly Change[] = [],
): Promise<PartResult> {
  const { signal } = task;
  const { now } = term;
  await term.commit([
    { kind: 'signal.received', signal },
    {
      kind: 'signal.event',
      signalId: signal.id,
      stage: 'risk',
      detail: `${account.name}: ${status}: ${refusal.code}. ${refusal.message}`,
      at: now,
    },
    {
      kind: 'signal.part',
      part: partOf(task, account.id, { status, code: refusal.code, message: refusal.message }),
      at: now,
    },
    notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, refusal, account.name), {
      signalId: signal.id,
      correlationId: signal.correlationId,
    }),
    ...more,
  ]);
  return { orderIds: [], refusal };
}
