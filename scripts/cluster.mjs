// A whole cluster on this machine, for development and demos: node scripts/cluster.mjs [instances] [--port 3000] [--data .data/cluster]
// Starts an embedded Postgres, a Redis that syncs every write (when redis-server is on PATH), the instances, and in front of them
// a small round-robin proxy. Ctrl-C stops it all; a second start finds its data again.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDist } from './build.mjs';
import { root, runMain, ScriptError } from './lib/process.mjs';

const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 500;

await runMain('cluster', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '3000' }, data: { type: 'string', default: '.data/cluster' } },
  });
  const count = Number(positionals[0] ?? 3);
  if (!Number.isInteger(count) || count < 1 || count > 9) throw new ScriptError('how many instances? 1 to 9');
  const data = resolve(root, values.data);
  mkdirSync(data, { recursive: true });
  await ensureDist();
  const children = [];
  const stopDatabase = await startCluster({ count, port: Number(values.port), data, children });
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, done);
  });
  process.stdout.write('\nstopping\n');
  await Promise.all(children.map(stop));
  await stopDatabase();
  process.exit(0);
});

async function startCluster({ count, port, data, children }) {
  const { ensureEmbeddedPostgres, stopEmbeddedPostgres } = await import('../dist/ops/embeddedPostgres.js');
  const postgres = join(data, 'postgres');
  const { url } = await ensureEmbeddedPostgres({ dir: postgres });
  const redis = await startRedis(data, children);
  const { token, secretsKey } = keysOf(data);
  const shared = {
    PATH: process.env.PATH,
    DATABASE_URL: url,
    ...(redis ? { REDIS_URL: redis } : {}),
    SECRETS_KEY: secretsKey,
    ADMIN_API_TOKEN: token,
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TRUST_PROXY_HOPS: '1',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  };
  const targets = [];
  for (let index = 1; index <= count; index += 1) {
    const own = await freePort();
    children.push(startInstance({ ...shared, PORT: String(own), INSTANCE_ID: `signalman-${index}` }));
    targets.push({ name: `signalman-${index}`, port: own, ready: false });
    // One after the other: the first migrates and makes the admin, whose password is shown once.
    await untilReady(targets.at(-1));
  }
  await startProxy(port, targets);
  tell({ port, token, targets, redis, count });
  return () => stopEmbeddedPostgres(postgres);
}

function tell({ port, token, targets, redis, count }) {
  const lines = [
    '',
    `${count} instances behind http://127.0.0.1:${port}: ${targets.map(({ name, port: own }) => `${name} :${own}`).join(', ')}`,
    redis ? `command log: Redis at ${redis}, every write synced` : 'command log: Postgres (no redis-server on PATH)',
    '',
    `  export SIGNALMAN_URL=http://127.0.0.1:${port} ADMIN_API_TOKEN=${token}`,
    '  npx signalman account add demo --venue paper',
    '  npx signalman hook create demo --account demo',
    `  curl -s -H "Authorization: Bearer $ADMIN_API_TOKEN" http://127.0.0.1:${port}/api/v1/cluster`,
    '',
    'Kill an instance with kill -9 and watch another take over. Ctrl-C stops everything.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Made once per data directory, so that a second start still opens what the first one sealed. */
function keysOf(data) {
  const path = join(data, 'keys.json');
  if (!existsSync(path)) {
    const keys = { token: randomBytes(24).toString('base64url'), secretsKey: randomBytes(32).toString('base64') };
    writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}

async function startRedis(data, children) {
  if (spawnSync('redis-server', ['--version']).error) return null;
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    data,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--maxmemory-policy',
    'noeviction',
    '--save',
    '',
  ];
  children.push(spawn('redis-server', settings, { stdio: 'ignore' }));
  return `redis://127.0.0.1:${port}`;
}

function startInstance(environment) {
  const child = spawn(process.execPath, [join(root, 'dist/cli/signalman.js'), 'start'], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child.once('exit', (code, signal) => process.stdout.write(`${environment.INSTANCE_ID} ended (${signal ?? code})\n`));
  return child;
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', done);
    child.kill('SIGTERM');
  });
}

async function untilReady(target) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (await isReady(target)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new ScriptError(`${target.name} did not get ready within ${READY_WITHIN_MS / 1000} s`);
}

async function isReady(target) {
  const response = await fetch(`http://127.0.0.1:${target.port}/ready`, { signal: AbortSignal.timeout(1000) }).catch(() => null);
  target.ready = response?.ok ?? false;
  return target.ready;
}

/** Sends each request to the next ready instance, with the client's address appended to X-Forwarded-For as proxies do. */
async function startProxy(port, targets) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let turn = 0;
  setInterval(() => void Promise.all(targets.map(isReady)), LOOK_EVERY_MS).unref();
  const server = createServer((incoming, outgoing) => {
    const ready = targets.filter((target) => target.ready);
    const target = ready[turn++ % Math.max(1, ready.length)];
    if (!target) {
      outgoing.writeHead(503, { 'Retry-After': '1' }).end();
      return;
    }
    const forwarded = [incoming.headers['x-forwarded-for'], incoming.socket.remoteAddress].filter(Boolean).join(', ');
    const headers = { ...incoming.headers, 'x-forwarded-for': forwarded };
    const onward = request(
      { host: '127.0.0.1', port: target.port, method: incoming.method, path: incoming.url, headers, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    incoming.pipe(onward);
  });
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
}

function freePort() {
  return new Promise((done, failed) => {
    const probe = createNetServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
