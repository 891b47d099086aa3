import { runCli } from '../../src/cli/signalman.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line as a script calls it: nobody is there to be asked. */
export async function runInShell(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  stdin = '',
): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(argv, environment, {
    interactive: false,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    askSecret: async () => '',
    readAll: async () => stdin,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
