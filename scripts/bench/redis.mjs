import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.mjs';

const ANSWER_MS_MAX = 10_000;

/** A redis-server of the bench's own that syncs every write, as production should have it; null where there is none on PATH. */
export async function startRedis(directory, log) {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'];
  const server = spawn('redis-server', [...flags, ...durable], { stdio: ['ignore', log, log] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const deadline = performance.now() + ANSWER_MS_MAX;
  while (!(await listens(port))) {
    if (performance.now() > deadline) throw new Error('redis-server did not start');
    await delay(20);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      server.kill('SIGKILL');
      await ended;
    },
  };
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
