import type { Command } from '../domain/signal/command.ts';

/** Held at most, for a reader that is busy; beyond it the reader finds them in the log. */
const HELD_MAX = 1_000;

/**
 * Commands that this instance has just stored, for a reader on the same instance: what follows without a gap on what it has
 * read need not be read from the log, because nobody can have stored anything in between.
 */
export interface Handover {
  /** Stored just now, in `seq` order. Kept only once somebody reads. */
  offer(commands: readonly Command[]): void;
  /** The commands right behind `afterSeq`, at most `limit`; each is handed over once. Empty: look into the log. */
  take(afterSeq: number, limit: number): Command[];
}

export function createHandover(): Handover {
  let held: Command[] = [];
  let read = false;
  return {
    offer(commands) {
      if (read) held.push(...commands);
      if (held.length > HELD_MAX) held = [];
    },
    take(afterSeq, limit) {
      read = true;
      // A new reader does not know what the one before it has acknowledged.
      if (afterSeq === 0) held = [];
      const known = held.findIndex(({ seq }) => seq > afterSeq);
      held.splice(0, known < 0 ? held.length : known);
      let count = 0;
      while (count < limit && held[count]?.seq === afterSeq + count + 1) count += 1;
      return held.splice(0, count);
    },
  };
}
