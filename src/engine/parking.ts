import type { AccountId } from '../domain/ids.ts';

/** What waits because an order of its account and symbol is in doubt. */
export interface Parked {
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

/** Entries set aside, first in first out per lane, so that exits need not queue behind them. */
export class Parking {
  private readonly byLane = new Map<string, Parked[]>();

  park(lane: string, entry: Parked): void {
    const entries = this.byLane.get(lane) ?? [];
    entries.push(entry);
    this.byLane.set(lane, entries);
  }

  isOccupied(lane: string): boolean {
    return this.byLane.has(lane);
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
    for (const [lane, entries] of this.byLane) {
      if (!entries.some((entry) => entry.expiresAt <= nowMs)) continue;
      const due = entries.filter((entry) => entry.expiresAt <= nowMs);
      const rest = entries.filter((entry) => entry.expiresAt > nowMs);
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
