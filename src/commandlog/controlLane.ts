import { type Command, isControl } from '../domain/signal/command.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { type CommandLog, CommandLogUnavailableError } from './commandLog.ts';

export interface ControlLaneOptions {
  /** Where commands wait for the leader. */
  readonly main: CommandLog;
  /** Where the kill switch does: whatever the leader needs anyway, so that it works while `main` does not. */
  readonly control: CommandLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a reader rests when the main log does not answer, milliseconds; news on the control log ends the rest. */
const REST_MS = 250;
/** Longer than any main log takes to answer. */
const NEWS_MS = 60_000;
/** For how long the leader puts up with a main log that is away: perhaps only this instance cannot reach it, and another can. */
const PATIENCE_MS = 5_000;
/** The same for the next time, unless it has answered since: perhaps nobody can reach it, and then changing leaders helps little. */
const PATIENCE_AGAIN_MS = 40_000;
/** Acknowledgements kept for a main log that is away. What is forgotten is delivered again, which every reader must expect. */
const OWED_MAX = 10_000;

/** How far one reader has come in each log. */
interface Position {
  main: number;
  control: number;
  /** The main log has shown all it held from before. */
  caughtUp: boolean;
}

const START: Position = { main: 0, control: 0, caughtUp: false };

/** The main log for a reader who must not fail with it: away, it has nothing to read, and what it was to be told is owed. */
function toleratingAbsence(main: CommandLog, clock: Clock, logger: Logger) {
  let awaySince: number | null = null;
  let patienceMs = PATIENCE_MS;
  let owed: number[] = [];
  return {
    isAway: () => awaySince !== null,
    /** Null: it is away. Rejects with `CommandLogUnavailableError` when it has been for too long. */
    read: async (afterSeq: number, limit: number): Promise<Command[] | null> => {
      try {
        const commands = await main.read(afterSeq, limit);
        if (awaySince !== null) logger.info('the command log answers again');
        awaySince = null;
        patienceMs = PATIENCE_MS;
        return commands;
      } catch (error) {
        if (!(error instanceof CommandLogUnavailableError)) throw error;
        if (awaySince === null) logger.error({ err: error }, 'the command log is away; only the kill switch works');
        awaySince ??= clock.monotonic();
        if (clock.monotonic() - awaySince < patienceMs) return null;
        awaySince = null;
        patienceMs = PATIENCE_AGAIN_MS;
        throw error;
      }
    },
    acknowledge: async (seqs: readonly number[]): Promise<void> => {
      const due = [...owed, ...seqs];
      owed = [];
      if (due.length === 0) return;
      try {
        await main.acknowledge(due);
      } catch (error) {
        if (!(error instanceof CommandLogUnavailableError)) throw error;
        owed = [...due, ...owed].slice(-OWED_MAX);
      }
    },
  };
}

/**
 * ② Two logs as one: the kill switch and rulings on who may knock take the control log, everything else the main one. A halt waits neither behind a backlog of
 * alerts nor for a main log that is away or hangs. Commands of the control log come first and have negative seqs, so that the two
 * never meet. While the main log is away, `read` gives what control has; it rejects when control does, when the main log was reset,
 * or when it has been away for so long that another instance should try.
 */
export function withControlLane({ main, control, clock, logger }: ControlLaneOptions): CommandLog {
  const tolerant = toleratingAbsence(main, clock, logger);
  /** Begun anew when a reader asks from 0. */
  let position = { ...START };
  /** A question to the main log that was not waited for, because control had news. */
  let asked: { readonly of: Position; readonly limit: number; readonly commands: Promise<Command[] | null> } | null = null;

  async function readControl(of: Position, limit: number): Promise<Command[]> {
    const commands = await control.read(of.control, limit);
    of.control = commands.at(-1)?.seq ?? of.control;
    return commands.map((command) => ({ ...command, seq: -command.seq }));
  }

  /** What the main log has, or null when control had news first. */
  async function readMain(of: Position, limit: number): Promise<Command[] | null> {
    const question = asked?.of === of ? asked : { of, limit, commands: tolerant.read(of.main, limit) };
    asked = question;
    const answered = new AbortController();
    const news = control.waitForMore(NEWS_MS, answered.signal).then(() => 'news' as const);
    const commands = await Promise.race([question.commands, news]).finally(() => answered.abort());
    if (commands === 'news') {
      question.commands.catch(() => undefined); // Whoever asks next hears of it.
      return null;
    }
    if (asked === question) asked = null;
    if (commands === null) return [];
    if (commands.length < Math.min(limit, question.limit)) of.caughtUp = true;
    const taken = commands.slice(0, limit);
    of.main = taken.at(-1)?.seq ?? of.main;
    return taken;
  }

  return {
    append: (command) => (isControl(command.body) ? control : main).append(command),
    read: async (afterSeq, limit) => {
      if (afterSeq === 0) position = { ...START };
      const mine = position; // A reader that begins anew meanwhile has another.
      for (;;) {
        const urgent = await readControl(mine, limit);
        const commands = urgent.length > 0 ? urgent : await readMain(mine, limit);
        if (commands !== null) return commands;
      }
    },
    readControl: (afterSeq, limit) => {
      if (afterSeq === 0) position = { ...START };
      return readControl(position, limit);
    },
    isCaughtUp: () => position.caughtUp,
    waitForMore: async (timeoutMs, signal) => {
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      const ofMain = tolerant.isAway() ? clock.sleep(Math.min(timeoutMs, REST_MS), either) : main.waitForMore(timeoutMs, either);
      await Promise.race([ofMain, control.waitForMore(timeoutMs, either)]);
      over.abort();
    },
    acknowledge: async (seqs) => {
      const ofMain = seqs.filter((seq) => seq > 0);
      const ofControl = seqs.filter((seq) => seq < 0).map((seq) => -seq);
      await Promise.all([tolerant.acknowledge(ofMain), control.acknowledge(ofControl)]);
    },
    lag: async () => {
      const [waiting, urgent] = await Promise.all([main.lag(), control.lag()]);
      return waiting + urgent;
    },
    close: async () => {
      await Promise.all([main.close(), control.close()]);
    },
  };
}
