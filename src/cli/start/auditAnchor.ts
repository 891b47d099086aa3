import type { Submit } from '../../api/commandClient.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import { raiseNotice } from './raiseNotice.ts';

/** A new leader has better things to do first. */
const FIRST_MS = 600_000;
const EVERY_MS = 3_600_000;
const TOLD_FOR_MS = 2 * 86_400_000;

/**
 * Once a day, whoever leads: the head of the audit chain, to the log and to the operators' chat, where nobody who can change the
 * database can take it back. `signalman audit verify --expect <hash>` finds out whether it is still part of the chain.
 */
export async function tellAuditHead(options: {
  readonly readModel: Pick<ReadModel, 'auditHead'>;
  readonly submit: Submit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { readModel, submit, clock, logger, signal } = options;
  await clock.sleep(FIRST_MS, signal);
  for (; !signal.aborted; await clock.sleep(EVERY_MS, signal)) {
    const head = await readModel.auditHead().catch(() => null);
    if (head === null || head.seq === 0) continue;
    logger.info({ seq: head.seq, hash: head.hash }, 'head of the audit chain');
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const text = `Audit trail of ${day}: ${head.seq} entries, the last one's hash is ${head.hash}. Keep this message: "signalman audit verify --expect <hash>" proves that none was taken away or changed since.`;
    await raiseNotice(submit, { severity: 'info', text, sameAs: `audit-head:${day}`, sameForMs: TOLD_FOR_MS });
  }
}
