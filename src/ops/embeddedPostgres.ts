import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import { withFileLock } from './fileLock.ts';
import type { Logger } from './logger.ts';
import { EmbeddedPostgresError, locatePostgres, type PostgresBinaries } from './postgresBinaries.ts';
import { readPostmaster, removeIfStale, servesDirectory } from './postmaster.ts';
import { chooseIdentity, commandAs, obstacle, type ServerIdentity } from './serverIdentity.ts';

export interface EmbeddedPostgres {
  /** Of the database `signalman`, as its owner; holds the password. */
  readonly url: string;
  readonly port: number;
  /** False when a server was already running on the directory, for example one that outlived a killed process. */
  readonly started: boolean;
}

const DATABASE = 'signalman';
const USER = 'signalman';
/** A server that is replaying its log after a crash may take this long until it answers. */
const READY_TIMEOUT_MS = 60_000;
const PROGRAM_TIMEOUT_MS = READY_TIMEOUT_MS + 30_000;
const SUPERVISION_MS = 1_000;
const START_ATTEMPTS = 8;
const START_RETRY_MS = 300;
/** Longer than everything that is done under the lock. */
const LOCK_MAX_AGE_MS = 300_000;
const LOG_BYTES_MAX = 8 * 1024 * 1024;

const run = promisify(execFile);

/** Everything of one embedded server, in one directory. */
interface Home {
  readonly root: string;
  readonly data: string;
  readonly passwordFile: string;
  /** The port of the last start, taken again if it is free, so that whoever knows the URL finds the server again. */
  readonly portFile: string;
  readonly log: string;
  readonly identity: ServerIdentity;
  readonly binaries: PostgresBinaries;
}

/**
 * A real Postgres on 127.0.0.1 with its data under `dir`, for any number of processes: the first starts it, the others (and a
 * process that comes after a `kill -9`) find it running. `flags` are options of `postgres`, such as `['-c', 'fsync=off']`;
 * they count only for the caller that starts it. Throws `EmbeddedPostgresError`.
 */
export async function ensureEmbeddedPostgres(options: { dir: string; flags?: readonly string[] }): Promise<EmbeddedPostgres> {
  makeRoot(resolve(options.dir));
  const home = await openHome(options.dir);
  refuseForeignData(home);
  return withFileLock(join(home.root, 'lock'), LOCK_MAX_AGE_MS, async () => {
    let port = await runningPort(home);
    const started = port === null;
    if (port === null) {
      if (!existsSync(home.data)) await initialize(home);
      await refuseOtherMajor(home);
      port = await start(home, options.flags ?? []);
    }
    await createDatabase(home, port);
    return { url: urlOf(home, port, DATABASE), port, started };
  });
}

/** Starts the server again, at the same URL, whenever it is gone (killed for want of memory, say), until `signal` aborts. Never rejects. */
export async function superviseEmbeddedPostgres(options: {
  dir: string;
  flags?: readonly string[];
  logger: Logger;
  clock: Clock;
  signal: AbortSignal;
}): Promise<void> {
  const { dir, flags = [], logger, clock, signal } = options;
  const data = join(resolve(dir), 'data');
  for (;;) {
    await clock.sleep(SUPERVISION_MS, signal);
    if (signal.aborted) return;
    const postmaster = readPostmaster(data);
    if (postmaster && servesDirectory(postmaster.pid, data)) continue;
    try {
      const { port } = await ensureEmbeddedPostgres({ dir, flags });
      logger.error({ port }, 'the embedded Postgres was gone and has been started again');
    } catch (error) {
      logger.error({ err: error }, 'the embedded Postgres is gone and does not start');
    }
  }
}

/** Stops the server on `dir`, cutting its connections; resolves when its data is on disk. Nothing happens when none runs. */
export async function stopEmbeddedPostgres(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const home = await openHome(dir);
  await withFileLock(join(home.root, 'lock'), LOCK_MAX_AGE_MS, async () => {
    const postmaster = readPostmaster(home.data);
    if (!postmaster || !servesDirectory(postmaster.pid, home.data)) return;
    await execute(home, home.binaries.pgCtl, ['stop', '-m', 'fast', '-w', '-t', '30', '-D', home.data]);
  });
}

async function openHome(dir: string): Promise<Home> {
  const root = resolve(dir);
  const data = join(root, 'data');
  const binaries = await locatePostgres();
  const identity = await chooseIdentity(binaries.postgres, data);
  const [passwordFile, portFile] = [join(root, 'password'), join(root, 'port')];
  return { root, data, passwordFile, portFile, log: join(data, 'server.log'), identity, binaries };
}

function makeRoot(root: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700; // The server's user must get through to its data, and no further.
  try {
    if (mkdirSync(root, { recursive: true, mode }) !== undefined) chmodSync(root, mode);
    accessSync(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = 'Start as the user it belongs to, name another DATA_DIR, or set DATABASE_URL.';
    throw new EmbeddedPostgresError(`The database cannot be kept in ${root}: ${(error as Error).message}. ${advice}`, { cause: error });
  }
}

function refuseForeignData({ identity, data }: Home): void {
  if (identity.kind !== 'ourselves' || !process.getuid || !existsSync(data)) return;
  const { uid } = statSync(data);
  if (uid === process.getuid()) return;
  throw new EmbeddedPostgresError(
    `The database in ${data} belongs to another user (number ${uid}). Start as that user or as root, or give it to yourself ` +
      '(chown -R, while no server runs on it).',
  );
}

/** Port of a server that serves our data and answers; waits for one that is coming up or going down. */
async function runningPort(home: Home): Promise<number | null> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const postmaster = readPostmaster(home.data);
    if (!postmaster) return null;
    if (!servesDirectory(postmaster.pid, home.data)) {
      removeIfStale(postmaster.pid, home.data);
      return null;
    }
    if (postmaster.ready && (await answers(home, postmaster.port))) return postmaster.port;
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `Process ${postmaster.pid} serves ${home.data} but does not answer on port ${postmaster.port}; end it (kill ${postmaster.pid}) and start again.`,
      );
    }
    await delay(50);
  }
}

async function answers(home: Home, port: number): Promise<boolean> {
  try {
    await withClient(urlOf(home, port, 'postgres'), async (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== '28P01') return false;
    throw new EmbeddedPostgresError(`The password in ${home.passwordFile} is not the one of the database in ${home.data}; restore it.`);
  }
}

/** Into a directory of its own first, so that an interrupted one is never taken for a database. */
async function initialize(home: Home): Promise<void> {
  const unfinished = `${home.data}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(home.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (home.identity.kind === 'user') {
    chownSync(unfinished, home.identity.uid, home.identity.gid);
    chownSync(home.passwordFile, home.identity.uid, home.identity.gid);
  }
  const login = ['-U', USER, '-A', 'scram-sha-256', `--pwfile=${home.passwordFile}`];
  await execute(home, home.binaries.initdb, ['-D', unfinished, ...login, '-E', 'UTF8', '--locale=C']);
  renameSync(unfinished, home.data);
}

async function refuseOtherMajor(home: Home): Promise<void> {
  const stored = readFileSync(join(home.data, 'PG_VERSION'), 'utf8').trim();
  const version = await execute(home, home.binaries.postgres, ['--version']);
  const ours = /(\d+)\./.exec(version)?.[1];
  if (stored === ours) return;
  throw new EmbeddedPostgresError(
    `The data in ${home.data} was written by Postgres ${stored}, this is Postgres ${ours ?? version}. Start the version of Signalman ` +
      'that wrote it, or move the data with pg_dump of both versions; or set DATABASE_URL.',
  );
}

/** Tries again while the port was taken meanwhile, or children of a killed server still hold its memory. */
async function start(home: Home, flags: readonly string[]): Promise<number> {
  rotateLog(home.log);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(home.portFile);
    const local = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'log_checkpoints=off'];
    const options = ['-D', home.data, '-l', home.log, '-o', [...local, ...flags].join(' ')];
    try {
      await execute(home, home.binaries.pgCtl, ['start', '-w', '-t', String(READY_TIMEOUT_MS / 1000), ...options]);
      writeFileSync(home.portFile, String(port));
      return port;
    } catch (error) {
      if (attempt < START_ATTEMPTS) await delay(START_RETRY_MS);
      else throw new EmbeddedPostgresError(`${(error as Error).message}\n${tail(home.log)}`.trim(), { cause: error });
    }
  }
}

async function createDatabase(home: Home, port: number): Promise<void> {
  await withClient(urlOf(home, port, 'postgres'), async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  client.on('error', () => client.end()); // A query in flight reports it; without a listener it would end the process.
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function urlOf(home: Home, port: number, database: string): string {
  return `postgresql://${USER}:${readPassword(home)}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

function readPassword({ passwordFile, data }: Home): string {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot read ${passwordFile} (${(error as Error).message}). It opens the database in ${data}: ` +
        'start as the user who made it, or restore the file.',
      { cause: error },
    );
  }
}

async function execute({ identity, data }: Home, program: string, args: readonly string[]): Promise<string> {
  const command = commandAs(identity, program, args);
  try {
    const { stdout } = await run(command.file, command.args, { ...command.options, cwd: '/', timeout: PROGRAM_TIMEOUT_MS });
    return stdout;
  } catch (error) {
    const hindrance = obstacle(identity, program) ?? obstacle(identity, data);
    const said = (error as { stderr?: string }).stderr?.trim().slice(-1000);
    throw new EmbeddedPostgresError(hindrance ?? `${program} failed: ${said || (error as Error).message}`, { cause: error });
  }
}

async function choosePort(portFile: string): Promise<number> {
  const last = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  if (Number.isInteger(last) && last > 0 && last < 65_536) return bindablePort(last).catch(() => bindablePort(0));
  return bindablePort(0);
}

/** `wanted` itself if it is free, or any free one for 0. */
function bindablePort(wanted: number): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no free port'))));
    });
  });
}

function rotateLog(log: string): void {
  if (existsSync(log) && statSync(log).size > LOG_BYTES_MAX) renameSync(log, `${log}.old`);
}

function tail(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-1000) : '';
}
