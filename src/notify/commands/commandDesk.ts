import type { Update } from 'telegraf/types';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { within } from '../deadline.ts';
import {
  type ChatCommand,
  type ChatPress,
  COMMAND_AGE_MS_MAX,
  type ReadUpdate,
  type ReadUpdateOptions,
  readUpdate,
} from './chatCommand.ts';
import { HALT_UNSURE, halt } from './halt.ts';
import { HELP, orders, pnl, positions, type Reads, status } from './reads.ts';
import type { Submit } from './submit.ts';

/** A command that takes longer is given up, so that the next, perhaps a halt, has its turn. */
const COMMAND_MS_MAX = 12_000;
const NO_ANSWER = 'That cannot be looked up now. Try again in a moment.';

/** They make things riskier or cannot be undone, and a phone in the wrong hands has no second factor. */
const CLI_ONLY: ReadonlyMap<string, string> = new Map([
  ['resume', 'trading resume'],
  ['flatten', 'trading flatten'],
  ['close', 'trading flatten'],
  ['closeall', 'trading flatten'],
  ['reduce_only', 'trading reduce-only'],
  ['cancel', 'order cancel'],
]);

const READS: ReadonlyMap<string, (reads: Reads) => Promise<string>> = new Map([
  ['start', async () => HELP],
  ['help', async () => HELP],
  ['status', status],
  ['positions', positions],
  ['orders', orders],
  ['pnl', pnl],
]);

export interface CommandDeskOptions {
  readonly chatId: string;
  readonly reads: Reads;
  readonly submit: Submit;
  readonly say: (text: string) => void;
  /** Does what a button says and tells who pressed it. Must not reject. */
  readonly press: (press: ChatPress) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telegramUpdates'>;
  readonly signal: AbortSignal;
}

/** Carries out what the configured chat asks for, one after the other, and answers. Never rejects; once `signal` aborts it says no more. */
export function createCommandDesk(options: CommandDeskOptions): (updates: readonly Update[], botName: string) => Promise<void> {
  const { chatId, say, clock, metrics, signal } = options;
  return async (updates, botName) => {
    const stale: string[] = [];
    for (const update of updates) {
      const read = readOrSkip(update, { chatId, botName, now: clock.now() });
      if (read.kind === 'press') await within(options.press(read.press), COMMAND_MS_MAX, signal, clock);
      const answer = read.kind === 'command' ? await carryOut(read.command, options) : null;
      if (signal.aborted) return;
      if (answer !== null) say(answer);
      if (read.kind === 'stale') stale.push(`/${read.command.name}`);
      metrics.telegramUpdates.inc({ result: read.kind });
    }
    if (stale.length > 0) say(staleAnswer(stale));
  };
}

/** An update of a shape nobody knows must not keep the others from being heard. */
function readOrSkip(update: Update, options: ReadUpdateOptions): ReadUpdate | { readonly kind: 'malformed' } {
  try {
    return readUpdate(update, options);
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'malformed' };
    throw error;
  }
}

/** One answer however many waited, or a chat would be busy with them for minutes. */
function staleAnswer(names: readonly string[]): string {
  const ageSec = COMMAND_AGE_MS_MAX / 1_000;
  return `NOT done, because sent more than ${ageSec} s before it was heard: ${[...new Set(names)].join(' ')}\nSend again what you still want.`;
}

/** The answer; null when the command is not for us. */
async function carryOut(command: ChatCommand, { reads, submit, clock, logger, signal }: CommandDeskOptions): Promise<string | null> {
  const failed = command.name === 'halt' ? HALT_UNSURE : NO_ANSWER;
  const work = answerTo(command, { reads, submit, clock });
  if (work === null) return null;
  try {
    return (await within(work, COMMAND_MS_MAX, signal, clock)) ?? failed;
  } catch (error) {
    logger.error({ err: error, command: command.name }, 'a Telegram command failed');
    return failed;
  }
}

function answerTo(command: ChatCommand, { reads, submit, clock }: Pick<CommandDeskOptions, 'reads' | 'submit' | 'clock'>) {
  if (command.name === 'halt') return halt(command, { submit, clock });
  const read = READS.get(command.name);
  if (read) return read(reads);
  const cli = CLI_ONLY.get(command.name);
  if (cli !== undefined) return Promise.resolve(cliOnly(command.name, cli));
  return command.addressed ? Promise.resolve(`/${command.name} is not a command here.\n${HELP}`) : null;
}

function cliOnly(name: string, cli: string): string {
  return `Nothing was done: /${name} is not offered by Telegram yet. Use the CLI: npx signalman ${cli}\nA later version asks for a second factor here.`;
}
