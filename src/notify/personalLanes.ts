import { FencedError, type Recipient } from '../ledger/ledger.ts';
import { ChatLane, type ChatLaneOptions } from './chatLane.ts';
import type { Destinations } from './destinations.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';

/** How long a notice to one person may wait when no bell announced it. */
const IDLE_MS = 3_000;

export interface PersonalLanesOptions extends Omit<ChatLaneOptions, 'notifier' | 'chat' | 'audiences' | 'pace' | 'recipientId'> {
  readonly destinations: Destinations;
  readonly paceOf: (notifier: Notifier) => Pace;
}

/**
 * The senders of what is for one person alone: one for each who has something to hear, which ends when they have heard it.
 * Goes on until the signal aborts; rejects only with `FencedError`.
 */
export async function runPersonalLanes(options: PersonalLanesOptions): Promise<void> {
  const { outbox, bell, clock, logger, signal } = options;
  const running = new Map<string, Promise<void>>();
  const lost: { error: unknown } = { error: null };
  while (!signal.aborted && lost.error === null) {
    const heard = bell.count();
    try {
      for (const recipient of await outbox.recipients()) {
        const key = `${recipient.audience}\0${recipient.recipientId}`;
        if (running.has(key)) continue;
        const lane = tell(recipient, options)
          .catch((error: unknown) => {
            lost.error = error;
          })
          .finally(() => running.delete(key));
        running.set(key, lane);
      }
    } catch (error) {
      if (error instanceof FencedError) throw error;
      logger.error({ err: error }, 'the outbox cannot be read; trying again');
      await clock.sleep(IDLE_MS, signal);
    }
    await bell.wait(heard, IDLE_MS, signal);
  }
  await Promise.all(running.values());
  if (lost.error !== null) throw lost.error;
}

async function tell({ audience, recipientId, chat }: Recipient, options: PersonalLanesOptions): Promise<void> {
  const destination = options.destinations[audience];
  const { notifier } = destination;
  const inLog = destination.bot === null;
  const common = { ...options, notifier, audiences: new Set([audience]), pace: options.paceOf(notifier), recipientId };
  const here = inLog ? destination.chat : chat;
  if (here === null) return discard(options, audience, recipientId, 'has no Telegram account linked');
  await new ChatLane({ ...common, chat: here, skipCopies: !inLog && here === destination.chat }).runUntilEmpty();
}

/** Nobody can be told: given up, with the reason. */
async function discard(
  { outbox, epoch, clock }: PersonalLanesOptions,
  audience: Recipient['audience'],
  recipientId: string,
  reason: string,
): Promise<void> {
  for (const { seq } of await outbox.pending(200, [audience], recipientId)) await outbox.markFailed(epoch, seq, reason, true, clock.now());
}
