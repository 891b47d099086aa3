import type { Epoch } from '../domain/ids.ts';
import { type Audience, FencedError, type MessagePlace, type Outbox, type OutboxItem } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Bell } from './bell.ts';
import { composeMessages, type Message } from './composeMessage.ts';
import type { Notifier, SendOutcome } from './notifier.ts';
import type { Pace } from './pace.ts';

/** How long a notice may wait when no bell announced it. */
const IDLE_MS = 3_000;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;
const READ_LIMIT = 200;

export interface ChatLaneOptions {
  readonly outbox: Outbox;
  readonly notifier: Notifier;
  readonly chat: string;
  readonly audiences: ReadonlySet<Audience>;
  /** Only what is for this person alone. */
  readonly recipientId?: string;
  /** The chat hears the originals already. */
  readonly skipCopies?: boolean;
  readonly pace: Pace;
  readonly epoch: Epoch;
  readonly clock: Clock;
  readonly bell: Bell;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/**
 * The sender of one chat: one message at a time, chosen anew before each, so that a critical notice overtakes whatever still
 * waits. A failed message is chosen again after a pause, which keeps the order. Where nothing limits the pace, all that waits
 * goes out in one go.
 */
export class ChatLane {
  readonly #options: ChatLaneOptions;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  /** Delivered, but the outbox does not know yet: nothing is read before it does, so only another process can send them again. */
  readonly #unmarked = new Map<number, MessagePlace | null>();
  /** Parts of a long notice that arrived before one failed. */
  #partsSent = { seq: -1, count: 0 };

  constructor(options: ChatLaneOptions) {
    this.#options = options;
  }

  /** Resolves when the signal aborts; rejects only with `FencedError`. */
  async run(): Promise<void> {
    const { bell, signal } = this.#options;
    while (!signal.aborted) {
      const heard = bell.count();
      if (!(await this.#tellSome())) await bell.wait(heard, IDLE_MS, signal);
    }
  }

  /** Resolves when nothing waits any more. */
  async runUntilEmpty(): Promise<void> {
    while (!this.#options.signal.aborted && (await this.#tellSome()));
  }

  /** Whether there was anything to do. */
  async #tellSome(): Promise<boolean> {
    try {
      return await this.#step();
    } catch (error) {
      if (error instanceof FencedError) throw error;
      this.#options.logger.error({ err: error }, 'the outbox cannot be read or written; trying again');
      this.#backOff();
      return true;
    }
  }

  async #step(): Promise<boolean> {
    const { outbox, audiences, recipientId, notifier, signal } = this.#options;
    await this.#untilReady();
    if (signal.aborted) return false;
    await this.#markDelivered();
    const waiting = await this.#withoutCopies(await outbox.pending(READ_LIMIT, [...audiences], recipientId));
    if (waiting.length === 0) return false;
    for (const message of composeMessages(waiting, notifier.limits?.messageUnitsMax ?? null)) {
      const outcome = await this.#deliver(message);
      if (outcome) await this.#settle(message, outcome);
      if (outcome?.kind !== 'sent') break;
    }
    await this.#markDelivered();
    return true;
  }

  async #withoutCopies(waiting: readonly OutboxItem[]): Promise<readonly OutboxItem[]> {
    const { outbox, epoch, clock, skipCopies } = this.#options;
    const copies = skipCopies ? waiting.filter(({ copyOf = null }) => copyOf !== null).map(({ seq }) => seq) : [];
    if (copies.length > 0) await outbox.markSent(epoch, copies, clock.now());
    return waiting.filter(({ seq }) => !copies.includes(seq));
  }

  async #untilReady(): Promise<void> {
    const { pace, chat, clock, signal } = this.#options;
    const now = clock.monotonic();
    const waitMs = Math.max(pace.waitMs(chat, now), this.#notBefore - now);
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }

  /** Sends the parts that have not arrived yet. Null: leadership ended before there was an outcome. */
  async #deliver({ items, parts, keyboard }: Message): Promise<SendOutcome | null> {
    const { notifier, chat, pace, clock, signal } = this.#options;
    const seq = items[0]?.seq ?? -1;
    if (this.#partsSent.seq !== seq) this.#partsSent = { seq, count: 0 };
    let place: MessagePlace | null = null;
    for (const part of parts.slice(this.#partsSent.count)) {
      await this.#untilReady();
      if (signal.aborted) return null;
      const below = this.#partsSent.count === parts.length - 1 ? keyboard : undefined;
      const outcome = await notifier.send(chat, part, signal, below ? { keyboard: below } : {});
      pace.spoke(chat, clock.monotonic());
      if (outcome.kind !== 'sent') return outcome;
      this.#partsSent.count += 1;
      place = below ? outcome.place : null;
    }
    return { kind: 'sent', place };
  }

  async #settle({ items }: Message, outcome: SendOutcome): Promise<void> {
    const { clock, logger, metrics, chat, pace } = this.#options;
    metrics.notices.inc({ result: outcome.kind }, items.length);
    switch (outcome.kind) {
      case 'sent':
        this.#failures = 0;
        for (const item of items) {
          this.#unmarked.set(item.seq, outcome.place);
          metrics.stageSeconds.observe({ stage: 'notify' }, Math.max(0, clock.now() - item.at) / 1_000);
        }
        return;
      case 'throttled':
        logger.warn({ chat, retryAfterMs: outcome.retryAfterMs }, 'Telegram asks for silence');
        return pace.silenceUntil(clock.monotonic() + outcome.retryAfterMs);
      case 'retry':
        this.#backOff();
        logger.warn({ chat, reason: outcome.reason, failures: this.#failures }, 'a notice could not be sent; trying again');
        return this.#markFailed(items, outcome.reason, false);
      case 'dead':
        logger.error({ chat, reason: outcome.reason, notices: items.map(({ id }) => id) }, 'a notice cannot be delivered');
        return this.#markFailed(items, outcome.reason, true);
    }
  }

  async #markDelivered(): Promise<void> {
    const { outbox, epoch, clock } = this.#options;
    if (this.#unmarked.size === 0) return;
    const plain = [...this.#unmarked].flatMap(([seq, place]) => (place === null ? [seq] : []));
    if (plain.length > 0) await outbox.markSent(epoch, plain, clock.now());
    for (const [seq, place] of this.#unmarked) if (place !== null) await outbox.markSent(epoch, [seq], clock.now(), place);
    this.#unmarked.clear();
  }

  async #markFailed(items: readonly OutboxItem[], reason: string, dead: boolean): Promise<void> {
    const { outbox, epoch, clock } = this.#options;
    for (const item of items) await outbox.markFailed(epoch, item.seq, reason, dead, clock.now());
  }

  #backOff(): void {
    const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    this.#notBefore = this.#options.clock.monotonic() + delayMs;
  }
}
