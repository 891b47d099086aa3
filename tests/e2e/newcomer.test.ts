import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { stopEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';
import { serverProcesses } from '../../src/ops/postmaster.ts';
import { type Instance, startInstance } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import type { Json } from './world.ts';

const run = promisify(execFile);

let instance: Instance;
let postgres: string;
/** What was printed for the newcomer to paste and to keep. */
let curl: string;
let hookKey: string;
let password: string;

beforeAll(async () => {
  instance = await startInstance({});
  postgres = join(instance.directory, '.data', 'postgres');
  const welcome = await until(() => (instance.output().includes('SYNTHETIC') ? instance.output() : null), { what: 'the welcome' });
  curl = /^ +(curl .*)$/m.exec(welcome)?.[1] ?? '';
  hookKey = /\/hooks\/([\w-]+)/.exec(curl)?.[1] ?? '';
  password = /^Password \(shown once\) +(\S+)$/m.exec(welcome)?.[1] ?? '';
  return async () => {
    await instance.kill();
    await stopEmbeddedPostgres(postgres);
    await instance.close();
  };
});

/** Runs a printed line in a shell, as somebody who pasted it. */
async function paste(line: string): Promise<Json> {
  const { stdout } = await run('/bin/sh', ['-c', line]);
  return JSON.parse(stdout) as Json;
}

function basic(secret: string): string {
  return `Basic ${Buffer.from(`admin@localhost:${secret}`).toString('base64')}`;
}

async function asAdmin(path: string): Promise<Json> {
  const answer = await instance.call('GET', path, undefined, basic(password));
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** The story of a signal once it is over. */
function story(signalId: unknown): Promise<Json> {
  return until(
    async () => {
      const signal = await asAdmin(`/api/v1/signals/${signalId}`);
      return signal.status === 'done' ? signal : null;
    },
    { what: 'the signal to be done' },
  );
}

/** The fixed part of an instance's port, so that what was pasted once goes on working. */
function samePort(): { PORT: string } {
  return { PORT: new URL(instance.url).port };
}

describe('a newcomer with nothing but Node', () => {
  it('pastes the printed curl and sees the order, its fill, its position and its story', async () => {
    expect(await paste(curl)).toEqual({ signalId: expect.any(String), status: 'accepted' });
    const { items } = await asAdmin('/api/v1/signals');
    const [{ id } = {}] = items as Json[];
    const signal = await story(id);
    expect(signal.orders).toMatchObject([{ account: 'paper', symbol: 'BTC/USDT', side: 'buy', status: 'filled', filledQuantity: '0.01' }]);
    const stages = (signal.events as Json[]).map(({ stage }) => stage);
    expect(stages).toEqual(expect.arrayContaining(['received', 'admitted', 'risk', 'order', 'fill']));
    const portfolio = await asAdmin('/api/v1/portfolio');
    expect(portfolio.accounts).toMatchObject([
      { account: 'paper', mode: 'active', positions: [{ symbol: 'BTC/USDT', quantity: expect.stringMatching(/^0\.0(1|099)/) }] },
    ]);
  });

  it('logs in with the printed password, and with no other', async () => {
    expect((await instance.call('GET', '/api/v1/accounts', undefined, basic(password))).status).toBe(200);
    expect((await instance.call('GET', '/api/v1/accounts', undefined, basic('guess'))).status).toBe(401);
    expect((await instance.call('GET', '/api/v1/accounts', undefined, '')).status).toBe(401);
  });

  it('uses the command line without being asked for a token', async () => {
    const program = join(import.meta.dirname, '../../dist/cli/signalman.js');
    const { PATH, HOME } = process.env;
    const environment = { PATH, HOME, ...samePort() };
    const { stdout } = await run(process.execPath, [program, 'signal', 'show', 'last'], { cwd: instance.directory, env: environment });
    expect(stdout).toMatch(/received[\s\S]*fill/);
  });

  it('kills the bot with -9 and starts again: the Postgres left behind is taken up and everything is there', async () => {
    expect(await instance.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await instance.restart(samePort());
    expect(instance.output()).toContain('embedded Postgres was already running');
    expect(instance.output().match(/Password \(shown once\)/g)).toHaveLength(1);
    const { signalId } = await paste(curl.replace('"0.01"', '"0.02"'));
    expect((await story(signalId)).orders).toMatchObject([{ status: 'filled', filledQuantity: '0.02' }]);
    const { accounts } = await asAdmin('/api/v1/portfolio');
    expect(accounts).toMatchObject([{ positions: [{ quantity: expect.stringMatching(/^0\.0(3|29)/) }] }]);
  });

  it('stops it properly, database and all, and the next start takes up the database that is there', async () => {
    const madeAt = () => statSync(join(postgres, 'data', 'PG_VERSION')).mtimeMs;
    const first = madeAt();
    expect(await instance.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(serverProcesses(join(postgres, 'data'))).toEqual([]);
    await instance.restart();
    expect(madeAt()).toBe(first);
    const { signalId } = await paste(curl.replace('"0.01"', '"0.03"'));
    expect((await story(signalId)).status).toBe('done');
  });

  it('finds no secret in the log', () => {
    const files = [join(postgres, 'password'), ...['admin-token', 'secrets.key'].map((name) => join(instance.directory, '.data', name))];
    const secrets = [hookKey, password, ...files.map((file) => readFileSync(file, 'utf8').trim())];
    expect(secrets.every((secret) => secret.length >= 20)).toBe(true);
    const lines = instance.output().split('\n');
    const logged = lines.filter((line) => line.startsWith('{'));
    expect(logged.length).toBeGreaterThan(20);
    for (const secret of secrets) expect(logged.filter((line) => line.includes(secret))).toEqual([]);
  });
});
