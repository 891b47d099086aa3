/** Ends the command with one clear line. Exit code 0: there is nothing more to do now; 1: it failed; 2: it was called wrongly. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: 0 | 1 | 2;
  /** Shown as it is with --json. */
  readonly data: unknown;
  constructor(message: string, options: { exitCode?: 0 | 1 | 2; data?: unknown } = {}) {
    super(message);
    this.exitCode = options.exitCode ?? 1;
    this.data = options.data ?? { code: this.exitCode === 2 ? 'USAGE' : 'FAILED', detail: message };
  }
}

export function usageError(message: string): CliError {
  return new CliError(message, { exitCode: 2 });
}
