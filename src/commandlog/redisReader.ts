import { readFileSync } from 'node:fs';
import type { Command } from '../domain/signal/command.ts';
import { CommandLogResetError } from './commandLog.ts';
import { createScript, type RedisCall } from './redisConnection.ts';
import { decodeEntry, decodePage, fieldOf, type Page, type RawEntry, seqOf, UnreadableEntryError } from './redisEntries.ts';
import { type Incident, lossOf, parkingOf } from './redisIncident.ts';
import type { RedisLossWatch } from './redisLossWatch.ts';

export interface RedisReaderDeps {
  readonly call: RedisCall;
  readonly keys: { readonly stream: string; readonly parked: string };
  readonly group: string;
  readonly consumer: string;
  readonly report: (incident: Incident) => void;
  readonly watch: RedisLossWatch;
}

const PAGE_SIZE_MAX = 1_000;
const DELIVERIES_MAX = 3;
const PARKED_KEPT_MAX = 10_000;

const readCommands = createScript(readFileSync(new URL('./lua/readCommands.lua', import.meta.url), 'utf8'));
const parkEntry = createScript(readFileSync(new URL('./lua/parkEntry.lua', import.meta.url), 'utf8'));

/** The leader's side of the stream: pages of commands, and everything that can be wrong with them. */
export class RedisReader {
  private readonly deps: RedisReaderDeps;
  /** Entries that could not be read, and why, until they are parked. */
  private readonly unreadable = new Map<string, string>();
  /** Set-backs this reader knows of: they explain a group that is missing. */
  private setBacks = 0;
  /** Highest seq given to the present reader. */
  private given = 0;
  /** Lowest seq that came back although the present reader was past it; null when there is none. */
  private cameBack: number | null = null;

  constructor(deps: RedisReaderDeps) {
    this.deps = deps;
  }

  /** As `CommandLog.read`. */
  async read(afterSeq: number, limit: number): Promise<Command[]> {
    this.given = Math.min(this.given, afterSeq);
    if (this.cameBack !== null && afterSeq < this.cameBack) this.cameBack = null;
    await this.retryUnreadable();
    const commands: Command[] = [];
    let after = `${afterSeq}-0`;
    while (commands.length < limit) {
      const asked = Math.min(limit - commands.length, PAGE_SIZE_MAX);
      const page = await this.readPage(after, asked);
      this.notePage(page, afterSeq);
      for (const entry of page.entries) {
        const command = this.decode(entry);
        if (command && command.seq > afterSeq) commands.push(command);
      }
      // Fewer than asked for is the end of the stream, to the caller too: what could not be read must not look like it.
      if (page.considered < asked) break;
      after = page.lastMet;
    }
    // Sticks until it is read from further back, so that none can be passed over.
    if (this.cameBack !== null)
      throw new CommandLogResetError(`command ${this.cameBack} came back to a reader that was at ${afterSeq}: Redis forgot that it had it`);
    this.given = Math.max(this.given, commands.at(-1)?.seq ?? 0);
    return commands;
  }

  private async readPage(after: string, limit: number): Promise<Page> {
    const { call, keys, group, consumer, watch } = this.deps;
    const sent = watch.sending();
    const page = decodePage(await call((redis) => readCommands.run(redis, 1, [keys.stream, group, consumer, after, limit])));
    watch.answered(sent, page.last);
    return page;
  }

  private notePage({ last, groupWasMissing, lost, holes, entries }: Page, afterSeq: number): void {
    const { report, watch } = this.deps;
    // A group that was merely removed takes nothing with it: its entries come back to a reader that starts anew.
    const begunAnew = groupWasMissing && this.given > 0 && beginsAfter(this.given, entries);
    if (begunAnew && watch.setBacks === this.setBacks)
      report(lossOf(this.given, seqOf(last), 'Everything was removed from Redis, and others have written since'));
    this.setBacks = watch.setBacks;
    for (const [after, upto] of holes) report(lossOf(seqOf(after), seqOf(upto), 'Entries were removed from Redis unread'));
    for (const id of lost) report(lossOf(seqOf(id) - 1, seqOf(id), 'An entry was removed from Redis before it was marked as carried out'));
    for (const [id] of entries) {
      const seq = seqOf(id);
      if (seq <= Math.min(afterSeq, this.given) && seq < (this.cameBack ?? Number.POSITIVE_INFINITY)) this.cameBack = seq;
    }
  }

  private decode(entry: RawEntry): Command | null {
    try {
      return decodeEntry(entry);
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      this.unreadable.set(entry[0], error.message);
      return null;
    }
  }

  private async retryUnreadable(): Promise<void> {
    const { call, keys, group, consumer, report } = this.deps;
    for (const [entryId, reason] of this.unreadable) {
      const args = [keys.stream, keys.parked, group, consumer, entryId, DELIVERIES_MAX, reason, PARKED_KEPT_MAX];
      const done = await call((redis) => parkEntry.run(redis, 2, args));
      if (done === 'again') continue;
      this.unreadable.delete(entryId);
      if (done !== 'parked') continue;
      report(parkingOf(entryId, reason, keys.parked));
    }
  }
}

/** Whether the stream itself was begun after `seq`. */
function beginsAfter(seq: number, [first]: readonly RawEntry[]): boolean {
  return first !== undefined && seqOf(first[0]) > seq && fieldOf(first[1], 'prev') === '0-0';
}
