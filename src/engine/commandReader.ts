import type { AccountId, CommandId } from '../domain/ids.ts';
import type { Command } from '../domain/signal/command.ts';
import type { Term } from './term.ts';

/** Accounts on which a command was dealt with before this term, or that nothing of it is left to do. */
export type HandledBefore = readonly AccountId[] | 'finished';

export interface CommandReaderOptions {
  /** How many more commands may be under way; null: none at all is to be taken any more. */
  readonly room: () => number | null;
  readonly start: (command: Command, before: HandledBefore, done: () => void) => void;
}

const READ_LIMIT = 500;
const WAIT_FOR_MORE_MS = 1_000;
const ROOM_LOOK_MS = 5;
/** How often control commands are looked for while there is no room for others. */
const CONTROL_LOOK_MS = 100;

/**
 * Reads the log in order, and control commands ahead of it while there is no room for others: a halt must not wait for the very
 * commands it is to stop.
 */
export class CommandReader {
  private readonly term: Term;
  private readonly options: CommandReaderOptions;
  private afterSeq = 0;
  /** Until the log has shown all it held from before this term. */
  private backlog = true;
  /** Control commands taken ahead of those before them. */
  private readonly ahead = new Set<number>();
  private readonly acknowledged: number[] = [];
  private acknowledging: Promise<void> | null = null;

  constructor(term: Term, options: CommandReaderOptions) {
    this.term = term;
    this.options = options;
  }

  /** Until the term ends. */
  async run(): Promise<void> {
    const { term } = this;
    const { clock } = term.deps;
    let controlAt = Number.NEGATIVE_INFINITY;
    while (!term.signal.aborted) {
      const room = this.options.room();
      if (room !== null && room > 0) {
        await this.readOn(Math.min(READ_LIMIT, room));
        continue;
      }
      if (room !== null && clock.monotonic() - controlAt >= CONTROL_LOOK_MS) {
        controlAt = clock.monotonic();
        await this.readControl();
      }
      // Without room nothing else is read, so news stays news and waiting for it would end at once, for ever.
      await clock.sleep(ROOM_LOOK_MS, term.signal);
    }
    await this.acknowledging;
  }

  /** Until `work` is over, in which nothing else is read: control commands that satisfy `isFirst` are started as they come. */
  async takeFirstDuring(work: Promise<void>, isFirst: (command: Command) => boolean): Promise<void> {
    const over = new AbortController();
    const done = work.finally(() => over.abort());
    const either = AbortSignal.any([this.term.signal, over.signal]);
    const look = async (): Promise<void> => {
      while (!either.aborted) {
        await this.term.deps.clock.sleep(CONTROL_LOOK_MS, either);
        if (!either.aborted) await this.takeFirst(isFirst);
      }
    };
    await Promise.all([done, look()]);
  }

  /**
   * Before anything else: starts the waiting control commands that satisfy `isFirst`. What stops trading must hold before a new
   * leader sends what the last one left; all others come in their turn.
   */
  async takeFirst(isFirst: (command: Command) => boolean): Promise<void> {
    for (let after = 0; ; ) {
      const page = await this.term.deps.log.readControl(after, READ_LIMIT);
      const first = page.filter((command) => isFirst(command) && !this.ahead.has(command.seq));
      for (const { seq } of first) this.ahead.add(seq);
      await this.take(first);
      const last = page.at(-1);
      if (!last || page.length < READ_LIMIT) return;
      after = last.seq;
    }
  }

  private async readOn(limit: number): Promise<void> {
    const { log } = this.term.deps;
    const commands = await log.read(this.afterSeq, limit);
    await this.take(commands.filter(({ seq }) => !this.ahead.has(seq)));
    this.afterSeq = commands.at(-1)?.seq ?? this.afterSeq;
    for (const seq of this.ahead) if (seq <= this.afterSeq) this.ahead.delete(seq);
    if (commands.length >= limit) return;
    // What is read after the first short page was stored after this term began: nobody can have handled it before.
    if (log.isCaughtUp?.() ?? true) this.backlog = false;
    await log.waitForMore(WAIT_FOR_MORE_MS, this.term.signal);
  }

  private async readControl(): Promise<void> {
    const commands = await this.term.deps.log.readControl(this.afterSeq, READ_LIMIT);
    const fresh = commands.filter(({ seq }) => !this.ahead.has(seq));
    for (const { seq } of fresh) this.ahead.add(seq);
    await this.take(fresh);
  }

  private async take(commands: readonly Command[]): Promise<void> {
    const handled = this.backlog ? await this.handledBefore(commands) : new Map<CommandId, HandledBefore>();
    for (const command of commands)
      this.options.start(command, handled.get(command.id) ?? [], () => {
        this.term.deps.failpoint('before_ack');
        this.acknowledged.push(command.seq);
        this.acknowledging ??= this.flush().catch((error: unknown) => this.term.fail(error));
      });
  }

  private async flush(): Promise<void> {
    while (this.acknowledged.length > 0) await this.term.deps.log.acknowledge(this.acknowledged.splice(0));
    this.acknowledging = null;
  }

  private async handledBefore(commands: readonly Command[]): Promise<Map<CommandId, HandledBefore>> {
    if (commands.length === 0) return new Map();
    const known = await this.term.deps.ledger.handled(commands.map((command) => command.id));
    return new Map(known.map((item) => [item.id, item.finished ? 'finished' : item.accountIds]));
  }
}
