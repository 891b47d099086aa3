import { type Command, isControl } from '../domain/signal/command.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { createWakeup } from '../ops/wakeup.ts';
import { type Appended, type CommandLog, CommandLogUnavailableError, type NewCommand } from './commandLog.ts';

interface Claim {
  readonly commandId: string;
  readonly contentHash: string;
  readonly expiresAt: number;
}

export interface MemoryCommandLog extends CommandLog {
  /** While false, appending and reading fail as they do when the database is away. */
  setAvailable(available: boolean): void;
}

/** ② The command log in this process's memory, for backtests, the simulator and tests: all time comes from the clock. */
export function createMemoryCommandLog({ clock = systemClock }: { clock?: Clock } = {}): MemoryCommandLog {
  const wakeup = createWakeup(clock);
  const open = new Map<number, Command>();
  const ids = new Set<string>();
  const claims = new Map<string, Claim>();
  let lastSeq = 0;
  let available = true;

  function requireAvailable(): void {
    if (!available) throw new CommandLogUnavailableError('the command log is not available');
  }

  function claimOf(key: string, now: number): Claim | undefined {
    const claim = claims.get(key);
    return claim && claim.expiresAt > now ? claim : undefined;
  }

  function append(command: NewCommand): Appended {
    if (ids.has(command.id)) return { kind: 'duplicate', id: command.id };
    const now = clock.now();
    const { dedupe, nonce } = command;
    const spent = nonce ? claimOf(nonce.key, now) : undefined;
    if (spent) return { kind: 'replayed', id: spent.commandId };
    const claim = dedupe ? claimOf(dedupe.key, now) : undefined;
    const conflict = claim !== undefined && claim.contentHash !== dedupe?.contentHash;
    const standing = claim?.commandId ?? command.id;
    if (nonce && !conflict) claims.set(nonce.key, { commandId: standing, contentHash: '', expiresAt: now + nonce.ttlMs });
    if (claim) return { kind: conflict ? 'conflict' : 'duplicate', id: standing };
    if (dedupe) claims.set(dedupe.key, { commandId: standing, contentHash: dedupe.contentHash, expiresAt: now + dedupe.ttlMs });
    const seq = ++lastSeq;
    const { id, body, actor, correlationId } = command;
    ids.add(id);
    // A copy: what comes back shares nothing with what was given.
    open.set(seq, { seq, ...structuredClone({ id, body, actor, correlationId }), receivedAt: now });
    wakeup.signal();
    return { kind: 'stored', id, seq };
  }

  return {
    append: async (command) => {
      requireAvailable();
      return append(command);
    },
    read: async (afterSeq, limit) => {
      wakeup.looking();
      requireAvailable();
      const commands: Command[] = [];
      for (const command of open.values()) {
        if (commands.length >= limit) break;
        if (command.seq > afterSeq) commands.push(command); // A Map iterates in order of insertion, which is seq order.
      }
      return commands;
    },
    readControl: async (afterSeq, limit) => {
      requireAvailable();
      return [...open.values()].filter(({ seq, body }) => seq > afterSeq && isControl(body)).slice(0, limit);
    },
    waitForMore: (timeoutMs, signal) => wakeup.wait(timeoutMs, signal),
    acknowledge: async (seqs) => {
      requireAvailable();
      for (const seq of seqs) open.delete(seq);
    },
    lag: async () => open.size,
    close: async () => {
      available = false;
    },
    setAvailable: (next) => {
      available = next;
    },
  };
}
