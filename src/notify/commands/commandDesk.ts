import type { Update } from 'telegraf/types';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { Answers, Said } from '../answers.ts';
import { within } from '../deadline.ts';
import type { Ask } from './act.ts';
import { answerCode } from './answerCode.ts';
import { answerPress } from './answerPress.ts';
import { type Asker, mayBeHeard, refusalOf } from './asker.ts';
import {
  type ChatCommand,
  type ChatMessage,
  COMMAND_AGE_MS_MAX,
  type ReadUpdate,
  type ReadUpdateOptions,
  readUpdate,
} from './chatCommand.ts';
import type { DeskDeps } from './deps.ts';
import { createFailureCount, type FailureCount } from './failures.ts';
import { HALT_UNSURE } from './halt.ts';
import { link } from './link.ts';
import { helpFor, MENU, menuItems } from './menu.ts';
import { readsFor } from './reads.ts';

/** A command that takes longer is given up, so that the next, perhaps a halt, has its turn. */
const COMMAND_MS_MAX = 12_000;
const NO_ANSWER = 'That cannot be looked up now. Try again in a moment.';
/** Codes a person may get wrong within the window. */
const GUESSES = { max: 5, windowMs: 3_600_000 } as const;

/** Other words for a command. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['reduce_only', 'reduce'],
  ['closeall', 'flatten'],
]);

export interface CommandDeskOptions extends DeskDeps {
  readonly answers: Pick<Answers, 'say'>;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telegramUpdates'>;
  readonly signal: AbortSignal;
}

/** Carries out what people ask one bot for, one after the other, and answers. Never rejects; once `signal` aborts it says no more. */
export function createCommandDesk(options: CommandDeskOptions): (updates: readonly Update[], botName: string) => Promise<void> {
  const { answers, clock, metrics, signal } = options;
  const desk = { ...options, guesses: createFailureCount({ ...GUESSES, clock }) };
  return async (updates, botName) => {
    const stale = new Map<string, Set<string>>();
    for (const update of updates) {
      const read = readOrSkip(update, { botName, now: clock.now() });
      const result = await deal(read, desk, stale);
      if (signal.aborted) return;
      metrics.telegramUpdates.inc({ result });
    }
    for (const [chat, names] of stale) answers.say(chat, { text: staleAnswer(names) });
  };
}

interface Desk extends CommandDeskOptions {
  readonly guesses: FailureCount;
}

/** What became of one update, for the metric. */
type Result = ReadUpdate['kind'] | 'malformed' | 'foreign' | 'failed';

/** An update of a shape nobody knows must not keep the others from being heard. */
function readOrSkip(update: Update, options: ReadUpdateOptions): ReadUpdate | { readonly kind: 'malformed' } {
  try {
    return readUpdate(update, options);
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'malformed' };
    throw error;
  }
}

async function deal(read: ReturnType<typeof readOrSkip>, everybodys: Desk, stale: Map<string, Set<string>>): Promise<Result> {
  if (read.kind === 'malformed' || read.kind === 'ignored') return read.kind;
  const asker = await askerOf(read, everybodys);
  const wantsLink = read.kind === 'command' && isLink(read.command);
  if (asker === null || !(mayBeHeard(asker) || (asker.isPrivate && wantsLink))) return 'foreign';
  const desk: Desk = { ...everybodys, reads: readsFor(asker, everybodys.reads) };
  if (read.kind === 'press') {
    const { bot, clock, signal } = desk;
    await within(answerPress(read.press, asker, { ...desk, token: bot.token, voice: bot.voice }), COMMAND_MS_MAX, signal, clock);
  } else if (read.kind === 'stale') {
    const { chat } = read.message;
    stale.set(chat, (stale.get(chat) ?? new Set()).add(`/${read.name}`));
  } else {
    const said = await carryOut(read, asker, desk);
    if (said !== null && !desk.signal.aborted) desk.answers.say(asker.chat, said);
  }
  return read.kind;
}

/** Who it comes from; null when that cannot be looked up and the chat alone gives no right. */
async function askerOf(read: Exclude<ReadUpdate, { kind: 'ignored' }>, { bot, userByTelegramId, logger }: Desk): Promise<Asker | null> {
  const { from, chat } = read.kind === 'press' ? { from: read.press.from, chat: read.press.place.chat } : messageOf(read);
  const isPrivate = chat === from; // A private chat has the number of its person.
  const inConfiguredChat = bot.chats.has(chat);
  if (!isPrivate && !inConfiguredChat) return null;
  const user = await userByTelegramId(from).catch((error: unknown) => {
    logger.error({ err: error }, 'who wrote on Telegram cannot be looked up');
    return null;
  });
  return { from, chat, user, isPrivate, inConfiguredChat };
}

function messageOf(read: Extract<ReadUpdate, { kind: 'command' | 'word' | 'stale' }>): ChatMessage {
  return read.kind === 'command' ? read.command : read.message;
}

/** `/start <code>` is what Telegram sends for a link to the bot that holds the code. */
function isLink({ name, argument }: ChatCommand): boolean {
  return name === 'link' || (name === 'start' && argument !== '');
}

/** The answer; null when there is nothing to say. */
async function carryOut(read: Extract<ReadUpdate, { kind: 'command' | 'word' }>, asker: Asker, desk: Desk): Promise<Said | null> {
  const { clock, logger, signal, bot } = desk;
  const name = read.kind === 'command' ? read.command.name : 'code';
  const failed = { text: name === 'halt' ? HALT_UNSURE : NO_ANSWER };
  const argument = read.kind === 'command' ? read.command.argument : read.word;
  const ask: Ask = { asker, message: messageOf(read), argument, botId: bot.id };
  const work = read.kind === 'command' ? answerTo(read.command, ask, desk) : answerCode(ask, desk, desk.guesses);
  if (work === null) return null;
  const doing = work.then((said) => ({ said: typeof said === 'string' ? { text: said } : said }));
  try {
    return ((await within(doing, COMMAND_MS_MAX, signal, clock)) ?? { said: failed }).said;
  } catch (error) {
    logger.error({ err: error, command: name }, 'a Telegram command failed');
    return failed;
  }
}

function answerTo(command: ChatCommand, ask: Ask, desk: Desk): Promise<Said | string | null> | null {
  const { asker } = ask;
  const name = ALIASES.get(command.name) ?? command.name;
  if (isLink(command)) return link(ask, desk, desk.guesses);
  if (name === 'help' || name === 'start') return help(asker, desk);
  const entry = MENU.find((candidate) => candidate.name === name);
  if (!entry) return command.addressed ? Promise.resolve(`/${name} is not a command here.\n${helpFor(asker)}`) : null;
  const refusal = refusalOf(asker, entry);
  return refusal === null ? entry.carryOut(ask, desk) : Promise.resolve(refusal);
}

/** With the help comes the menu of the chat, in case the person may do other things than before. */
async function help(asker: Asker, { bot, signal }: Desk): Promise<string> {
  await bot.voice.setMenu(asker.chat, menuItems(asker), signal);
  return helpFor(asker);
}

/** One answer however many waited, or a chat would be busy with them for minutes. */
function staleAnswer(names: ReadonlySet<string>): string {
  const ageSec = COMMAND_AGE_MS_MAX / 1_000;
  return `NOT done, because sent more than ${ageSec} s before it was heard: ${[...names].join(' ')}\nSend again what you still want.`;
}
