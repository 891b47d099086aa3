import { type CommandLog, CommandLogUnavailableError, type DedupeKey } from '../commandlog/commandLog.ts';
import type { Actor, CommandBody, CommandReply } from '../domain/signal/command.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import type { Clock } from '../lib/clock.ts';
import type { ReplyListener } from './replyListener.ts';

export interface SubmitOptions {
  readonly correlationId: string;
  readonly dedupe: DedupeKey | null;
  /** How long to wait for the leader, milliseconds. */
  readonly timeoutMs?: number;
}

export type Submitted =
  /** `duplicate`: the command is an earlier one with the same key, and this its answer. */
  | { readonly kind: 'reply'; readonly commandId: string; readonly reply: CommandReply; readonly duplicate: boolean }
  /** Stored, so it will be carried out; nobody has answered yet. */
  | { readonly kind: 'timeout'; readonly commandId: string }
  /** The key belongs to another command with other content. */
  | { readonly kind: 'conflict'; readonly commandId: string }
  | { readonly kind: 'unavailable' }
  /** Too many are waiting already; nothing was stored. */
  | { readonly kind: 'busy' };

export type Submit = (body: CommandBody, actor: Actor, options: SubmitOptions) => Promise<Submitted>;

export interface CommandClientOptions {
  readonly log: Pick<CommandLog, 'append'>;
  readonly readModel: Pick<ReadModel, 'reply'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly replies?: ReplyListener;
  readonly timeoutMs?: number;
  /** Requests that may wait at once; half of them of one actor. */
  readonly waitingMax?: number;
}

const FIRST_LOOK_MS = 10;
const SLOWEST_LOOK_MS = 100;

/** The writing half of the API: store a command, then wait for what the leader says. Any instance may do it. */
export function createCommandClient(options: CommandClientOptions): Submit {
  const { log, readModel, clock, newId, replies, timeoutMs = 10_000, waitingMax = 256 } = options;
  const places = createPlaces(waitingMax);

  /** A look that fails is one more "not yet": the command is stored, and 504 says where to ask later. */
  const look = (commandId: string): Promise<CommandReply | null> => readModel.reply(commandId).catch(() => null);

  async function waitForReply(commandId: string, withinMs: number): Promise<CommandReply | null> {
    const deadline = clock.monotonic() + withinMs;
    let nap = new AbortController();
    const unsubscribe = replies?.subscribe(commandId, () => nap.abort());
    try {
      for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, SLOWEST_LOOK_MS)) {
        nap = new AbortController();
        const reply = await look(commandId);
        const leftMs = deadline - clock.monotonic();
        if (reply || leftMs <= 0) return reply;
        await clock.sleep(Math.min(pauseMs, leftMs), nap.signal);
      }
    } finally {
      unsubscribe?.();
    }
  }

  return async (body, actor, { correlationId, dedupe, timeoutMs: withinMs = timeoutMs }) => {
    if (!places.take(actor.name)) return { kind: 'busy' };
    try {
      const appended = await log.append({ id: newId(), body, actor, correlationId, dedupe });
      if (appended.kind === 'conflict') return { kind: 'conflict', commandId: appended.id };
      const reply = await waitForReply(appended.id, withinMs);
      if (!reply) return { kind: 'timeout', commandId: appended.id };
      return { kind: 'reply', commandId: appended.id, reply, duplicate: appended.kind === 'duplicate' };
    } catch (error) {
      if (error instanceof CommandLogUnavailableError) return { kind: 'unavailable' };
      throw error;
    } finally {
      places.giveBack(actor.name);
    }
  };
}

/** Places to wait in. One actor has half of them at most, so that a busy program does not keep a person from halting. */
function createPlaces(max: number) {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(actor: string): boolean {
      const own = taken.get(actor) ?? 0;
      if (all >= max || own >= Math.ceil(max / 2)) return false;
      taken.set(actor, own + 1);
      all += 1;
      return true;
    },
    giveBack(actor: string): void {
      const left = (taken.get(actor) ?? 0) - 1;
      if (left > 0) taken.set(actor, left);
      else taken.delete(actor);
      all -= 1;
    },
  };
}
