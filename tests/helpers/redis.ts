import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { withFileLock } from '../../src/ops/fileLock.ts';
import { until } from './until.ts';

const directory = fileURLToPath(new URL('../../.test', import.meta.url));
const MISSING =
  'These tests need redis-server on the PATH and are skipped: install it (apt-get install redis-server, brew install redis) and run them again.';

/** Every write waits for the disk, as production should have it. */
export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''] as const;

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Where its files are; put others there while it is stopped. */
  readonly dir: string;
  /** A client of the test's own, for looking behind the scenes. */
  readonly client: Redis;
  /** SIGSTOP, SIGCONT or SIGKILL; resolves when a killed server is gone. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port and files, after it was killed. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Whether there is a redis-server; root on Debian gets one installed. With CI=true its lack is an error. */
export async function haveRedisServer(): Promise<boolean> {
  if (isThere('redis-server')) return true;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version') && isThere('apt-get')) await installOnDebian();
  if (isThere('redis-server')) return true;
  if (process.env.CI === 'true') throw new Error(MISSING.replace(' and are skipped', ''));
  process.stdout.write(`${MISSING}\n`);
  return false;
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

async function installOnDebian(): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await withFileLock(join(directory, 'apt.lock'), 300_000, async () => {
    if (isThere('redis-server')) return;
    // RUNLEVEL keeps the package from starting a server of its own.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
    const apt = (args: readonly string[]) => spawnSync('apt-get', args, { env, stdio: 'ignore', timeout: 120_000 }).status === 0;
    if (!apt(install) && apt(['update'])) apt(install);
  });
}

/** A redis-server of its own on a free port of the loopback interface. */
export async function startRedis(flags: readonly string[] = DURABLE): Promise<TestRedis> {
  mkdirSync(directory, { recursive: true });
  const dir = mkdtempSync(join(directory, 'redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const launch = () =>
    spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  let server = launch();
  const client = new Redis(url, { commandTimeout: 10_000, retryStrategy: () => 20 });
  client.on('error', () => undefined); // Tests stop the server on purpose; commands report it.
  const answers = () => until(async () => (await client.ping()) === 'PONG', { what: 'redis-server to answer', timeoutMs: 10_000 });
  await answers();
  return {
    url,
    port,
    dir,
    client,
    signal: async (signal) => {
      server.kill(signal);
      if (signal === 'SIGKILL') await exited(server);
    },
    restart: async () => {
      server = launch();
      await answers();
    },
    stop: async () => {
      client.disconnect();
      server.kill('SIGKILL'); // Also ends one that is stopped.
      await exited(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function exited(server: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
