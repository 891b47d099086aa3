import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { InstanceLog } from './commandLog.ts';

const LAG_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;

/** Keeps the lag metric fresh and the log small until `signal` aborts, while whatever stores it is there. Never rejects. */
export async function tendLog({
  log,
  clock,
  logger,
  signal,
}: {
  log: InstanceLog;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  let prunedAt = clock.monotonic();
  while (!signal.aborted) {
    await clock.sleep(LAG_EVERY_MS, signal);
    if (signal.aborted) return;
    const prune = clock.monotonic() - prunedAt >= PRUNE_EVERY_MS;
    if (prune) prunedAt = clock.monotonic();
    const work = prune ? log.prune(clock.now()) : log.lag();
    await work.catch((error: unknown) => logger.debug({ err: error }, 'the command log could not be looked after'));
  }
}
