import { type Config, loadConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/settings.ts';
import { CliError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';
import { packageVersion } from './version.ts';

export const startCommand: CliCommand = {
  name: 'start',
  usage: '',
  summary: 'Start an instance; settings come from the environment (.env.example lists them)',
  arguments: [0, 0],
  async run({ environment, terminal }) {
    const config = readConfig(environment);
    // Loaded only here: the other commands need none of what an instance is made of.
    const { startSignalman } = await import('../../main.ts');
    const signalman = await startSignalman(config, packageVersion()).catch((error: Error) => {
      throw new CliError(`Signalman could not start. ${inWords(error, config)}`);
    });
    terminal.out(signalman.welcome);
    return signalman.stopped;
  },
};

function inWords(error: Error, { http }: Config): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${http.port} is taken, perhaps by another instance. Stop that one, or set PORT.`;
  if (code === 'EACCES' && http.port < 1024) return `Port ${http.port} needs more rights. Set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL') return `HOST ${http.host} is not an address of this machine.`;
  return error.message;
}

function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  try {
    return loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message, { data: { code: 'CONFIG', problems: error.problems } });
    throw error;
  }
}
