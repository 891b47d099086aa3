import type { Clock } from '../lib/clock.ts';
import { type Ban, type BanLengths, createBanBook, type Subject, subjectKey } from './banBook.ts';
import type { RequestBudget } from './requestBudget.ts';

/** Bans that follow from what a subject did. Looked up in memory, whatever keeps them. */
export interface BanList {
  /** The ban in force, if any. */
  check(subject: Subject): Ban | undefined;
  /** Counts one violation; at the threshold the subject is banned. Returns how many there have been in the window. */
  violation(subject: Subject): Promise<number>;
  /** Bans in force, oldest first. */
  list(): readonly Ban[];
  /** Lifts every ban that holds for the address, and forgets its past; returns how many were lifted. `begunBefore`: epoch ms. */
  lift(address: string, begunBefore?: number): Promise<number>;
}

export type OnBan = (ban: Ban) => void;

export interface BanSettings extends BanLengths {
  readonly banThreshold: number;
  readonly banWindowSec: number;
}

export interface BanListOptions {
  readonly settings: BanSettings;
  /** Counts violations; its window is the ban window. */
  readonly violations: RequestBudget;
  readonly clock: Clock;
  readonly onBan: OnBan;
}

/** Bans in this process's memory. */
export function createMemoryBanList({ settings, violations, clock, onBan }: BanListOptions): BanList {
  const book = createBanBook(settings, clock);
  return {
    check: (subject) => book.inForce(subjectKey(subject)),
    async violation(subject) {
      const key = subjectKey(subject);
      const { limit, remaining } = await violations.spend(key, settings.banThreshold);
      // Requests that were already past the ban check when the ban began add nothing to it.
      if (remaining === 0 && !book.inForce(key)) {
        const ban = book.ban(subject);
        await violations.forget(key);
        onBan(ban);
      }
      return limit - remaining;
    },
    list: () => book.list(),
    async lift(address, begunBefore) {
      const { keys, lifted } = book.lift(address, begunBefore);
      for (const key of keys) await violations.forget(key);
      return lifted.length;
    },
  };
}
