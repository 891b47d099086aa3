import type { Epoch } from '../domain/ids.ts';
import { type Choice, FencedError, type Outbox } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Bell } from './bell.ts';
import { closedText } from './composeMessage.ts';
import type { Destinations } from './destinations.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';
import { verdictOf } from './verdict.ts';

/** How late the buttons of an expired choice may go, and the pause after trouble. A press of one is refused at once. */
const IDLE_MS = 3_000;
const BATCH_MAX = 20;

export interface CloseChoicesOptions {
  readonly outbox: Pick<Outbox, 'choicesToClose' | 'markClosed'>;
  readonly destinations: Destinations;
  readonly paceOf: (notifier: Notifier) => Pace;
  readonly epoch: Epoch;
  /** Rung when a choice was made. */
  readonly bell: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * ⑨ Takes the buttons of a choice away once it was made or has expired, on every copy, and writes there who chose what. Goes on
 * until `signal` aborts; rejects only with `FencedError`.
 */
export async function closeChoices(options: CloseChoicesOptions): Promise<void> {
  const { outbox, bell, clock, logger, signal } = options;
  while (!signal.aborted) {
    const heard = bell.count();
    try {
      const choices = await outbox.choicesToClose(clock.now(), BATCH_MAX);
      let troubled = false;
      for (const choice of choices) troubled = !(await close(choice, options)) || troubled;
      if (choices.length === BATCH_MAX && !troubled) continue;
      if (troubled) await clock.sleep(IDLE_MS, signal);
    } catch (error) {
      if (error instanceof FencedError) throw error;
      logger.error({ err: error }, 'messages with buttons cannot be looked up; trying again');
      await clock.sleep(IDLE_MS, signal);
    }
    await bell.wait(heard, IDLE_MS, signal);
  }
}

/** Whether nothing of it is left to do. A message that Telegram will not change counts as closed: its buttons do nothing any more. */
async function close(choice: Choice, options: CloseChoicesOptions): Promise<boolean> {
  const { outbox, destinations, paceOf, epoch, clock, logger, signal } = options;
  const { notifier } = destinations[choice.audience];
  const verdict = verdictOf(choice, clock.now());
  if (choice.place === null || verdict === null) return true;
  const pace = paceOf(notifier);
  const waitMs = pace.waitMs(choice.place.chat, clock.monotonic());
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  if (signal.aborted) return false;
  const text = closedText(choice, verdict, notifier.limits?.messageUnitsMax ?? Number.POSITIVE_INFINITY);
  const outcome = await notifier.edit(choice.place, text, signal);
  pace.spoke(choice.place.chat, clock.monotonic());
  if (outcome.kind === 'throttled') pace.silenceUntil(clock.monotonic() + outcome.retryAfterMs);
  if (outcome.kind === 'throttled' || outcome.kind === 'retry') return false;
  if (outcome.kind === 'dead') logger.warn({ reason: outcome.reason, notice: choice.id }, 'a message with buttons cannot be changed');
  await outbox.markClosed(epoch, [choice.seq], clock.now());
  return true;
}
