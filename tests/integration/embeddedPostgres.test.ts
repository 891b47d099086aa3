import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import {
  type EmbeddedPostgres,
  ensureEmbeddedPostgres,
  stopEmbeddedPostgres,
  superviseEmbeddedPostgres,
} from '../../src/ops/embeddedPostgres.ts';
import { isAlive } from '../../src/ops/fileLock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { until } from '../helpers/until.ts';

const root = process.getuid?.() === 0;
const NOBODY = 65534;
const childScript = fileURLToPath(new URL('embeddedPostgres.child.ts', import.meta.url));
const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** A fresh directory that every user may reach; `mode` restricts the one above the database's. */
function freshDirectory(mode = 0o755): string {
  const parent = mkdtempSync(join(tmpdir(), 'signalman-pg-'));
  chmodSync(parent, mode);
  cleanup.push(() => rmSync(parent, { recursive: true, force: true }));
  const dir = join(parent, 'postgres');
  cleanup.push(() => stopEmbeddedPostgres(dir));
  return dir;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function postmasterPid(dir: string): number {
  return Number(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Another process that ensures the server, and what it reported. */
async function startChild(dir: string, uid?: number): Promise<{ child: ChildProcess; report: EmbeddedPostgres & { error?: string } }> {
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const environment = { ...process.env, TSX_DISABLE_CACHE: '1' };
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, ['--import', 'tsx', childScript, dir], { ...identity, env: environment, stdio: [...stdio] });
  cleanup.push(() => child.kill('SIGKILL'));
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, report: JSON.parse(line) };
}

async function kill9(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('embedded Postgres', () => {
  it('starts, keeps data over a restart, and starts quickly the second time', async () => {
    const dir = freshDirectory();
    const first = await ensureEmbeddedPostgres({ dir });
    expect(first.started).toBe(true);
    expect(await query(first.url, 'SELECT current_database() AS name')).toEqual([{ name: 'signalman' }]);
    expect(await query(first.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await stopEmbeddedPostgres(dir);

    const before = performance.now();
    const second = await ensureEmbeddedPostgres({ dir });
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(second).toEqual({ url: first.url, port: first.port, started: true });
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('has a password of its own that only its user can read', async () => {
    const [a, b] = [freshDirectory(), freshDirectory()];
    const urls = await Promise.all([a, b].map(async (dir) => new URL((await ensureEmbeddedPostgres({ dir })).url)));
    expect(urls[0]?.password).not.toBe(urls[1]?.password);
    expect(statSync(join(a, 'password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(urls[0]?.href ?? '');
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('callers at the same time share one server', async () => {
    const dir = freshDirectory();
    const servers = await Promise.all(Array.from({ length: 5 }, () => ensureEmbeddedPostgres({ dir })));
    expect(servers.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(1);
  });

  it('outlives the process that started it, and is found by the next one', async () => {
    const dir = freshDirectory();
    const { child, report } = await startChild(dir);
    expect(report.started).toBe(true);
    await query(report.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await kill9(child);

    const next = await ensureEmbeddedPostgres({ dir });
    expect(next).toEqual({ url: report.url, port: report.port, started: false });
    expect(await query(next.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('a process killed while starting leaves a lock that the next one takes over', async () => {
    const dir = freshDirectory();
    const { child } = await startChild(dir);
    await kill9(child);
    await stopEmbeddedPostgres(dir);
    writeFileSync(join(dir, 'lock'), String(child.pid));
    expect((await ensureEmbeddedPostgres({ dir })).started).toBe(true);
  });

  it('recovers from a killed server without losing a commit', async () => {
    const dir = freshDirectory();
    const first = await ensureEmbeddedPostgres({ dir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 9 AS n');
    const pid = postmasterPid(dir);
    process.kill(pid, 'SIGKILL');

    const second = await ensureEmbeddedPostgres({ dir });
    expect(second.started).toBe(true);
    expect(postmasterPid(dir)).not.toBe(pid);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 9 }]);
  });

  it('under supervision comes back by itself, where it was', async () => {
    const dir = freshDirectory();
    const { url } = await ensureEmbeddedPostgres({ dir });
    const stop = new AbortController();
    const supervision = superviseEmbeddedPostgres({ dir, logger: silentLogger, clock: systemClock, signal: stop.signal });
    cleanup.push(() => {
      stop.abort();
      return supervision;
    });
    process.kill(postmasterPid(dir), 'SIGKILL');
    await until(() => query(url, 'SELECT 1'), { what: 'the server to be back', timeoutMs: 20_000 });
  });

  it('takes another port when its last one is in use', async () => {
    const dir = freshDirectory();
    const first = await ensureEmbeddedPostgres({ dir });
    await stopEmbeddedPostgres(dir);
    const squatter = createServer().listen(first.port, '127.0.0.1');
    cleanup.push(() => squatter.close());
    await once(squatter, 'listening');
    const second = await ensureEmbeddedPostgres({ dir });
    expect(second.port).not.toBe(first.port);
    expect(await query(second.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('a stale pid file whose number now belongs to another process does not keep it from starting', async () => {
    const dir = freshDirectory();
    await ensureEmbeddedPostgres({ dir });
    const file = join(dir, 'data', 'postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    await stopEmbeddedPostgres(dir);
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));

    const again = await ensureEmbeddedPostgres({ dir });
    expect(again.started).toBe(true);
    expect(await query(again.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('an interrupted first start is begun anew', async () => {
    const dir = freshDirectory();
    mkdirSync(join(dir, 'data.new', 'base'), { recursive: true });
    writeFileSync(join(dir, 'data.new', 'PG_VERSION'), '18\n');
    expect((await ensureEmbeddedPostgres({ dir })).started).toBe(true);
  });

  it('data of another major version is refused, naming both and the way out', async () => {
    const dir = freshDirectory();
    await ensureEmbeddedPostgres({ dir });
    await stopEmbeddedPostgres(dir);
    writeFileSync(join(dir, 'data', 'PG_VERSION'), '15\n');
    await expect(ensureEmbeddedPostgres({ dir })).rejects.toThrow(/written by Postgres 15, this is Postgres 18.*pg_dump/);
  });

  it('says what the server said when it does not start', async () => {
    const dir = freshDirectory();
    const attempt = ensureEmbeddedPostgres({ dir, flags: ['-c', 'no_such_setting=1'] });
    await expect(attempt).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
  });

  it('stopping ends the server, and stopping again is fine', async () => {
    const dir = freshDirectory();
    await ensureEmbeddedPostgres({ dir });
    const pid = postmasterPid(dir);
    await stopEmbeddedPostgres(dir);
    await until(() => !isAlive(pid), { what: 'the server to be gone' });
    await stopEmbeddedPostgres(dir);
  });
});

if (root) {
  describe('embedded Postgres started by root', () => {
    it('runs as another user', async () => {
      const dir = freshDirectory();
      await ensureEmbeddedPostgres({ dir });
      expect(statSync(`/proc/${postmasterPid(dir)}`).uid).toBeGreaterThan(0);
    });

    it('works below a directory that only root may enter, and finds it again', async () => {
      const dir = freshDirectory(0o700);
      const first = await ensureEmbeddedPostgres({ dir });
      expect(await query(first.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
      expect((await ensureEmbeddedPostgres({ dir })).started).toBe(false);
      await stopEmbeddedPostgres(dir);
      expect((await ensureEmbeddedPostgres({ dir })).started).toBe(true);
    });

    it('names the directory in the way when data of another user was moved out of its reach', async () => {
      const dir = freshDirectory();
      await ensureEmbeddedPostgres({ dir });
      await stopEmbeddedPostgres(dir);
      chmodSync(dirname(dir), 0o700);
      await expect(ensureEmbeddedPostgres({ dir })).rejects.toThrow(`may not enter ${dirname(dir)} `);
    });

    it('also works for a normal user', async () => {
      const dir = freshDirectory(0o777);
      const { report } = await startChild(dir, NOBODY);
      expect(report).toMatchObject({ started: true });
      expect(statSync(`/proc/${postmasterPid(dir)}`).uid).toBe(NOBODY);
    });

    it('tells a normal user whose database it is', async () => {
      const dir = freshDirectory(0o777);
      await ensureEmbeddedPostgres({ dir });
      const { report } = await startChild(dir, NOBODY);
      expect(report.error).toMatch(/EmbeddedPostgresError: The database cannot be kept in .*permission denied.*DATA_DIR/);
    });
  });
}
