import type { Epoch } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { type Leadership, LeadershipLostError, type LeaseGrant } from './lease.ts';

/** Given up this part of the lease's life early, for clocks that run apart and for what was asserted just before the end. */
const MARGIN = 1 / 5;

/** One uninterrupted leadership of this process, as seen by its own monotonic clock. Once ended it stays so. */
export class Term implements Leadership {
  readonly epoch: Epoch;
  readonly signal: AbortSignal;
  /** Monotonic time the lease was asked for. */
  readonly grantedAt: number;
  /** Resolves when the term has ended. */
  readonly ended: Promise<void>;
  private readonly clock: Clock;
  private readonly ending = new AbortController();
  private until: number;
  private reason: string | null = null;

  /** `askedAt`: monotonic time the grant was asked for. The database counted from later, so it is ours at least as long as we think. */
  constructor(grant: LeaseGrant, askedAt: number, clock: Clock) {
    this.epoch = grant.epoch;
    this.signal = this.ending.signal;
    this.grantedAt = askedAt;
    this.until = fence(grant, askedAt);
    this.clock = clock;
    this.ended = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Monotonic time from which we may not act any more unless the lease is renewed. */
  get heldUntil(): number {
    return this.until;
  }

  get endedBy(): string | null {
    return this.reason;
  }

  assertHeld(): void {
    if (this.reason !== null) throw new LeadershipLostError(`epoch ${this.epoch} is over: ${this.reason}`);
    if (this.clock.monotonic() >= this.until) throw new LeadershipLostError(`the lease of epoch ${this.epoch} was not renewed in time`);
  }

  prolong(grant: LeaseGrant, askedAt: number): void {
    this.until = fence(grant, askedAt);
  }

  end(reason: string): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.ending.abort();
  }
}

function fence(grant: LeaseGrant, askedAt: number): number {
  return askedAt + grant.ttlMs * (1 - MARGIN);
}
