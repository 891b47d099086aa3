import type { Epoch } from '../domain/ids.ts';

export interface LeaseGrant {
  readonly epoch: Epoch;
  /** How long the grant is good for from the moment the request was *sent*, milliseconds. */
  readonly ttlMs: number;
}

/** ③ Who may write. One row, times by the database's clock; every change of holder raises the epoch. */
export interface Lease {
  /** Takes the lease if it is free, expired or already ours (a restart of the same holder raises the epoch too). */
  acquire(): Promise<LeaseGrant | null>;
  /** Prolongs it; null when it has been lost. */
  renew(epoch: Epoch): Promise<LeaseGrant | null>;
  /** Gives it up at once, so that the next leader need not wait. */
  release(epoch: Epoch): Promise<void>;
  /** Who holds it now, for people to see. */
  current(): Promise<{ readonly holder: string; readonly epoch: Epoch; readonly expiresAt: number } | null>;
}

/** The right to act as leader, valid until its lease has run out on our own monotonic clock or it was revoked. */
export interface Leadership {
  readonly epoch: Epoch;
  /** Aborts when leadership ends, for whatever reason. */
  readonly signal: AbortSignal;
  /** Throws `LeadershipLostError` unless the lease still has its safety margin left. Called before each venue request. */
  assertHeld(): void;
}

export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}
