import type { AccountId } from '../domain/ids.ts';

/**
 * What a signal waits for. `doubt`: an order of its lane to be known, or to have left. `venue`: the account's venue to be reached.
 * `price`: a price to be had. `turn`: only for those before it.
 */
export type Obstacle = 'doubt' | 'venue' | 'price' | 'turn';

/** A signal set aside on one account, so that others need not queue behind it. */
export interface Parked {
  readonly accountId: AccountId;
  /** Its place among the signals of its lane. */
  readonly ticket: number;
  readonly waitsFor: Obstacle;
  /** Monotonic ms before which it is not tried again. */
  readonly notBefore: number;
  /** Epoch ms after which it is too old to be carried out: it is woken to be told so. */
  readonly expiresAt: number;
  resume(): void;
  /** A later alert closed the position: the entry must not open it again. Null: no entry, it stays. */
  readonly supersede: (() => void) | null;
  /** It will close the position, so that an order which never arrived need not open it first. */
  readonly closes: boolean;
}

export function laneKey(accountId: AccountId, symbol: string): string {
  return `${accountId}|${symbol}`;
}

export function accountOfLane(lane: string): AccountId {
  return lane.slice(0, lane.indexOf('|'));
}

/** Signals set aside, first in first out per lane, so that exits need not queue behind them. */
export class Parking {
  private readonly byLane = new Map<string, Parked[]>();

  /** The last close that joined each lane. */
  private readonly closes = new Map<string, number>();

  /** A signal that closes the position has joined the lane. */
  noteClose(lane: string, ticket: number): void {
    this.closes.set(lane, Math.max(ticket, this.closes.get(lane) ?? 0));
  }

  /** Whether a later signal has joined the lane to close the position. */
  closesAfter(lane: string, ticket: number): boolean {
    return (this.closes.get(lane) ?? 0) > ticket;
  }

  park(lane: string, entry: Parked): void {
    const entries = this.byLane.get(lane) ?? [];
    const before = entries.findLastIndex(({ ticket }) => ticket <= entry.ticket);
    entries.splice(before + 1, 0, entry);
    this.byLane.set(lane, entries);
  }

  /** Whether something waits that came before. */
  hasEarlier(lane: string, ticket: number): boolean {
    return this.byLane.get(lane)?.some((entry) => entry.ticket < ticket) ?? false;
  }

  resumeAll(lane: string): void {
    for (const entry of this.take(lane)) entry.resume();
  }

  supersedeAll(lane: string): void {
    const entries = this.take(lane);
    const staying = entries.filter(({ supersede }) => supersede === null);
    if (staying.length > 0) this.byLane.set(lane, staying);
    for (const { supersede } of entries) supersede?.();
  }

  holdsClose(lane: string): boolean {
    return this.byLane.get(lane)?.some(({ closes }) => closes) ?? false;
  }

  /** How many wait in all lanes. */
  get size(): number {
    let size = 0;
    for (const entries of this.byLane.values()) size += entries.length;
    return size;
  }

  /** Wakes what has become too old. */
  resumeExpired(nowMs: number): void {
    this.resumeWhere((entries) => entries.filter((entry) => entry.expiresAt <= nowMs));
  }

  /** Wakes all that a leader does not owe: what was asked of it is forbidden now, and is to be told so. Null: of all accounts. */
  resumeForbidden(accountId: AccountId | null): void {
    this.resumeWhere((entries) =>
      entries.filter((entry) => Number.isFinite(entry.expiresAt) && (accountId === null || entry.accountId === accountId)),
    );
  }

  /** Wakes what may be tried again, each lane from its front. */
  resumeDue(accountId: AccountId, monotonicMs: number): void {
    this.resumeWhere((entries) => {
      const first = entries.findIndex((entry) => !isDue(entry, accountId, monotonicMs));
      return first < 0 ? [...entries] : entries.slice(0, first);
    });
  }

  /** Wakes the one of an account that may be tried again and came first. */
  resumeOneDue(accountId: AccountId, monotonicMs: number): void {
    const fronts = [...this.byLane.values()].flatMap((entries) => entries.slice(0, 1));
    const [first] = fronts.filter((entry) => isDue(entry, accountId, monotonicMs)).sort((one, other) => one.ticket - other.ticket);
    if (first) this.resumeWhere((entries) => entries.filter((entry) => entry === first));
  }

  private resumeWhere(chosen: (entries: readonly Parked[]) => readonly Parked[]): void {
    for (const [lane, entries] of [...this.byLane]) {
      const due = new Set(chosen(entries));
      if (due.size === 0) continue;
      const rest = entries.filter((entry) => !due.has(entry));
      if (rest.length > 0) this.byLane.set(lane, rest);
      else this.byLane.delete(lane);
      for (const entry of due) entry.resume();
    }
  }

  private take(lane: string): Parked[] {
    const entries = this.byLane.get(lane) ?? [];
    this.byLane.delete(lane);
    return entries;
  }
}

function isDue(entry: Parked, accountId: AccountId, monotonicMs: number): boolean {
  return entry.accountId === accountId && entry.waitsFor !== 'doubt' && entry.notBefore <= monotonicMs;
}
