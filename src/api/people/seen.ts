import type { Clock } from '../../lib/clock.ts';
import type { Submit } from '../commandClient.ts';

/** Tells the leader that a session or token is in use, at most once in a few minutes however many requests and instances there are. */
export interface SeenNotes {
  /** Returns when it was last seen, as far as this instance knows; `known`: what the ledger says. */
  lastSeen(id: string, known: number): number;
  note(what: 'session' | 'token', id: string, known: number): void;
}

const REMEMBERED_MAX = 10_000;

export function createSeenNotes(options: {
  readonly submit: Submit;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly everyMs: number;
}): SeenNotes {
  const { submit, clock, newId, everyMs } = options;
  const told = new Map<string, number>();
  const lastSeen = (id: string, known: number): number => Math.max(told.get(id) ?? 0, known);
  return {
    lastSeen,
    note(what, id, known) {
      const now = clock.now();
      if (now - lastSeen(id, known) < everyMs) return;
      if (told.size >= REMEMBERED_MAX) told.clear();
      told.set(id, now);
      const key = `seen:${id}:${Math.floor(now / everyMs)}`;
      const body = { kind: 'access.seen', sessionId: what === 'session' ? id : null, tokenId: what === 'token' ? id : null } as const;
      const dedupe = { key, ttlMs: everyMs, contentHash: key };
      // Nobody waits for it: what is missed is told a few minutes later.
      submit(body, { name: 'system', address: null }, { correlationId: newId(), dedupe, timeoutMs: 0 }).catch(() => told.delete(id));
    },
  };
}
