import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type ApiClient, createApiClient } from './apiClient.ts';
import { CliError, usageError } from './cliError.ts';
import type { CliCall, CliCommand, CliOptions } from './command.ts';
import { COMMANDS } from './commands/all.ts';
import { helpFor, overview } from './help.ts';
import { processTerminal, type Terminal } from './terminal.ts';

const COMMON: CliOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  url: { type: 'string' },
  token: { type: 'string' },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs one command; the exit code is 0 done, 1 failed, 2 called wrongly. Never throws for what a person or a network may do. */
export async function runCli(argv: readonly string[], environment: Environment, terminal: Terminal = processTerminal): Promise<number> {
  const json = argv.includes('--json');
  try {
    return await dispatch(argv, environment, terminal);
  } catch (error) {
    const known = error instanceof CliError ? error : null;
    const message = known?.message ?? `Unexpected: ${error instanceof Error ? error.message : String(error)}`;
    if (json) terminal.out(JSON.stringify(known?.data ?? { code: 'UNEXPECTED', detail: message }, null, 2));
    else terminal.err(message);
    return known?.exitCode ?? 1;
  }
}

async function dispatch(argv: readonly string[], environment: Environment, terminal: Terminal): Promise<number> {
  const [first = 'help'] = argv;
  if (first === '--version') return dispatch(['version'], environment, terminal);
  if (first === 'help' || first === '--help' || first === '-h') return help(argv.slice(1), terminal);
  const command = findCommand(argv);
  if (!command && argv.some((word) => word === '--help' || word === '-h')) return help(argv, terminal);
  if (!command) throw unknownCommand(argv);
  const call = readCall(command, argv.slice(command.name.split(' ').length), environment, terminal);
  if (call.flag('help')) return help(command.name.split(' '), terminal);
  const [least, most] = command.arguments;
  if (call.positionals.length < least || call.positionals.length > most)
    throw usageError(`Usage: signalman ${command.name} ${command.usage}`.trimEnd());
  return (await command.run(call)) ?? 0;
}

function findCommand(words: readonly string[]): CliCommand | undefined {
  return COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
}

function help(words: readonly string[], terminal: Terminal): number {
  const wanted = words.filter((word) => !word.startsWith('-'));
  const found = COMMANDS.filter(({ name }) => name === wanted.join(' ') || name.startsWith(`${wanted.join(' ')} `));
  if (wanted.length > 0 && found.length === 0) throw unknownCommand(wanted);
  terminal.out(wanted.length === 0 ? overview(COMMANDS) : helpFor(found));
  return 0;
}

function unknownCommand(words: readonly string[]): CliError {
  if (words[0]?.startsWith('-')) return usageError(`Options come after the command: signalman <command> ${words[0]} ….`);
  const siblings = COMMANDS.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name.split(' ')[1]);
  if (siblings.length > 0) return usageError(`signalman ${words[0]} ${siblings.join('|')}: say which.`);
  return usageError(`There is no command "${words[0]}"; "signalman help" lists them.`);
}

function readCall(command: CliCommand, args: readonly string[], environment: Environment, terminal: Terminal): CliCall {
  const { values, positionals } = parse(command, args);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const json = values.json === true;
  let api: ApiClient | null = null;
  return {
    positionals,
    environment,
    terminal,
    json,
    // Made when asked for: `start` has its own, fuller words for a PORT that is none.
    get api() {
      api ??= createApiClient({ url: text('url'), token: text('token'), environment });
      return api;
    },
    text,
    texts: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    },
    flag: (name) => values[name] === true,
    print: (data, human) => terminal.out(json ? JSON.stringify(data, null, 2) : human()),
  };
}

function parse(
  command: CliCommand,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: { ...COMMON, ...command.options }, allowPositionals: true, strict: true });
  } catch (error) {
    // Node adds how to pass an argument that begins with a dash, which nobody here wants to know.
    const [said = ''] = (error as Error).message.split('. ');
    throw usageError(`${said}. Usage: signalman ${command.name} ${command.usage}`.trimEnd());
  }
}

/** The process as a whole: ends it with the command's exit code once everything it said is written. */
export async function main(): Promise<void> {
  const code = await runCli(process.argv.slice(2), process.env);
  process.stdout.write('', () => process.exit(code));
}

/** `npm start` and the image run this file; the bin wrapper imports it. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) await main();
