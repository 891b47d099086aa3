import type { ParseArgsConfig } from 'node:util';
import type { ApiClient } from './apiClient.ts';
import type { Terminal } from './terminal.ts';

export type CliOptions = NonNullable<ParseArgsConfig['options']>;

/** One command of `signalman`. */
export interface CliCommand {
  /** `hook create` */
  readonly name: string;
  /** What follows the name: `<name> --account <name>…` */
  readonly usage: string;
  readonly summary: string;
  /** One line each, for `help <command>`. */
  readonly details?: readonly string[];
  readonly options?: CliOptions;
  /** How many arguments it takes, least and most. */
  readonly arguments: readonly [number, number];
  /** Returns the exit code; undefined is 0. */
  run(call: CliCall): Promise<number | undefined>;
}

/** One invocation, parsed. */
export interface CliCall {
  readonly positionals: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Talks to the running instance. */
  readonly api: ApiClient;
  readonly json: boolean;
  /** The option's text; undefined when not given. */
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** Prints `data` as JSON with --json, else what `human` says. */
  print(data: unknown, human: () => string): void;
}
