import type { Epoch } from '../domain/ids.ts';
import type { Audience, Outbox } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Bell } from './bell.ts';
import { ChatLane } from './chatLane.ts';
import type { Destination, Destinations } from './destinations.ts';
import type { Notifier } from './notifier.ts';
import { createPaces, type Pace } from './pace.ts';
import { runPersonalLanes } from './personalLanes.ts';

export interface SendOutboxOptions {
  readonly outbox: Outbox;
  readonly destinations: Destinations;
  readonly epoch: Epoch;
  readonly clock: Clock;
  /** Rung after notices were committed; without it they go out within seconds all the same. */
  readonly bell: Bell;
  /** For a bot that speaks elsewhere as well. */
  readonly paceOf?: (notifier: Notifier) => Pace;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal;
}

/**
 * ⑨ The leader's sender: tells people what the outbox holds, each notice at least once, in order per chat with critical ones
 * first, until `signal` aborts. Chats do not wait for each other, but share their bot's limits. Rejects with `FencedError`
 * when a newer leader refused a mark; every other trouble, with the service or the database, is waited out.
 */
export async function sendOutbox(options: SendOutboxOptions): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const paceOf = options.paceOf ?? createPaces();
  const lanes = chatsOf(options.destinations).map(({ destination, audiences }) => {
    return new ChatLane({ ...options, ...destination, audiences, pace: paceOf(destination.notifier), signal });
  });
  const senders = [...lanes.map((lane) => lane.run()), runPersonalLanes({ ...options, paceOf, signal })];
  const ends = await Promise.allSettled(senders.map((sender) => sender.catch((error: unknown) => endAll(stop, error))));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure && !options.signal.aborted) throw failure.reason;
}

function endAll(stop: AbortController, error: unknown): never {
  stop.abort();
  throw error;
}

/** Audiences that read the same chat of the same bot share one lane, or their order would be lost. */
function chatsOf(destinations: Destinations): { readonly destination: Destination; readonly audiences: ReadonlySet<Audience> }[] {
  const chats: { readonly destination: Destination; readonly audiences: Set<Audience> }[] = [];
  for (const audience of ['trading', 'user', 'dev'] as const) {
    const destination = destinations[audience];
    const known = chats.find((chat) => chat.destination.notifier === destination.notifier && chat.destination.chat === destination.chat);
    if (known) known.audiences.add(audience);
    else chats.push({ destination, audiences: new Set([audience]) });
  }
  return chats;
}
