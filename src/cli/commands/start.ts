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

/** What Node and pg tell of a failed system call or statement. */
interface Failure extends Error {
  /** Node's (`ECONNREFUSED`) or Postgres' (`28P01`). */
  readonly code?: string;
  readonly path?: string;
  readonly hostname?: string;
}

/** How Postgres refuses who or what connects: no connection, credentials, database, resources, shutting down (its manual, appendix A). */
const REFUSED_BY_POSTGRES = /^(?:08|28|3D|53|57)[0-9A-Z]{3}$/;
const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];

/** Names the setting behind what went wrong. A database's URL is never repeated: it holds a password. */
export function inWords(error: Failure, { http, database }: Pick<Config, 'http' | 'database'>): string {
  const { code = '', path, hostname } = error;
  // Node tries every address of a name and leaves the words of the AggregateError empty.
  const words = (error.message || code || error.name).replace(/\.$/, '');
  if (path?.startsWith(database.dataDir)) return `DATA_DIR ${database.dataDir} cannot be used: ${words}.`;
  if (code === 'EADDRINUSE') return `Port ${http.port} is taken, perhaps by another instance. Stop that one, or set PORT.`;
  if (code === 'EACCES' && http.port < 1024) return `Port ${http.port} needs more rights. Set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL' || (hostname !== undefined && hostname === http.host))
    return `HOST ${http.host} is not an address of this machine.`;
  if (database.url !== null && (UNREACHABLE.includes(code) || REFUSED_BY_POSTGRES.test(code)))
    return `The database at DATABASE_URL cannot be used: ${words}. Check the URL, and that the database runs ("signalman doctor").`;
  return error.message || words;
}

function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  try {
    return loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message, { data: { code: 'CONFIG', problems: error.problems } });
    throw error;
  }
}
