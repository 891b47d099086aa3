import type { CommandId } from '../domain/ids.ts';
import type { Actor, Command, CommandBody } from '../domain/signal/command.ts';

/** Two appends with the same key within its life are one command. */
export interface DedupeKey {
  readonly key: string;
  /** How long the key is remembered, milliseconds. */
  readonly ttlMs: number;
  /** Hash of the content: the same key with another hash is a conflict, not a repeat. */
  readonly contentHash: string;
}

/** Spent by the command that carries it: another command with the same nonce is refused while it is remembered. */
export interface Nonce {
  readonly key: string;
  /** How long it is remembered, milliseconds. */
  readonly ttlMs: number;
}

export interface NewCommand {
  readonly id: CommandId;
  readonly body: CommandBody;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly dedupe: DedupeKey | null;
  /** Remembered with the command, or with the one it repeats: a nonce is spent exactly when its command is safe. */
  readonly nonce?: Nonce;
}

export type Appended =
  | { readonly kind: 'stored'; readonly id: CommandId; readonly seq: number }
  /** Stored before under the same key: `id` is the first one's. */
  | { readonly kind: 'duplicate'; readonly id: CommandId }
  /** The key was used for other content by command `id`. */
  | { readonly kind: 'conflict'; readonly id: CommandId }
  /** The nonce was spent before, by command `id` (or a repeat of it). Looked at before the key. */
  | { readonly kind: 'replayed'; readonly id: CommandId };

/** The log cannot take a command now: it is down, or its bounded queue is full. Nothing was promised. */
export class CommandLogUnavailableError extends Error {
  override readonly name = 'CommandLogUnavailableError';
}

/**
 * Commands came back that a reader had already passed: the log lost track of what it gave out, as a store set back to an older
 * state does. Some may be carried out already, so read again from 0 as a new leader does, asking the ledger about each.
 */
export class CommandLogResetError extends Error {
  override readonly name = 'CommandLogResetError';
}

/**
 * ② The durable, ordered inbox of the leader. `append` resolves only after the command is stored for good; a rejected
 * append may or may not have stored it, and the dedupe key makes the repeat harmless. Readers see commands in `seq`
 * order, each at least once, until it is acknowledged.
 */
export interface CommandLog {
  append(command: NewCommand): Promise<Appended>;
  /** Commands not acknowledged with seq > `afterSeq`, in order, at most `limit`. Never skips one that commits later with a lower seq. May reject with `CommandLogResetError`. */
  read(afterSeq: number, limit: number): Promise<Command[]>;
  /**
   * Control commands (`isControl`) not acknowledged, oldest first, for a reader that has come to `afterSeq` and has no room for
   * others, or begins (0). `read` may give them again.
   */
  readControl(afterSeq: number, limit: number): Promise<Command[]>;
  /** False while commands from before this reader may still come although a page was short of `limit`. Absent: never so. */
  readonly isCaughtUp?: () => boolean;
  /** Resolves when there may be something new, or after `timeoutMs`, or when `signal` aborts. Never rejects. */
  waitForMore(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Marks commands as carried out; idempotent. */
  acknowledge(seqs: readonly number[]): Promise<void>;
  /** Commands stored and not acknowledged. */
  lag(): Promise<number>;
  close(): Promise<void>;
}
