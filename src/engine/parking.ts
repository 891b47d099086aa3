import type { AccountId } from '../domain/ids.ts';

/** An entry that waits because an order of its account and symbol is in doubt. */
export interface ParkedEntry {
  /** Epoch ms after which it is too old to be carried out: it is woken to be told so. */
  readonly expiresAt: number;
  resume(): void;
  /** A later alert closed the position: the entry must not open it again. */
  supersede(): void;
}

export function laneKey(accountId: AccountId, symbol: string): string {
  return `${accountId}|${symbol}`;
}

/** Entries set aside, first in first out per lane, so that exits need not queue behind them. */
export class Parking {
  private readonly byLane = new Map<string, ParkedEntry[]>();

  park(lane: string, entry: ParkedEntry): void {
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
    for (const entry of this.take(lane)) entry.supersede();
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

  private take(lane: string): ParkedEntry[] {
    const entries = this.byLane.get(lane) ?? [];
    this.byLane.delete(lane);
    return entries;
  }
}
