import type { DedupeKey } from '../../commandlog/commandLog.ts';
import type { Actor, CommandBody, CommandReply } from '../../domain/signal/command.ts';

/** What became of a command that was put into the log. */
export type Submitted =
  | { readonly kind: 'reply'; readonly reply: CommandReply; readonly duplicate: boolean }
  /** Stored, so it will be carried out; nobody has answered yet. */
  | { readonly kind: 'timeout' }
  /** `conflict`: the key belongs to another command. */
  | { readonly kind: 'conflict' | 'unavailable' | 'busy' };

/** Puts a command into the log and waits for the leader's answer. */
export type Submit = (
  body: CommandBody,
  actor: Actor,
  options: { readonly correlationId: string; readonly dedupe: DedupeKey; readonly timeoutMs: number },
) => Promise<Submitted>;
