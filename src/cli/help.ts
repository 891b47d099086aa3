import type { CliCommand } from './command.ts';

/** `signalman help` */
export function overview(commands: readonly CliCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Signalman executes TradingView alerts.',
    '',
    'signalman <command> [--json]',
    ...lines,
    '',
    'Commands talk to the instance at --url, SIGNALMAN_URL or http://127.0.0.1:$PORT, with the token from --token,',
    'ADMIN_API_TOKEN or DATA_DIR/admin-token. "signalman help <command>" says more.',
  ].join('\n');
}

/** `signalman help hook create`, or all of `hook`. */
export function helpFor(commands: readonly CliCommand[]): string {
  return commands
    .map(({ name, usage, summary, details = [] }) =>
      [`signalman ${name} ${usage}`.trimEnd(), `  ${summary}`, ...details.map((line) => `  ${line}`)].join('\n'),
    )
    .join('\n\n');
}
