import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Leadership, Lease } from './lease.ts';
import { Term } from './term.ts';

/** Lets those who wait for the lease try as soon as it is given up. */
export interface HandoverWatch {
  /** Resolves when the lease may have been released, after `timeoutMs`, or when `signal` aborts. Never rejects. */
  waitForRelease(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/** `lead` did not end although its term had: this process must not lead again, and should be restarted. */
export class LeaderStuckError extends Error {
  override readonly name = 'LeaderStuckError';
}

export interface LeadershipOptions {
  readonly lease: Lease & HandoverWatch;
  /** A `follower` never asks for the lease. */
  readonly role: 'auto' | 'follower';
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'leader' | 'epoch'>;
  /** What a leader does until `leadership.signal` aborts. Returning or throwing earlier ends the term; then it is tried again. */
  readonly lead: (leadership: Leadership) => Promise<void>;
  /** Ends it all: a leader hands the lease over first. */
  readonly signal: AbortSignal;
  /** How long `lead` may take to end after its term has, milliseconds. */
  readonly settleTimeoutMs?: number;
}

/**
 * standby   asks for the lease again and again; at once when it is released
 * leading   `lead` runs, the lease is renewed every third of its life
 * yielding  the term is over: `lead` is told, waited for, and the lease given back
 * stopped   for good
 */
type Mode = 'standby' | 'leading' | 'yielding' | 'stopped';

const NEXT_MODES = {
  standby: ['leading', 'stopped'],
  leading: ['yielding'],
  yielding: ['standby', 'stopped'],
  stopped: [],
} as const satisfies Record<Mode, readonly Mode[]>;

const SETTLE_TIMEOUT_MS = 5_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 30_000;

/** ③ acquire → run → renew → yield, until `signal` aborts. Rejects only with `LeaderStuckError`. */
export async function runLeadership(options: LeadershipOptions): Promise<void> {
  await new LeadershipLoop(options).run();
}

class LeadershipLoop {
  private readonly options: LeadershipOptions;
  private mode: Mode = 'standby';
  /** Terms in a row that `lead` ended by itself. */
  private failures = 0;

  constructor(options: LeadershipOptions) {
    this.options = options;
  }

  async run(): Promise<void> {
    const { signal, clock, role } = this.options;
    if (role === 'follower') await aborted(signal);
    while (!signal.aborted) {
      const term = await this.standBy();
      if (!term) continue;
      const work = this.lead(term);
      await Promise.race([term.ended, this.keepLease(term)]);
      await this.yieldLease(term, work);
      await clock.sleep(backoffMs(this.failures), signal);
    }
    this.enter('stopped');
  }

  /** Asks for the lease until it is ours. Null when it is time to look at the signal again. */
  private async standBy(): Promise<Term | null> {
    this.assertMode('standby');
    const { lease, ttlMs, clock, logger, signal } = this.options;
    const askedAt = clock.monotonic();
    try {
      const grant = await lease.acquire();
      if (grant) return new Term(grant, askedAt, clock);
      await lease.waitForRelease(ttlMs / 5, signal);
    } catch (error) {
      logger.warn({ err: error }, 'the lease could not be asked for; trying again');
      await clock.sleep(ttlMs / 5, signal);
    }
    return null;
  }

  /** Starts the work of a leader; whatever becomes of it ends the term. Never rejects. */
  private async lead(term: Term): Promise<void> {
    this.enter('leading');
    const { logger, metrics, signal, lead } = this.options;
    const shutDown = () => term.end('shutting down');
    signal.addEventListener('abort', shutDown, { once: true });
    if (signal.aborted) shutDown();
    metrics.leader.set(1);
    metrics.epoch.set(term.epoch);
    logger.info({ epoch: term.epoch }, 'leading');
    try {
      if (!term.signal.aborted) await lead(term);
      this.workEnded(term, null);
    } catch (error) {
      this.workEnded(term, error as Error);
    } finally {
      signal.removeEventListener('abort', shutDown);
    }
  }

  private workEnded(term: Term, error: Error | null): void {
    if (term.signal.aborted) {
      this.failures = 0;
      return;
    }
    const { clock, logger } = this.options;
    const lasting = clock.monotonic() - term.grantedAt > RETRY_MS_MAX;
    this.failures = lasting ? 1 : this.failures + 1;
    logger.error({ err: error, epoch: term.epoch }, 'the work of the leader ended before its term');
    term.end(`its work ended${error ? `: ${error.message}` : ''}`);
  }

  /** Renews until the term ends, and ends it when the lease is lost or could not be renewed in time. */
  private async keepLease(term: Term): Promise<void> {
    this.assertMode('leading');
    const { lease, clock, logger, ttlMs } = this.options;
    let renewAt = term.grantedAt + ttlMs / 3;
    while (!term.signal.aborted) {
      await clock.sleep(Math.ceil(Math.min(renewAt, term.heldUntil) - clock.monotonic()), term.signal);
      if (term.signal.aborted) return;
      const askedAt = clock.monotonic();
      if (askedAt >= term.heldUntil) return term.end('the lease could not be renewed in time');
      try {
        const grant = await within(lease.renew(term.epoch), term.heldUntil - askedAt, clock);
        if (grant === null) return term.end('the lease was lost');
        if (grant !== 'late') term.prolong(grant, askedAt);
        renewAt = askedAt + ttlMs / 3;
      } catch (error) {
        logger.warn({ err: error, epoch: term.epoch }, 'the lease could not be renewed; trying again');
        renewAt = clock.monotonic() + ttlMs / 10;
      }
    }
  }

  /** Waits for the work to end, and only then lets another take over at once. */
  private async yieldLease(term: Term, work: Promise<void>): Promise<void> {
    this.enter('yielding');
    const { lease, clock, logger, metrics, signal, ttlMs, settleTimeoutMs = SETTLE_TIMEOUT_MS } = this.options;
    metrics.leader.set(0);
    logger.warn({ epoch: term.epoch, reason: term.endedBy }, 'no longer leading');
    if ((await within(work, settleTimeoutMs, clock)) === 'late') {
      const stuck = new LeaderStuckError(`the work of epoch ${term.epoch} did not end within ${settleTimeoutMs} ms of its term`);
      if (!signal.aborted) throw stuck;
      logger.error({ err: stuck }, 'the lease is left to run out');
      return;
    }
    try {
      await within(lease.release(term.epoch), ttlMs, clock);
    } catch (error) {
      logger.warn({ err: error, epoch: term.epoch }, 'the lease could not be given back and will run out');
    }
    if (!signal.aborted) this.enter('standby');
  }

  private enter(next: Mode): void {
    const allowed: readonly Mode[] = NEXT_MODES[this.mode];
    if (!allowed.includes(next)) throw new Error(`leadership cannot go from ${this.mode} to ${next}`);
    this.mode = next;
  }

  private assertMode(mode: Mode): void {
    if (this.mode !== mode) throw new Error(`leadership is ${this.mode}, not ${mode}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function backoffMs(failures: number): number {
  return Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX);
}

/** What the promise gives, or `late` after `ms`; then whatever becomes of it counts no more. */
async function within<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T | 'late'> {
  const settled = new AbortController();
  const late = clock.sleep(ms, settled.signal).then((): 'late' => 'late');
  try {
    return await Promise.race([promise, late]);
  } finally {
    settled.abort();
  }
}
